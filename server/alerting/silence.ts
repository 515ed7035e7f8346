// Silences: who may not be heard of, from when until when. Kept in the state store, one JSON document each, for five days after
// their end.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../model/clock.ts';
import type { Labels } from '../model/labels.ts';
import { compileMatcher, type Matcher } from '../model/matcher.ts';
import type { StateStore } from '../storage/store.ts';
import { alertingError } from './errors.ts';
import { compileAll, formatMatchers } from './match.ts';

export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
  readonly updatedAtMs: number;
}

/** A silence as somebody asks for it; with an `id` it changes that one. */
export type SilenceRequest = Omit<Silence, 'id' | 'updatedAtMs'> & { readonly id?: string };

export type SilenceState = 'pending' | 'active' | 'expired';

const NAMESPACE = 'alerting.silences';
const RETENTION_MS = 5 * 24 * 60 * 60_000;
const MAX_SILENCES = 10_000;

/** All silences. `open` reads what was kept; until then there are none. */
export class Silences {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #byId = new Map<string, { readonly silence: Silence; readonly matches: (labels: Labels) => boolean }>();

  constructor(state: StateStore, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  /** Reads the silences of before. Throws the store's errors. */
  async open(): Promise<void> {
    for (const text of (await this.#state.entries(NAMESPACE)).values()) this.#add(JSON.parse(text) as Silence);
    await this.clear();
  }

  list(): readonly Silence[] {
    return [...this.#byId.values()].map(({ silence }) => silence);
  }

  get(id: string): Silence | undefined {
    return this.#byId.get(id)?.silence;
  }

  stateOf(silence: Silence): SilenceState {
    const nowMs = this.#clock.nowMs();
    return nowMs < silence.startsAtMs ? 'pending' : nowMs < silence.endsAtMs ? 'active' : 'expired';
  }

  /** The active silences that cover a label set. */
  matching(labels: Labels): readonly Silence[] {
    return [...this.#byId.values()]
      .filter(({ silence, matches }) => this.stateOf(silence) === 'active' && matches(labels))
      .map(({ silence }) => silence);
  }

  /**
   * Creates a silence, or changes the one with `id`: in place while its matchers stay and its time allows it, otherwise the old one
   * ends and a new one begins. Resolves with its id when it is durable. Throws `alerting.bad_silence`, `alerting.no_such_silence`.
   */
  async set(request: SilenceRequest): Promise<string> {
    const nowMs = this.#clock.nowMs();
    this.#check(request, nowMs);
    const old = request.id === undefined || request.id === '' ? undefined : this.get(request.id);
    if (request.id && !old) throw alertingError('alerting.no_such_silence', `silence "${request.id}" not found`);
    if (old && this.#canUpdate(old, request, nowMs)) {
      await this.#keep({ ...request, id: old.id, updatedAtMs: nowMs });
      return old.id;
    }
    if (this.#byId.size >= MAX_SILENCES)
      throw alertingError('alerting.bad_silence', `there are ${MAX_SILENCES} silences already; expire some`);
    if (old && this.stateOf(old) !== 'expired') await this.expire(old.id);
    const id = randomUUID();
    await this.#keep({ ...request, id, startsAtMs: Math.max(request.startsAtMs, nowMs), updatedAtMs: nowMs });
    return id;
  }

  /** Ends a silence now. Throws `alerting.no_such_silence`; ending one that is over changes nothing. */
  async expire(id: string): Promise<void> {
    const silence = this.get(id);
    if (!silence) throw alertingError('alerting.no_such_silence', `silence "${id}" not found`);
    const nowMs = this.#clock.nowMs();
    if (this.stateOf(silence) === 'expired') return;
    await this.#keep({ ...silence, startsAtMs: Math.min(silence.startsAtMs, nowMs), endsAtMs: nowMs, updatedAtMs: nowMs });
  }

  /** Forgets what ended five days ago. Throws the store's errors. */
  async clear(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    for (const silence of this.list()) {
      if (nowMs - silence.endsAtMs < RETENTION_MS) continue;
      this.#byId.delete(silence.id);
      await this.#state.delete(NAMESPACE, silence.id);
    }
  }

  async #keep(silence: Silence): Promise<void> {
    // In this order: who is told that it failed must not be silenced all the same.
    await this.#state.put(NAMESPACE, silence.id, JSON.stringify(silence));
    this.#add(silence);
  }

  #add(silence: Silence): void {
    this.#byId.set(silence.id, { silence, matches: compileAll(silence.matchers) });
  }

  #check({ matchers, startsAtMs, endsAtMs }: SilenceRequest, nowMs: number): void {
    const refuse = (message: string) => {
      throw alertingError('alerting.bad_silence', `invalid silence: ${message}`);
    };
    if (matchers.length === 0) refuse('at least one matcher required');
    if (matchers.every((matcher) => compileMatcher(matcher)(''))) refuse('at least one matcher must not match the empty string');
    if (endsAtMs < startsAtMs) refuse('end time must not be before start time');
    if (endsAtMs < nowMs) refuse("end time can't be in the past");
  }

  #canUpdate(old: Silence, next: SilenceRequest, nowMs: number): boolean {
    if (formatMatchers(old.matchers) !== formatMatchers(next.matchers)) return false;
    switch (this.stateOf(old)) {
      case 'active':
        return next.startsAtMs === old.startsAtMs && next.endsAtMs >= nowMs;
      case 'pending':
        return next.startsAtMs >= nowMs;
      case 'expired':
        return false;
    }
  }
}
