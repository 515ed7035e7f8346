// The store as it would be had the relabelling been in force: a view, over which the real engine evaluates.
import type { Labels } from '../model/labels.ts';
import { compileMatcher, type Matcher } from '../model/matcher.ts';
import { relabel } from '../relabel/relabel.ts';
import type { HistogramColumn, MetricSelection, MetricStore, ReadLimits, SeriesSet } from '../storage/store.ts';
import { ForwardingStore } from './forwarding-store.ts';
import { Pace } from './pace.ts';
import { keyOf, type Reduction } from './reduction.ts';

/** One series of the view: where its samples lie in the set that was read. */
interface Left {
  readonly labels: Labels;
  /** Numbers of series of the set, in order of their first samples. */
  readonly from: number[];
}

/** Reads through to `store`, relabels what it reads, and joins series that have become equal. */
export class ReducedStore extends ForwardingStore {
  readonly #reduction: Reduction;

  constructor(store: MetricStore, reduction: Reduction) {
    super(store);
    this.#reduction = reduction;
  }

  override async select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    // Labels that rules change are looked at afterwards; samples that a lookup may leave out could be wanted of a joined series.
    const wider = selections.map(({ matchers, startMs, endMs }) => ({
      matchers: matchers.filter(({ name }) => !this.#reduction.labels.has(name)),
      startMs,
      endMs,
    }));
    const sets = await super.select(wider, limits);
    const reduced: SeriesSet[] = [];
    for (const [i, set] of sets.entries()) reduced.push(await this.#reduce(set, selections[i]?.matchers ?? [], limits));
    return reduced;
  }

  override async *selectParts(selection: MetricSelection, _partSamples: number, limits: ReadLimits): AsyncGenerator<SeriesSet> {
    const [set] = await this.select([selection], limits);
    if (set && set.labels.length > 0) yield set;
  }

  async #reduce(set: SeriesSet, matchers: readonly Matcher[], { signal }: ReadLimits): Promise<SeriesSet> {
    const pace = new Pace(signal);
    const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
    const byKey = new Map<string, Left>();
    for (const [i, original] of set.labels.entries()) {
      if (pace.isDue) await pace.rest();
      const labels = this.#reduction.metrics.has(original.metricName) ? relabel(original, this.#reduction.rules) : original;
      if (!labels || !tests.every(({ name, test }) => test(labels.get(name)))) continue;
      const key = keyOf(labels);
      const left = byKey.get(key);
      if (left) left.from.push(i);
      else byKey.set(key, { labels, from: [i] });
    }
    const left = [...byKey.values()].sort((a, b) => a.labels.compare(b.labels));
    return assemble(set, left, pace);
  }
}

async function assemble(set: SeriesSet, left: readonly Left[], pace: Pace): Promise<SeriesSet> {
  const { offsets } = set;
  const rows: number[][] = [];
  for (const { from } of left) {
    if (pace.isDue) await pace.rest();
    rows.push(rowsOf(set, from));
  }
  const total = rows.reduce((sum, { length }) => sum + length, 0);
  const out = {
    labels: left.map(({ labels }) => labels),
    offsets: new Uint32Array(left.length + 1),
    timestampsMs: new Float64Array(total),
    values: new Float64Array(total),
  };
  const bits = new BigUint64Array(out.values.buffer);
  const setBits = new BigUint64Array(set.values.buffer, set.values.byteOffset, offsets.at(-1) ?? 0);
  let at = 0;
  for (const [i, ofSeries] of rows.entries()) {
    if (pace.isDue) await pace.rest();
    for (const row of ofSeries) {
      out.timestampsMs[at] = set.timestampsMs[row] as number;
      // By their bits: stale markers must stay what they are.
      bits[at] = setBits[row] as bigint;
      at++;
    }
    out.offsets[i + 1] = at;
  }
  return set.histograms ? { ...out, histograms: pickHistograms(set.histograms, rows.flat()) } : out;
}

/** Samples of one series after the other; where two have a sample at one time, the first stays, as when Prometheus scrapes duplicates. */
function rowsOf({ offsets, timestampsMs }: SeriesSet, from: readonly number[]): number[] {
  const rows = from.flatMap((series) => {
    const [start, end] = [offsets[series] as number, offsets[series + 1] as number];
    return Array.from({ length: end - start }, (_, i) => start + i);
  });
  if (from.length === 1) return rows;
  rows.sort((a, b) => (timestampsMs[a] as number) - (timestampsMs[b] as number) || a - b);
  return rows.filter((row, i) => i === 0 || timestampsMs[row] !== timestampsMs[rows[i - 1] as number]);
}

function pickHistograms({ bytes, offsets }: HistogramColumn, rows: readonly number[]): HistogramColumn {
  const picked = new Uint32Array(rows.length + 1);
  const sizes = rows.map((row) => (offsets[row + 1] as number) - (offsets[row] as number));
  sizes.forEach((size, i) => {
    picked[i + 1] = (picked[i] as number) + size;
  });
  const all = new Uint8Array(picked[rows.length] as number);
  for (const [i, row] of rows.entries()) all.set(bytes.subarray(offsets[row] as number, offsets[row + 1] as number), picked[i]);
  return { bytes: all, offsets: picked };
}
