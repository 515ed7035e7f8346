// The store as it would be had the relabelling been in force: a view, over which the real engine evaluates.
import type { Labels } from '../model/labels.ts';
import { compileMatcher, type Matcher } from '../model/matcher.ts';
import { relabel } from '../relabel/relabel.ts';
import { sortInTurns } from '../storage/clickhouse/in-parts.ts';
import { Turns } from '../storage/clickhouse/turns.ts';
import type { HistogramColumn, MetricSelection, MetricStore, ReadLimits, SeriesSet } from '../storage/store.ts';
import { ForwardingStore } from './forwarding-store.ts';
import { Pace } from './pace.ts';
import { keyOf, type Reduction } from './reduction.ts';

/** One series of the view: where its samples lie in the set that was read. */
interface Left {
  readonly labels: Labels;
  /** Numbers of series of the set, in order of their first samples. */
  readonly from: readonly number[];
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

  override selectPacked(selection: MetricSelection, limits: ReadLimits): AsyncIterable<SeriesSet> {
    return this.selectParts(selection, Number.POSITIVE_INFINITY, limits);
  }

  async #reduce(set: SeriesSet, matchers: readonly Matcher[], { signal }: ReadLimits): Promise<SeriesSet> {
    const pace = new Pace(signal);
    const { metrics, rules } = this.#reduction;
    const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
    const isWanted = (labels: Labels) => tests.every(({ name, test }) => test(labels.get(name)));
    // Series of other metrics stay as they are, and where they are.
    const others: Left[] = [];
    const byKey = new Map<string, { readonly labels: Labels; readonly from: number[] }>();
    let isSame = true;
    for (const [i, original] of set.labels.entries()) {
      if (pace.isDue) await pace.rest();
      const isOther = !metrics.has(original.metricName);
      const labels = isOther ? original : relabel(original, rules);
      if (!labels || !isWanted(labels)) {
        isSame = false;
        continue;
      }
      if (isOther) {
        others.push({ labels, from: [i] });
        continue;
      }
      isSame &&= labels.equals(original);
      const key = keyOf(labels);
      const left = byKey.get(key);
      if (left) left.from.push(i);
      else byKey.set(key, { labels, from: [i] });
    }
    if (isSame) return set;
    const changed = await sortInTurns([...byKey.values()], compareLeft, new Turns());
    return assemble(set, await mergeLeft(others, changed, pace), pace);
  }
}

function compareLeft(a: Left, b: Left): number {
  return a.labels.compare(b.labels);
}

async function mergeLeft(a: readonly Left[], b: readonly Left[], pace: Pace): Promise<Left[]> {
  if (b.length === 0) return [...a];
  const merged: Left[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (pace.isDue) await pace.rest();
    const [x, y] = [a[i], b[j]];
    const isFirst = x !== undefined && (y === undefined || compareLeft(x, y) <= 0);
    merged.push((isFirst ? a[i++] : b[j++]) as Left);
  }
  return merged;
}

async function assemble(set: SeriesSet, left: readonly Left[], pace: Pace): Promise<SeriesSet> {
  const { offsets } = set;
  // Rows are listed only where series are joined.
  const joined = new Map<Left, number[]>();
  const sizes = new Uint32Array(left.length);
  let total = 0;
  for (const [i, one] of left.entries()) {
    if (pace.isDue) await pace.rest();
    if (one.from.length > 1) joined.set(one, joinedRows(set, one.from));
    const first = one.from[0] as number;
    sizes[i] = joined.get(one)?.length ?? (offsets[first + 1] as number) - (offsets[first] as number);
    total += sizes[i] as number;
  }
  const out = { offsets: new Uint32Array(left.length + 1), timestampsMs: new Float64Array(total), values: new Float64Array(total) };
  // By their bits: stale markers must stay what they are.
  const bits = new BigUint64Array(out.values.buffer);
  const setBits = new BigUint64Array(set.values.buffer, set.values.byteOffset, offsets.at(-1) ?? 0);
  const rows = set.histograms ? new Uint32Array(total) : undefined;
  let at = 0;
  for (const [i, one] of left.entries()) {
    if (pace.isDue) await pace.rest();
    const own = joined.get(one);
    const start = offsets[one.from[0] as number] as number;
    for (let k = 0; k < (sizes[i] as number); k++, at++) {
      const row = own ? (own[k] as number) : start + k;
      out.timestampsMs[at] = set.timestampsMs[row] as number;
      bits[at] = setBits[row] as bigint;
      if (rows) rows[at] = row;
    }
    out.offsets[i + 1] = at;
  }
  const labels = left.map((one) => one.labels);
  return set.histograms && rows ? { labels, ...out, histograms: pickHistograms(set.histograms, rows) } : { labels, ...out };
}

/** Samples of several series in order of time; where two have one at one time, the first stays, as when Prometheus scrapes duplicates. */
function joinedRows({ offsets, timestampsMs }: SeriesSet, from: readonly number[]): number[] {
  const rows = from.flatMap((series) => {
    const [start, end] = [offsets[series] as number, offsets[series + 1] as number];
    return Array.from({ length: end - start }, (_, i) => start + i);
  });
  rows.sort((a, b) => (timestampsMs[a] as number) - (timestampsMs[b] as number) || a - b);
  return rows.filter((row, i) => i === 0 || timestampsMs[row] !== timestampsMs[rows[i - 1] as number]);
}

function pickHistograms({ bytes, offsets }: HistogramColumn, rows: Uint32Array): HistogramColumn {
  const picked = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    picked[i + 1] = (picked[i] as number) + (offsets[row + 1] as number) - (offsets[row] as number);
  });
  const all = new Uint8Array(picked[rows.length] as number);
  for (const [i, row] of rows.entries()) all.set(bytes.subarray(offsets[row] as number, offsets[row + 1] as number), picked[i]);
  return { bytes: all, offsets: picked };
}
