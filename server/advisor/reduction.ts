// What relabelling would leave of the series that there are.
import type { RelabelEntry } from '@alidade/sdk/schema';
import type { Labels } from '../model/labels.ts';
import { relabel } from '../relabel/relabel.ts';
import type { RelabelRule } from '../relabel/rule.ts';
import type { SeriesLife } from '../storage/store.ts';
import type { Pace } from './pace.ts';

/** Changed series: by their metric, because selectors are told apart by it. */
export interface Reduction {
  readonly rules: readonly RelabelRule[];
  /** The only metrics whose series the rules change. */
  readonly metrics: ReadonlySet<string>;
  /** The only labels that the rules change, besides dropping whole series. */
  readonly labels: ReadonlySet<string>;
}

/** What became of the series of a metric. */
export interface Outcome {
  /** Series that are left. */
  readonly series: number;
  /** Series that become one with others that live at the same time: samples would be lost. */
  readonly merged: number;
  /** Two of them. */
  readonly example?: readonly [Labels, Labels] | undefined;
}

/** With Prometheus' defaults filled in. */
export function toRule(entry: RelabelEntry): RelabelRule {
  return {
    action: entry.action,
    sourceLabels: entry.source_labels ?? [],
    separator: ';',
    regex: entry.regex ?? '(.*)',
    modulus: 0,
    targetLabel: entry.target_label ?? '',
    replacement: entry.replacement ?? '$1',
  };
}

/** Drops metrics by name. */
export function dropMetrics(names: readonly string[]): RelabelEntry {
  return { source_labels: ['__name__'], regex: names.map(escapeRegExp).join('|'), action: 'drop' };
}

/** Takes a label from one metric; `labeldrop` would take it from all. */
export function dropLabel(metric: string, label: string): RelabelEntry {
  return { source_labels: ['__name__'], regex: escapeRegExp(metric), target_label: label, replacement: '', action: 'replace' };
}

const ID =
  '(?:[0-9]+|[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[A-Za-z]+[-_.:#]?[0-9]{2,})';
const IDS_OF_A_PATH = 3;

/** Replaces up to three ids in the paths of one metric by `:id`; each rule replaces the last one that is left. */
export function replaceIds(metric: string, label: string): RelabelEntry[] {
  const rule: RelabelEntry = {
    source_labels: ['__name__', label],
    regex: `${escapeRegExp(metric)};(.*)/${ID}(/.*)?`,
    target_label: label,
    replacement: '$1/:id$2',
    action: 'replace',
  };
  return Array.from({ length: IDS_OF_A_PATH }, () => rule);
}

/** Applies the rules to the series of one metric. */
export async function reduceLives(lives: readonly SeriesLife[], rules: readonly RelabelRule[], pace: Pace): Promise<Outcome> {
  const groups = new Map<string, SeriesLife[]>();
  for (const life of lives) {
    if (pace.isDue) await pace.rest();
    const labels = relabel(life.labels, rules);
    if (!labels || labels.size === 0) continue;
    const key = keyOf(labels);
    const group = groups.get(key);
    if (group) group.push(life);
    else groups.set(key, [life]);
  }
  let merged = 0;
  let example: readonly [Labels, Labels] | undefined;
  for (const group of groups.values()) {
    if (pace.isDue) await pace.rest();
    if (group.length === 1) continue;
    group.sort((a, b) => a.firstMs - b.firstMs);
    let last = group[0] as SeriesLife;
    for (const life of group.slice(1)) {
      if (life.firstMs <= last.lastMs) {
        merged++;
        example ??= [last.labels, life.labels];
      }
      if (life.lastMs > last.lastMs) last = life;
    }
  }
  return { series: groups.size, merged, example };
}

/** For a regular expression of a relabelling rule. */
export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&');
}

/** Equal for equal labels. Unlike `Labels.key` it leaves no text behind in labels that live as long as their series. */
export function keyOf({ flat }: Labels): string {
  return flat.join('\ud800');
}
