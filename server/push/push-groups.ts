// The groups of metrics that batch jobs have pushed, as a Pushgateway keeps them: each under its grouping labels, until somebody deletes it.
// A push is durable when it is answered. All work on a group is done in turns, so that a large one lets others go on.
import { inTurns, type Steps } from '../formats/otlp/in-turns.ts';
import { isAppError } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { StateStore } from '../storage/store.ts';
import { checkConsistency, GroupIndex } from './consistency.ts';
import { pushError } from './errors.ts';
import { labelsKey, type PushedFamily, type PushedLabels, type PushedMetric, sortLabels } from './pushed-family.ts';
import { parseGroup, stringifyGroup } from './stored-group.ts';

/** One group. */
export interface PushGroup {
  /** `job` and what else the path of the push named. */
  readonly labels: PushedLabels;
  /** By name; every metric has the labels of the group. */
  readonly families: ReadonlyMap<string, PushedFamily>;
  /** When each family was pushed. */
  readonly pushedMs: ReadonlyMap<string, number>;
  /** Last success and last failure, 0 = never. */
  readonly successMs: number;
  readonly failureMs: number;
}

export interface PushGroupsDeps {
  readonly state: StateStore;
  readonly clock: Clock;
  /** Called when there is a group for the first time, or none any more. */
  readonly onAnyChange?: ((hasAny: boolean) => void) | undefined;
  /** Default: as stated at `DEFAULT_LIMITS`. */
  readonly limits?: PushLimits | undefined;
}

/** What bounds the memory of groups. */
export interface PushLimits {
  readonly maxGroups: number;
  /** Of all groups as they are stored. */
  readonly maxBytes: number;
}

const NAMESPACE = 'pushgateway';
const DEFAULT_LIMITS: PushLimits = { maxGroups: 10_000, maxBytes: 32 * 1024 * 1024 };
/** Written by the gateway itself, whatever is pushed. */
const OWN_FAMILIES: ReadonlySet<string> = new Set(['push_time_seconds', 'push_failure_time_seconds']);

const METRICS_BETWEEN_PAUSES = 500;

