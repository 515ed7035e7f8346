// The groups of metrics that batch jobs have pushed, as a Pushgateway keeps them: each under its grouping labels, until somebody deletes it.
// A push is durable when it is answered.
import type { Clock } from '../model/clock.ts';
import type { StateStore } from '../storage/store.ts';
import { checkConsistency, GroupIndex } from './consistency.ts';
import { pushError } from './errors.ts';
import { labelsKey, type PushedFamily, type PushedLabels, parsePushed, sortLabels, stringifyPushed } from './pushed-family.ts';

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

interface StoredGroup {
  readonly labels: PushedLabels;
  readonly families: readonly PushedFamily[];
  readonly pushedMs: readonly (readonly [string, number])[];
  readonly successMs: number;
  readonly failureMs: number;
}

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
    for (const [key, text] of await this.#deps.state.entries(NAMESPACE)) {
      const { labels, families, pushedMs, successMs, failureMs } = parsePushed(text) as StoredGroup;
      const byName = new Map(families.map((family) => [family.name, family]));
      this.#keep(key, { labels, families: byName, pushedMs: new Map(pushedMs), successMs, failureMs }, text.length);
    }
  }

  get groups(): readonly PushGroup[] {
    return [...this.#index.groups.values()];
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Replaces the families of these names in the group, or with `replacesGroup` all. Throws AppError `push.inconsistent` (which the group
   * notes as its failure) and `push.too_much`.
   */
  push(groupLabels: PushedLabels, pushed: readonly PushedFamily[], replacesGroup: boolean): Promise<void> {
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

  async #push(labels: PushedLabels, pushed: readonly PushedFamily[], replacesGroup: boolean): Promise<void> {
    const key = labelsKey(labels);
    const nowMs = this.#deps.clock.nowMs();
    const before = this.#index.groups.get(key);
    const families = pushed.filter(({ name }) => !OWN_FAMILIES.has(name)).map((family) => withGroupLabels(family, labels));
    const names = new Set(families.map(({ name }) => name));
    const kept = replacesGroup ? [] : [...(before?.families ?? [])].filter(([name]) => !names.has(name));
    try {
      const keptFamilies = kept.map(([, family]) => family);
      checkConsistency(families, keptFamilies, { key, labels }, this.#index);
    } catch (error) {
      const { families: unchanged = new Map<string, PushedFamily>(), pushedMs = new Map<string, number>(), successMs = 0 } = before ?? {};
      await this.#store(key, { labels, families: unchanged, pushedMs, successMs, failureMs: nowMs });
      throw error;
    }
    await this.#store(key, {
      labels,
      families: new Map([...kept, ...families.map((family) => [family.name, family] as const)]),
      pushedMs: new Map([
        ...kept.map(([name]) => [name, before?.pushedMs.get(name) ?? 0] as const),
        ...[...names].map((name) => [name, nowMs] as const),
      ]),
      successMs: nowMs,
      failureMs: before?.failureMs ?? 0,
    });
  }

  async #store(key: string, group: PushGroup): Promise<void> {
    const text = stringifyPushed({ ...group, families: [...group.families.values()], pushedMs: [...group.pushedMs] });
    const { maxGroups, maxBytes } = this.#limits;
    const before = this.#index.groups.get(key);
    if (!before && this.#index.groups.size >= maxGroups)
      throw pushError(
        'push.too_much',
        `there are ${maxGroups} groups, which is as many as there may be; delete those of jobs that are gone`,
      );
    if (this.#bytes - (before?.bytes ?? 0) + text.length > maxBytes)
      throw pushError('push.too_much', `all groups together would be larger than ${maxBytes} bytes; delete those of jobs that are gone`);
    await this.#deps.state.put(NAMESPACE, key, text);
    this.#keep(key, group, text.length);
  }

  #keep(key: string, group: PushGroup, bytes: number): void {
    const isFirst = this.#index.groups.size === 0;
    this.#bytes += bytes - (this.#index.groups.get(key)?.bytes ?? 0);
    this.#index.set(key, { ...group, bytes });
    this.version++;
    if (isFirst) this.#deps.onAnyChange?.(true);
  }

  async #delete(key: string): Promise<void> {
    const group = this.#index.groups.get(key);
    if (!group) return;
    await this.#deps.state.delete(NAMESPACE, key);
    this.#index.delete(key);
    this.version++;
    if (this.#index.groups.size === 0) this.#deps.onAnyChange?.(false);
    this.#bytes -= group.bytes;
  }

  /** One change after the other: each is checked against what is stored. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => undefined);
    return done;
  }
}

/** The labels of a group go over those of the metric; without an instance a metric has an empty one, so that a scrape gives it none. */
function withGroupLabels(family: PushedFamily, group: PushedLabels): PushedFamily {
  const metrics = family.metrics.map((metric) => ({ ...metric, labels: sortLabels([['instance', ''], ...metric.labels, ...group]) }));
  return { ...family, metrics };
}
