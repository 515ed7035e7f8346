// Histograms added up with Neumaier's compensation: of each number in it there is a sum and what rounding lost of it.
import { type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './histogram.ts';
import { type Buckets, bucketsOf, commonLayout, haveSameBorders, toLayout, toLayoutOutside } from './histogram-layout.ts';
import { populatedRun, type Run, spansOf } from './histogram-spans.ts';

/** Sums beyond this go on in a smaller unit, so that a mean stays finite where the sum does not. */
const HUGE = 2 ** 1000;
const SMALL_UNIT = 2 ** -600;

interface Sums extends Buckets {
  readonly count: number;
  readonly sum: number;
}

/** A running sum of histograms that adapts to the coarsest layout it meets. */
export class HistogramSum {
  #total: Sums;
  #lost: Sums;
  #hint: CounterResetHint;
  #unit = 1;
  #size = 1;
  #sawReset: boolean;
  #sawNotReset: boolean;
  #boundsReconciled = false;

  constructor(first: FloatHistogram) {
    // Copies, because they are added to in place.
    const total = scaled({ ...bucketsOf(first), count: first.count, sum: first.sum }, (value) => value);
    this.#total = total;
    this.#lost = scaled(total, () => 0);
    this.#hint = first.hint;
    this.#sawReset = first.hint === 'reset';
    this.#sawNotReset = first.hint === 'not_reset';
  }

  /** Adds `factor` times `h`. False, and nothing is added, when one of them has custom and the other exponential buckets. */
  add(h: FloatHistogram, factor = 1): boolean {
    let added: Sums = { ...bucketsOf(h), count: h.count, sum: h.sum };
    const layout = commonLayout(this.#total, added);
    if (!layout) return false;
    if (layout.schema === CUSTOM_BUCKETS_SCHEMA && !haveSameBorders(this.#total.customValues, h.customValues))
      this.#boundsReconciled = true;
    if (this.#unit === 1 && (isHuge(this.#total) || isHuge(added))) this.#shrinkUnit();
    added = { ...added, ...toLayoutOutside(added, layout) };
    this.#lost = { ...this.#lost, ...toLayout(this.#lost, layout) };
    this.#total = { ...this.#total, ...toLayout(this.#total, layout) };
    [this.#total, this.#lost] = addSums(this.#total, this.#lost, added, factor * this.#unit);
    this.#hint = sumHint(this.#hint, h.hint);
    if (h.hint === 'reset') this.#sawReset = true;
    if (h.hint === 'not_reset') this.#sawNotReset = true;
    this.#size++;
    return true;
  }

  /** How many histograms were added. */
  get size(): number {
    return this.#size;
  }

  /** Whether some were marked as resets and others as none: their sum then says nothing about resets. */
  get counterResetCollision(): boolean {
    return this.#sawReset && this.#sawNotReset;
  }

  /** Whether custom buckets had different borders, of which only the common ones were kept. */
  get boundsReconciled(): boolean {
    return this.#boundsReconciled;
  }

  /** The sum, without empty buckets. */
  result(): FloatHistogram {
    return this.#scaledTotal(1 / this.#unit);
  }

  /** The sum divided by the number of histograms. */
  mean(): FloatHistogram {
    return this.#scaledTotal(1, this.#size * this.#unit);
  }

  #scaledTotal(factor: number, divisor = 1): FloatHistogram {
    const [total, lost] = [this.#total, this.#lost];
    const value = (sum: number, rest: number) => ((rest === 0 ? sum : sum + rest) * factor) / divisor;
    const run = ({ indexes, counts }: Run, rests: Run) =>
      populatedRun({ indexes, counts: counts.map((sum, i) => value(sum, rests.counts[i] as number)) });
    const [positive, negative] = [run(total.positive, lost.positive), run(total.negative, lost.negative)];
    return {
      hint: this.#hint,
      schema: total.schema,
      zeroThreshold: total.zeroThreshold,
      zeroCount: value(total.zeroCount, lost.zeroCount),
      count: value(total.count, lost.count),
      sum: value(total.sum, lost.sum),
      positiveSpans: spansOf(positive.indexes),
      negativeSpans: spansOf(negative.indexes),
      positiveBuckets: positive.counts,
      negativeBuckets: negative.counts,
      ...(total.customValues && { customValues: total.customValues }),
    };
  }

  #shrinkUnit(): void {
    this.#unit = SMALL_UNIT;
    this.#total = scaled(this.#total, (value) => value * SMALL_UNIT);
    this.#lost = scaled(this.#lost, (value) => value * SMALL_UNIT);
  }
}

/** The hint of a sum: a gauge when one is, else what both say, else unknown. */
export function sumHint(a: CounterResetHint, b: CounterResetHint): CounterResetHint {
  if (a === b) return a;
  return a === 'gauge' || b === 'gauge' ? 'gauge' : 'unknown';
}

function isHuge({ count, sum }: Sums): boolean {
  return Math.max(Math.abs(count), Math.abs(sum)) > HUGE && Number.isFinite(count) && Number.isFinite(sum);
}

function scaled(sums: Sums, scale: (value: number) => number): Sums {
  const run = ({ indexes, counts }: Run): Run => ({ indexes, counts: counts.map(scale) });
  return {
    ...sums,
    zeroCount: scale(sums.zeroCount),
    count: scale(sums.count),
    sum: scale(sums.sum),
    positive: run(sums.positive),
    negative: run(sums.negative),
  };
}

function addSums(total: Sums, lost: Sums, added: Sums, factor: number): [Sums, Sums] {
  const [positive, positiveLost] = addRuns(total.positive, lost.positive, added.positive, factor);
  const [negative, negativeLost] = addRuns(total.negative, lost.negative, added.negative, factor);
  const field = (name: 'zeroCount' | 'count' | 'sum') => addCompensated(total[name], lost[name], added[name] * factor);
  const [zeroCount, count, sum] = [field('zeroCount'), field('count'), field('sum')];
  return [
    { ...total, positive, negative, zeroCount: zeroCount[0], count: count[0], sum: sum[0] },
    { ...lost, positive: positiveLost, negative: negativeLost, zeroCount: zeroCount[1], count: count[1], sum: sum[1] },
  ];
}

function addCompensated(sum: number, lost: number, value: number): [number, number] {
  const next = sum + value;
  return [next, nextLost(sum, lost, value, next)];
}

function nextLost(sum: number, lost: number, value: number, next: number): number {
  if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) return 0;
  return lost + (Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum);
}

/** The sums and losses of all buckets with `factor * added` in them. Where there is no new bucket, the arrays are the given ones. */
function addRuns(total: Run, lost: Run, added: Run, factor: number): [Run, Run] {
  const [sums, losts] = withIndexes(total, lost, added.indexes);
  for (let at = 0, i = 0; i < added.indexes.length; i++, at++) {
    while (sums.indexes[at] !== added.indexes[i]) at++;
    const sum = sums.counts[at] as number;
    const value = (added.counts[i] as number) * factor;
    sums.counts[at] = sum + value;
    losts.counts[at] = nextLost(sum, losts.counts[at] as number, value, sum + value);
  }
  return [sums, losts];
}

/** The same runs with empty buckets where `added` has other indexes. */
function withIndexes(total: Run, lost: Run, added: Int32Array): [Run, Run] {
  const missing = countMissing(total.indexes, added);
  if (missing === 0) return [total, lost];
  const size = total.indexes.length + missing;
  const [indexes, sums, losts] = [new Int32Array(size), new Float64Array(size), new Float64Array(size)];
  for (let out = 0, a = 0, b = 0; out < size; out++) {
    const ofTotal = total.indexes[a] ?? Number.POSITIVE_INFINITY;
    const ofAdded = added[b] ?? Number.POSITIVE_INFINITY;
    indexes[out] = Math.min(ofTotal, ofAdded);
    if (ofAdded <= ofTotal) b++;
    if (ofTotal > ofAdded) continue;
    sums[out] = total.counts[a] as number;
    losts[out] = lost.counts[a++] as number;
  }
  return [
    { indexes, counts: sums },
    { indexes, counts: losts },
  ];
}

function countMissing(indexes: Int32Array, wanted: Int32Array): number {
  let missing = 0;
  for (let at = 0, i = 0; i < wanted.length; i++) {
    const index = wanted[i] as number;
    while (at < indexes.length && (indexes[at] as number) < index) at++;
    if (indexes[at] !== index) missing++;
  }
  return missing;
}
