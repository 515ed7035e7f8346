// The alerts of each rule as one JSON document in the state store, so that a restart resumes exactly where the rules were:
// ALERTS_FOR_STATE keeps only whole seconds of pending and firing alerts. Written when a state changes, and once a minute.
import { Labels } from '../model/labels.ts';
import type { StateStore } from '../storage/store.ts';
import type { ActiveAlert } from './active-alert.ts';
import { hash64 } from './schedule.ts';

const NAMESPACE = 'rules.alerts';
const HEARTBEAT_MS = 60_000;

/** The alerts of a rule as they were at `savedAtMs`. */
export interface SavedAlerts {
  readonly savedAtMs: number;
  readonly alerts: readonly ActiveAlert[];
}

/** Remembers what was written last, so that most evaluations write nothing. */
export class AlertArchive {
  readonly #state: StateStore;
  readonly #written = new Map<string, { readonly signature: string; readonly timeMs: number }>();

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Name of a rule's document; `occurrence` tells rules of one group apart that are otherwise the same. */
  static key(file: string, group: string, rule: string, labels: Readonly<Record<string, string>>, occurrence: number): string {
    return hash64(JSON.stringify([file, group, rule, Object.entries(labels).sort(), occurrence])).toString(16);
  }

  /** What was saved, if anything that can be read was. Throws the store's errors. */
  async load(key: string): Promise<SavedAlerts | undefined> {
    const text = await this.#state.get(NAMESPACE, key);
    return text === undefined ? undefined : parseSaved(text);
  }

  /** Saves when a state has changed or a minute has passed. Throws the store's errors. */
  async save(key: string, active: Iterable<ActiveAlert>, timeMs: number): Promise<void> {
    const alerts = [...active];
    const signature = alerts
      .map((alert) => [alert.labels.key(), alert.state, alert.activeAtMs, alert.keepFiringSinceMs].join('\n'))
      .join('\n');
    const last = this.#written.get(key);
    if (alerts.length === 0 && last?.signature === '') return;
    if (last?.signature === signature && timeMs - last.timeMs < HEARTBEAT_MS) return;
    this.#written.set(key, { signature, timeMs });
    try {
      if (alerts.length === 0) await this.#state.delete(NAMESPACE, key);
      else await this.#state.put(NAMESPACE, key, JSON.stringify({ savedAtMs: timeMs, alerts: alerts.map(toDocument) }));
    } catch (error) {
      // Not written after all: the next evaluation tries again.
      this.#written.delete(key);
      throw error;
    }
  }

  /** Forgets a rule that is gone. Throws the store's errors. */
  async forget(key: string): Promise<void> {
    this.#written.delete(key);
    await this.#state.delete(NAMESPACE, key);
  }
}

type AlertDocument = Omit<ActiveAlert, 'labels' | 'annotations' | 'value'> & {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  value: string;
};

function toDocument(alert: ActiveAlert): AlertDocument {
  // JSON has no NaN and no infinities.
  return { ...alert, labels: alert.labels.toObject(), annotations: alert.annotations.toObject(), value: String(alert.value) };
}

function parseSaved(text: string): SavedAlerts | undefined {
  const { savedAtMs, alerts } = JSON.parse(text) as { savedAtMs: number; alerts: AlertDocument[] };
  return {
    savedAtMs,
    alerts: alerts.map((alert) => ({
      ...alert,
      labels: Labels.from(alert.labels),
      annotations: Labels.from(alert.annotations),
      value: Number(alert.value),
    })),
  };
}
