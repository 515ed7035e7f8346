// What a Pushgateway asks of metrics, so that what it exposes is one consistent whole.
import type { ExpositionType } from '../formats/exposition/metric-type.ts';
import type { Steps } from '../formats/otlp/in-turns.ts';
import { pushError } from './errors.ts';
import { labelsKey, type PushedFamily, type PushedLabels } from './pushed-family.ts';

/** The families of a group as they are exposed. */
export interface GroupFamilies {
  readonly labels: PushedLabels;
  readonly families: ReadonlyMap<string, PushedFamily>;
}

const PART = /_(?:bucket|count|sum)$/;
const MAX_FAULTS = 10;
const ITEMS_BETWEEN_PAUSES = 500;

/** All groups by their keys, and which of them have a family of a name. */
export class GroupIndex<Group extends GroupFamilies> {
  readonly groups = new Map<string, Group>();
  readonly #byFamily = new Map<string, Map<string, Group>>();

  *set(key: string, group: Group): Steps<void> {
    yield* this.#forget(key);
    for (const name of group.families.keys()) {
      const groups = this.#byFamily.get(name) ?? new Map<string, Group>();
      groups.set(key, group);
      this.#byFamily.set(name, groups);
      yield;
    }
    this.groups.set(key, group);
  }

  *delete(key: string): Steps<void> {
    yield* this.#forget(key);
    this.groups.delete(key);
  }

  /** Those other than `key` that have a family of this name; all have the same type. */
  *others(name: string, key: string): Generator<Group, void> {
    for (const [other, group] of this.#byFamily.get(name) ?? []) if (other !== key) yield group;
  }

  *#forget(key: string): Steps<void> {
    for (const name of this.groups.get(key)?.families.keys() ?? []) {
      const groups = this.#byFamily.get(name);
      groups?.delete(key);
      if (groups?.size === 0) this.#byFamily.delete(name);
      yield;
    }
  }
}

/**
 * Throws AppError `push.inconsistent` when the families of these names, which were pushed to `group`, contradict themselves, the others of
 * the group, or groups of `index` with another key.
 */
export function* checkConsistency(
  pushed: Iterable<string>,
  key: string,
  group: GroupFamilies,
  index: GroupIndex<GroupFamilies>,
): Steps<void> {
  const typeElsewhere = (name: string) => {
    for (const { families } of index.others(name, key)) return families.get(name)?.type;
    return undefined;
  };
  const typeOf = (name: string) => group.families.get(name)?.type ?? typeElsewhere(name);
  const rivals = yield* findRivals(key, group, index);
  const faults: string[] = [];
  for (const name of pushed) {
    if (faults.length > MAX_FAULTS) break;
    yield;
    const family = group.families.get(name);
    if (!family) continue;
    const { type } = family;
    const seen = rivals.size > 0 ? yield* keysAmong(name, index.others(name, key), rivals) : new Set<string>();
    yield* findRepeated(family, seen, faults);
    const known = typeElsewhere(name);
    if (known !== undefined && known !== type) faults.push(`collected metric ${shown(name, group.labels)} is not a ${wordOf(known)}`);
    for (const suffix of suffixesOf(type)) if (typeOf(name + suffix) !== undefined) faults.push(collision(name + suffix, type, name));
    const whole = name.replace(PART, '');
    const wholeType = whole === name ? undefined : typeOf(whole);
    if (wholeType !== undefined && suffixesOf(wholeType).includes(name.slice(whole.length))) faults.push(collision(name, wholeType, whole));
  }
  if (faults.length === 0) return;
  const list = faults.slice(0, MAX_FAULTS).map((fault) => `* ${fault}`);
  const count = faults.length > MAX_FAULTS ? `more than ${MAX_FAULTS}` : faults.length;
  const text = faults.length === 1 ? faults[0] : [`${count} error(s) occurred:`, ...list].join('\n');
  throw pushError('push.inconsistent', `pushed metrics are invalid or inconsistent with existing metrics: ${text}`);
}

/** The other groups that can have a metric with the same labels. */
function* findRivals(key: string, { labels }: GroupFamilies, { groups }: GroupIndex<GroupFamilies>): Steps<Set<GroupFamilies>> {
  const rivals = new Set<GroupFamilies>();
  const values = new Map(labels);
  let looked = 0;
  for (const [other, group] of groups) {
    if (++looked % ITEMS_BETWEEN_PAUSES === 0) yield;
    const isRival = other !== key && group.labels.every(([label, value]) => (values.get(label) ?? value) === value);
    if (isRival) rivals.add(group);
  }
  return rivals;
}

/** The labels of all metrics of a name that rivals have. */
function* keysAmong(name: string, others: Iterable<GroupFamilies>, rivals: ReadonlySet<GroupFamilies>): Steps<Set<string>> {
  const keys = new Set<string>();
  let looked = 0;
  for (const other of others) {
    if (++looked % ITEMS_BETWEEN_PAUSES === 0) yield;
    if (!rivals.has(other)) continue;
    for (const { labels } of other.families.get(name)?.metrics ?? []) {
      if (++looked % ITEMS_BETWEEN_PAUSES === 0) yield;
      keys.add(labelsKey(labels));
    }
  }
  return keys;
}

/** Adds to `faults`, until there are more than are told. */
function* findRepeated({ name, metrics }: PushedFamily, seen: Set<string>, faults: string[]): Steps<void> {
  let looked = 0;
  for (const { labels } of metrics) {
    if (faults.length > MAX_FAULTS) return;
    if (++looked % ITEMS_BETWEEN_PAUSES === 0) yield;
    const key = labelsKey(labels);
    if (seen.has(key)) faults.push(`collected metric ${shown(name, labels)} was collected before with the same name and label values`);
    seen.add(key);
  }
}

function collision(series: string, type: ExpositionType, whole: string): string {
  return `collected metric named ${JSON.stringify(series)} collides with ${type} named ${JSON.stringify(whole)}`;
}

function suffixesOf(type: ExpositionType): readonly string[] {
  if (type === 'summary') return ['_count', '_sum'];
  return type === 'histogram' || type === 'gaugehistogram' ? ['_bucket', '_count', '_sum'] : [];
}

function shown(name: string, labels: PushedLabels): string {
  return `${JSON.stringify(name)} {${labels.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}

function wordOf(type: ExpositionType): string {
  return type === 'unknown' ? 'UNTYPED' : type.toUpperCase();
}
