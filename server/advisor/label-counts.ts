// The values of labels: how many there are, which have the most series, what they look like.
import { recognisePattern } from '@alidade/sdk/advise';
import { compareText } from '../model/labels.ts';
import type { SeriesLife } from '../storage/store.ts';
import type { Pace } from './pace.ts';

/** The largest that are kept of a label's values. */
export const TOP_VALUES = 100;
const PATTERN_SAMPLE = 500;

/** A label name or value and its series. */
export interface LabelCount {
  readonly name: string;
  readonly count: number;
}

/** One label of one metric. */
export interface LabelCensus {
  readonly name: string;
  readonly values: number;
  readonly pattern: string | undefined;
  /** The largest, largest first. */
  readonly top: readonly LabelCount[];
}

/** The labels of one metric, those with the most values first. */
export async function labelsOfMetric(lives: readonly SeriesLife[], pace: Pace): Promise<LabelCensus[]> {
  const byName = new Map<string, Map<string, number>>();
  for (const { labels } of lives) {
    if (pace.isDue) await pace.rest();
    const { flat } = labels;
    for (let i = 0; i < flat.length; i += 2) {
      const [name, value] = [flat[i] as string, flat[i + 1] as string];
      if (name === '__name__') continue;
      let values = byName.get(name);
      if (!values) {
        values = new Map();
        byName.set(name, values);
      }
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  }
  const labels: LabelCensus[] = [];
  for (const [name, values] of byName) {
    const top = new Top(TOP_VALUES);
    for (const [value, count] of values) {
      if (pace.isDue) await pace.rest();
      top.add(value, count);
    }
    labels.push({ name, values: values.size, pattern: recognisePattern(sampleOf(values.keys(), values.size)), top: top.list() });
  }
  return labels.sort((a, b) => b.values - a.values || compareText(a.name, b.name));
}

/** Some of many values, from all over. */
export function sampleOf(values: Iterable<string>, size: number): string[] {
  const every = Math.max(1, Math.floor(size / PATTERN_SAMPLE));
  const sample: string[] = [];
  let i = 0;
  for (const value of values) if (i++ % every === 0 && sample.length < PATTERN_SAMPLE) sample.push(value);
  return sample;
}

/** The largest of many counts, without holding more than some of them. */
export class Top {
  readonly #limit: number;
  #kept: LabelCount[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(name: string, count: number): void {
    this.#kept.push({ name, count });
    if (this.#kept.length >= 4 * this.#limit) this.#kept = this.list();
  }

  list(): LabelCount[] {
    return this.#kept.sort((a, b) => b.count - a.count || compareText(a.name, b.name)).slice(0, this.#limit);
  }
}
