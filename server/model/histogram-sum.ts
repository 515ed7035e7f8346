// Histograms added up with Neumaier's compensation: of each number in it there is a sum and what rounding lost of it.
import { type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './histogram.ts';
import { type Buckets, bucketsOf, commonLayout, haveSameBorders, toLayout, toLayoutOutside } from './histogram-layout.ts';
import { filterRun, type Run, spansOf } from './histogram-spans.ts';

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
    const total = { ...bucketsOf(first), count: first.count, sum: first.sum };
    this.#total = total;
    this.#lost = scaled(total, 0, true);
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
    const run = (sums: Run, rests: Run) =>
      filterRun(
        { indexes: sums.indexes, counts: sums.counts.map((sum, i) => value(sum, rests.counts[i] as number)) },
        (count) => count !== 0,
      );
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
    this.#total = scaled(this.#total, SMALL_UNIT);
    this.#lost = scaled(this.#lost, SMALL_UNIT);
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

function scaled(sums: Sums, factor: number, toZero = false): Sums {
  const scale = (value: number) => (toZero ? 0 : value * factor);
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

function addRuns(total: Run, lost: Run, added: Run, factor: number): [Run, Run] {
  const size = total.indexes.length + added.indexes.length;
  const [indexes, sums, losts] = [new Int32Array(size), new Float64Array(size), new Float64Array(size)];
  let [a, b, out] = [0, 0, 0];
  for (; a < total.indexes.length || b < added.indexes.length; out++) {
    const ofA = total.indexes[a] ?? Number.POSITIVE_INFINITY;
    const ofB = added.indexes[b] ?? Number.POSITIVE_INFINITY;
    indexes[out] = Math.min(ofA, ofB);
    const [sum, rest] = ofA <= ofB ? [total.counts[a] as number, lost.counts[a] as number] : [0, 0];
    if (ofA <= ofB) a++;
    if (ofB <= ofA) {
      const value = (added.counts[b++] as number) * factor;
      sums[out] = sum + value;
      losts[out] = nextLost(sum, rest, value, sum + value);
    } else {
      sums[out] = sum;
      losts[out] = rest;
    }
  }
  const merged = indexes.subarray(0, out);
  return [
    { indexes: merged, counts: sums.subarray(0, out) },
    { indexes: merged, counts: losts.subarray(0, out) },
  ];
}
