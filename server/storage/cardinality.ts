import { compareText } from '../model/labels.ts';
import type { Cardinality, NamedCount } from './store.ts';

/** How many series have each value of each label. */
export type LabelCounts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The statistics of `series` series; `limit` entries in each list. */
export function cardinalityOf(
  series: number,
  counts: LabelCounts,
  span: { readonly minMs: number; readonly maxMs: number },
  limit: number,
): Cardinality {
  const byName = new Largest(limit);
  const values = new Largest(limit);
  const bytes = new Largest(limit);
  const pairs = new Largest(limit);
  let labelPairs = 0;
  for (const [name, seriesByValue] of counts) {
    if (seriesByValue.size === 0) continue;
    labelPairs += seriesByValue.size;
    values.add(name, seriesByValue.size);
    let sizeBytes = 0;
    for (const [value, count] of seriesByValue) {
      sizeBytes += Buffer.byteLength(value) * count;
      pairs.add(`${name}=${value}`, count);
      if (name === '__name__') byName.add(value, count);
    }
    bytes.add(name, sizeBytes);
  }
  return {
    series,
    labelPairs,
    ...(span.minMs <= span.maxMs ? { minMs: span.minMs, maxMs: span.maxMs } : {}),
    seriesByMetricName: byName.list(),
    valuesByLabelName: values.list(),
    bytesByLabelName: bytes.list(),
    seriesByLabelPair: pairs.list(),
  };
}

/** The largest of many counts, without holding more than some of them. */
class Largest {
  readonly #limit: number;
  #kept: NamedCount[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(name: string, count: number): void {
    this.#kept.push({ name, count });
    if (this.#kept.length >= 2 * this.#limit + 100) this.#kept = this.list();
  }

  list(): NamedCount[] {
    return this.#kept.sort((a, b) => b.count - a.count || compareText(a.name, b.name)).slice(0, this.#limit);
  }
}
