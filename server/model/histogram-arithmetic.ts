// What operators do to histograms. Results never share arrays that change, and hold no empty buckets where it says so.
import { type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './histogram.ts';
import { bucketsOf, toSchema } from './histogram-layout.ts';
import { populatedRun, type Run, spansOf } from './histogram-spans.ts';
import { HistogramSum } from './histogram-sum.ts';

/** A sum or a difference; a problem when one of both has custom and the other exponential buckets. */
export type HistogramResult =
  | {
      readonly histogram: FloatHistogram;
      /** One was marked as a reset, the other as none. */
      readonly counterResetCollision: boolean;
      /** Custom buckets had different borders, of which only the common ones were kept. Prometheus up to 3.7 fails here. */
      readonly boundsReconciled: boolean;
      readonly problem?: undefined;
    }
  | { readonly problem: 'incompatible_schemas' };

/** a + b, without empty buckets. */
export function addHistograms(a: FloatHistogram, b: FloatHistogram): HistogramResult {
  return combine(a, b, 1);
}

/** a - b, without empty buckets; a gauge, because counts may fall below zero. (Prometheus up to 3.5 keeps the hint of `a`.) */
export function subtractHistograms(a: FloatHistogram, b: FloatHistogram): HistogramResult {
  const result = combine(a, b, -1);
  return result.problem === undefined ? { ...result, histogram: withHint(result.histogram, 'gauge') } : result;
}

function combine(a: FloatHistogram, b: FloatHistogram, factor: number): HistogramResult {
  const sum = new HistogramSum(a);
  if (!sum.add(b, factor)) return { problem: 'incompatible_schemas' };
  return { histogram: sum.result(), counterResetCollision: sum.counterResetCollision, boundsReconciled: sum.boundsReconciled };
}

/** -h: all numbers negated, empty buckets kept; a gauge. */
export function negateHistogram(h: FloatHistogram): FloatHistogram {
  return mapCounts(h, 'gauge', (value) => -value);
}

/** All numbers multiplied, without empty buckets; a negative factor makes a gauge. */
export function scaleHistogram(h: FloatHistogram, factor: number): FloatHistogram {
  return compactHistogram(
    mapCounts(h, factor < 0 ? 'gauge' : h.hint, (value) => value * factor),
    0,
  );
}

/** All numbers divided, without empty buckets; a negative divisor makes a gauge, division by zero leaves no buckets but the zero bucket. */
export function divideHistogram(h: FloatHistogram, divisor: number): FloatHistogram {
  const divided = mapCounts(h, divisor < 0 ? 'gauge' : h.hint, (value) => value / divisor);
  return divisor === 0 ? withBuckets(divided, NO_BUCKETS, NO_BUCKETS) : compactHistogram(divided, 0);
}

/** The same without empty buckets, but for up to `maxEmptyBuckets` between two populated ones. */
export function compactHistogram(h: FloatHistogram, maxEmptyBuckets: number): FloatHistogram {
  const { positive, negative } = bucketsOf(h);
  return withBuckets(h, compactRun(positive, maxEmptyBuckets), compactRun(negative, maxEmptyBuckets));
}

/** The same in an exponential schema that is lower than its own. */
export function reduceResolution(h: FloatHistogram, schema: number): FloatHistogram {
  const { positive, negative } = toSchema(bucketsOf(h), schema);
  return { ...withBuckets(h, positive, negative), schema };
}

export function withHint(h: FloatHistogram, hint: CounterResetHint): FloatHistogram {
  return h.hint === hint ? h : { ...h, hint };
}

/** No observations, in the layout of `h`. */
export function emptyLike(h: FloatHistogram): FloatHistogram {
  return { ...withBuckets(h, NO_BUCKETS, NO_BUCKETS), count: 0, sum: 0, zeroCount: 0 };
}

const NO_BUCKETS: Run = { indexes: new Int32Array(), counts: new Float64Array() };

function withBuckets(h: FloatHistogram, positive: Run, negative: Run): FloatHistogram {
  return {
    ...h,
    positiveSpans: spansOf(positive.indexes),
    negativeSpans: spansOf(negative.indexes),
    positiveBuckets: positive.counts,
    negativeBuckets: negative.counts,
  };
}

function mapCounts(h: FloatHistogram, hint: CounterResetHint, map: (value: number) => number): FloatHistogram {
  const [positiveBuckets, negativeBuckets] = [h.positiveBuckets.map(map), h.negativeBuckets.map(map)];
  const zeroCount = h.schema === CUSTOM_BUCKETS_SCHEMA ? 0 : map(h.zeroCount);
  return { ...h, hint, zeroCount, count: map(h.count), sum: map(h.sum), positiveBuckets, negativeBuckets };
}

function compactRun(run: Run, maxEmptyBuckets: number): Run {
  const populated = populatedRun(run);
  if (maxEmptyBuckets === 0) return populated;
  const [indexes, counts] = [[] as number[], [] as number[]];
  for (const [i, index] of populated.indexes.entries()) {
    const before = indexes.at(-1) ?? index;
    if (index - before - 1 <= maxEmptyBuckets)
      for (let empty = before + 1; empty < index; empty++) {
        indexes.push(empty);
        counts.push(0);
      }
    indexes.push(index);
    counts.push(populated.counts[i] as number);
  }
  return { indexes: Int32Array.from(indexes), counts: Float64Array.from(counts) };
}