/** Keeps groups. Call `restore` first. */
export class PushGroups {
  readonly #deps: PushGroupsDeps;
  readonly #limits: PushLimits;
  /** Grows with each change. */
  version = 0;
  readonly #index = new GroupIndex<PushGroup & { readonly bytes: number }>();
  #bytes = 0;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(deps: PushGroupsDeps) {
    this.#deps = deps;
    this.#limits = deps.limits ?? DEFAULT_LIMITS;
  }

  /** Reads what was stored. */
  async restore(): Promise<void> {
    for (const [key, text] of await this.#deps.state.entries(NAMESPACE)) await this.#keep(key, parseGroup(text), text.length);
  }

  get groups(): readonly PushGroup[] {
    return [...this.#index.groups.values()];
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Replaces the families of these names in the group, or with `replacesGroup` all. They are read only when it is this push's turn, for
   * many that wait would need much memory. Throws what `pushed` throws, AppError `push.inconsistent` (which the group notes as its
   * failure) and `push.too_much`.
   */
  push(groupLabels: PushedLabels, pushed: Steps<PushedFamily[]>, replacesGroup: boolean): Promise<void> {
    return this.#inTurn(() => this.#push(sortLabels(groupLabels), pushed, replacesGroup));
  }

  /** Deletes a group, whether it is there or not. */
  delete(groupLabels: PushedLabels): Promise<void> {
    return this.#inTurn(() => this.#delete(labelsKey(sortLabels(groupLabels))));
  }

  /** Deletes all groups. */
  wipe(): Promise<void> {
    return this.#inTurn(async () => {
      for (const key of [...this.#index.groups.keys()]) await this.#delete(key);
    });
  }

  async #push(labels: PushedLabels, pushed: Steps<PushedFamily[]>, replacesGroup: boolean): Promise<void> {
    const key = labelsKey(labels);
    const nowMs = this.#deps.clock.nowMs();
    const before: PushGroup = this.#index.groups.get(key) ?? {
      labels,
      families: new Map(),
      pushedMs: new Map(),
      successMs: 0,
      failureMs: 0,
    };
    try {
      const names = new Set<string>();
      const group = await inTurns(changed(before, names, await inTurns(pushed), replacesGroup, nowMs));
      // First, because what is too large would also be long to check.
      const text = await this.#textOf(key, group);
      await inTurns(checkConsistency(names, key, group, this.#index));
      await this.#store(key, group, text);
    } catch (error) {
      // What the client has to know is what is wrong with its push, even where that cannot be noted.
      if (isAppError(error, 'push.inconsistent')) await this.#noteFailure(key, before, nowMs).catch(() => undefined);
      throw error;
    }
  }

  async #noteFailure(key: string, before: PushGroup, failureMs: number): Promise<void> {
    const { labels, families, pushedMs, successMs } = before;
    const group = { labels, families, pushedMs, successMs, failureMs };
    await this.#store(key, group, await this.#textOf(key, group));
  }

  /** As it will be stored. Throws `push.too_much`. */
  async #textOf(key: string, group: PushGroup): Promise<string> {
    const { maxGroups, maxBytes } = this.#limits;
    const before = this.#index.groups.get(key);
    if (!before && this.#index.groups.size >= maxGroups)
      throw pushError(
        'push.too_much',
        `there are ${maxGroups} groups, which is as many as there may be; delete those of jobs that are gone`,
      );
    const text = await inTurns(stringifyGroup(group, maxBytes - this.#bytes + (before?.bytes ?? 0)));
    if (text !== undefined) return text;
    throw pushError('push.too_much', `all groups together would be larger than ${maxBytes} bytes; delete those of jobs that are gone`);
  }

  async #store(key: string, group: PushGroup, text: string): Promise<void> {
    await this.#deps.state.put(NAMESPACE, key, text);
    await this.#keep(key, group, text.length);
  }

  async #keep(key: string, group: PushGroup, bytes: number): Promise<void> {
    const isFirst = this.#index.groups.size === 0;
    const bytesBefore = this.#index.groups.get(key)?.bytes ?? 0;
    await inTurns(this.#index.set(key, { ...group, bytes }));
    this.#bytes += bytes - bytesBefore;
    this.version++;
    if (isFirst) this.#deps.onAnyChange?.(true);
  }

  async #delete(key: string): Promise<void> {
    const group = this.#index.groups.get(key);
    if (!group) return;
    await this.#deps.state.delete(NAMESPACE, key);
    await inTurns(this.#index.delete(key));
    this.#bytes -= group.bytes;
    this.version++;
    if (this.#index.groups.size === 0) this.#deps.onAnyChange?.(false);
  }

  /** One change after the other: each is checked against what is stored. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => undefined);
    return done;
  }
}

/** The group with what was pushed, whose names are added to `names`. */
function* changed(
  before: PushGroup,
  names: Set<string>,
  pushed: readonly PushedFamily[],
  replacesGroup: boolean,
  nowMs: number,
): Steps<PushGroup> {
  const families = new Map<string, PushedFamily>(replacesGroup ? [] : before.families);
  const pushedMs = new Map<string, number>(replacesGroup ? [] : before.pushedMs);
  for (const family of pushed) {
    if (OWN_FAMILIES.has(family.name)) continue;
    families.set(family.name, yield* withGroupLabels(family, before.labels));
    pushedMs.set(family.name, nowMs);
    names.add(family.name);
    yield;
  }
  return { labels: before.labels, families, pushedMs, successMs: nowMs, failureMs: before.failureMs };
}

/** The labels of a group go over those of the metric; without an instance a metric has an empty one, so that a scrape gives it none. */
function* withGroupLabels(family: PushedFamily, group: PushedLabels): Steps<PushedFamily> {
  const metrics: PushedMetric[] = [];
  for (const metric of family.metrics) {
    metrics.push({ ...metric, labels: sortLabels([['instance', ''], ...metric.labels, ...group]) });
    if (metrics.length % METRICS_BETWEEN_PAUSES === 0) yield;
  }
  // The readers' families have more than what is kept.
  const { name, type, help } = family;
  return { name, type, help, metrics };
}
