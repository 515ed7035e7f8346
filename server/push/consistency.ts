// What a Pushgateway asks of metrics, so that what it exposes is one consistent whole.
import type { ExpositionType } from '../formats/exposition/metric-type.ts';
import { pushError } from './errors.ts';
import { labelsKey, type PushedFamily, type PushedLabels } from './pushed-family.ts';

/** The families of a group as they are exposed. */
export interface GroupFamilies {
  readonly labels: PushedLabels;
  readonly families: ReadonlyMap<string, PushedFamily>;
}

const PART = /_(?:bucket|count|sum)$/;
const MAX_FAULTS = 10;

/** All groups by their keys, and which of them have a family of a name. */
export class GroupIndex<Group extends GroupFamilies> {
  readonly groups = new Map<string, Group>();
  readonly #typesOf = new Map<string, Map<string, ExpositionType>>();

  set(key: string, group: Group): void {
    this.delete(key);
    this.groups.set(key, group);
    for (const { name, type } of group.families.values()) {
      const types = this.#typesOf.get(name) ?? new Map<string, ExpositionType>();
      types.set(key, type);
      this.#typesOf.set(name, types);
    }
  }

  delete(key: string): void {
    for (const name of this.groups.get(key)?.families.keys() ?? []) {
      const types = this.#typesOf.get(name);
      types?.delete(key);
      if (types?.size === 0) this.#typesOf.delete(name);
    }
    this.groups.delete(key);
  }

  /** The type of a family in some group other than `key`; all have the same. */
  typeElsewhere(name: string, key: string): ExpositionType | undefined {
    for (const [other, type] of this.#typesOf.get(name) ?? []) if (other !== key) return type;
    return undefined;
  }
}

/**
 * Throws AppError `push.inconsistent` when `pushed` contradicts itself, the families that its group keeps, or other groups of `index` than
 * the one with this key.
 */
export function checkConsistency(
  pushed: readonly PushedFamily[],
  kept: readonly PushedFamily[],
  group: { readonly key: string; readonly labels: PushedLabels },
  index: GroupIndex<GroupFamilies>,
): void {
  const own = new Map([...kept, ...pushed].map((family) => [family.name, family.type]));
  const typeOf = (name: string) => own.get(name) ?? index.typeElsewhere(name, group.key);
  const rivals = [...index.groups].filter(([key, { labels }]) => key !== group.key && mayShareMetrics(labels, group.labels));
  const faults: string[] = [];
  for (const family of pushed) {
    if (faults.length > MAX_FAULTS) break;
    const { name, type } = family;
    const others = rivals.flatMap(([, { families }]) => families.get(name)?.metrics ?? []);
    findRepeated(family, others, faults);
    const known = index.typeElsewhere(name, group.key);
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

/** Whether a metric can have the labels of both groups. */
function mayShareMetrics(a: PushedLabels, b: PushedLabels): boolean {
  const values = new Map(a);
  return b.every(([name, value]) => (values.get(name) ?? value) === value);
}

/** Adds to `faults`, until there are more than are told. */
function findRepeated({ name, metrics }: PushedFamily, others: PushedFamily['metrics'], faults: string[]): void {
  const seen = new Set(others.map(({ labels }) => labelsKey(labels)));
  for (const { labels } of metrics) {
    if (faults.length > MAX_FAULTS) return;
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
