// What each receiver was told last of each group, so that neither a reload nor a restart tells it again. Kept in the state store.
import type { Clock } from '../model/clock.ts';
import type { StateStore } from '../storage/store.ts';

/** The last notification of a group over one integration; fingerprints of its alerts. */
export interface LogEntry {
  readonly timeMs: number;
  readonly expiresAtMs: number;
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
}

const NAMESPACE = 'alerting.notification-log';

/** Keyed by group and integration. `open` reads what was kept. */
export class NotificationLog {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #entries = new Map<string, LogEntry>();

  constructor(state: StateStore, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  static key(groupKey: string, receiver: string, integration: string): string {
    return `${groupKey}\n${receiver}/${integration}`;
  }

  /** Reads the entries of before. Throws the store's errors. */
  async open(): Promise<void> {
    for (const [key, text] of await this.#state.entries(NAMESPACE)) this.#entries.set(key, JSON.parse(text) as LogEntry);
    await this.clear();
  }

  get(key: string): LogEntry | undefined {
    return this.#entries.get(key);
  }

  /** Remembers a notification; resolves when that is durable. Throws the store's errors. */
  async record(key: string, entry: LogEntry): Promise<void> {
    this.#entries.set(key, entry);
    await this.#state.put(NAMESPACE, key, JSON.stringify(entry));
  }

  /** Forgets what expired. Throws the store's errors. */
  async clear(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAtMs > nowMs) continue;
      this.#entries.delete(key);
      await this.#state.delete(NAMESPACE, key);
    }
  }
}
