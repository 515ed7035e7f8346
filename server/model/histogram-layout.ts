// How the buckets of a histogram are cut, and two histograms cut alike: the lower schema, the wider zero bucket, the custom borders
// that both have. A zero bucket never ends inside a populated bucket: it grows to that one's border.
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './histogram.ts';
import { bucketBound } from './histogram-buckets.ts';
import { bucketIndexes, mapRun, type Run, runFrom } from './histogram-spans.ts';

export interface Layout {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly customValues: Float64Array | undefined;
}

/** Counts of observations by bucket. */
export interface Buckets extends Layout {
  readonly zeroCount: number;
  readonly positive: Run;
  readonly negative: Run;
}

/** The buckets of a histogram as columns. */
export function bucketsOf(h: FloatHistogram): Buckets {
  return {
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    customValues: h.customValues,
    zeroCount: h.zeroCount,
    positive: { indexes: bucketIndexes(h.positiveSpans), counts: h.positiveBuckets },
    negative: { indexes: bucketIndexes(h.negativeSpans), counts: h.negativeBuckets },
  };
}

/** The finest layout both can be brought to; undefined for custom beside exponential buckets. */
export function commonLayout(a: Buckets, b: Buckets): Layout | undefined {
  const isCustom = a.schema === CUSTOM_BUCKETS_SCHEMA;
  if (isCustom !== (b.schema === CUSTOM_BUCKETS_SCHEMA)) return undefined;
  if (isCustom) return { schema: a.schema, zeroThreshold: 0, customValues: commonBorders(a.customValues, b.customValues) };
  return { schema: Math.min(a.schema, b.schema), zeroThreshold: commonThreshold(a, b), customValues: undefined };
}

/** The same observations in a layout that `commonLayout` found for them. */
export function toLayout(buckets: Buckets, layout: Layout): Buckets {
  if (buckets.schema === CUSTOM_BUCKETS_SCHEMA) return toBorders(buckets, layout.customValues);
  return toSchema(widenZeroBucket(buckets, layout.zeroThreshold), layout.schema);
}

/**
 * What Prometheus adds to, or compares with, a histogram of this layout: buckets in its schema, those inside its zero bucket left out. A
 * bucket of a lower schema that is only partly inside keeps what the zero bucket has counted too: upstream's answers have that.
 */
export function toLayoutOutside(buckets: Buckets, layout: Layout): Buckets {
  if (buckets.schema === CUSTOM_BUCKETS_SCHEMA) return toBorders(buckets, layout.customValues);
  const { zeroCount } = widenZeroBucket(buckets, layout.zeroThreshold);
  return outsideZeroBucket({ ...toSchema(buckets, layout.schema), zeroCount, zeroThreshold: layout.zeroThreshold });
}

/** Without the buckets that end inside the zero bucket. */
export function outsideZeroBucket(buckets: Buckets): Buckets {
  const isOutside = (index: number) => bucketBound(buckets.schema, index) > buckets.zeroThreshold;
  return { ...buckets, positive: runFrom(buckets.positive, isOutside), negative: runFrom(buckets.negative, isOutside) };
}

/** The same observations in a schema that is not higher. */
export function toSchema(buckets: Buckets, schema: number): Buckets {
  if (buckets.schema === schema) return buckets;
  const width = 2 ** (buckets.schema - schema);
  const target = (index: number) => Math.ceil(index / width);
  return { ...buckets, schema, positive: mapRun(buckets.positive, target), negative: mapRun(buckets.negative, target) };
}

/** Whether custom borders are the same floats. */
export function haveSameBorders(a: ArrayLike<number> = [], b: ArrayLike<number> = []): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

function commonBorders(a: Float64Array = new Float64Array(), b: Float64Array = new Float64Array()): Float64Array {
  if (haveSameBorders(a, b)) return a;
  const ofB = new Set(b);
  return a.filter((border) => ofB.has(border));
}

function toBorders(buckets: Buckets, customValues: Float64Array = new Float64Array()): Buckets {
  const { customValues: before = new Float64Array(), positive } = buckets;
  if (haveSameBorders(before, customValues)) return buckets;
  let wider = 0;
  const target = (index: number) => {
    const border = before[index] ?? Number.POSITIVE_INFINITY;
    while (wider < customValues.length && (customValues[wider] as number) < border) wider++;
    return wider;
  };
  return { ...buckets, customValues, positive: mapRun(positive, target) };
}

function commonThreshold(a: Buckets, b: Buckets): number {
  let [ofA, ofB] = [a.zeroThreshold, b.zeroThreshold];
  while (ofA !== ofB) {
    if (ofA > ofB) ofB = fittingThreshold(b, ofA);
    if (ofB > ofA) ofA = fittingThreshold(a, ofB);
  }
  return ofA;
}

/** The least threshold from `threshold` on that lies inside no populated bucket. */
export function fittingThreshold({ schema, positive, negative }: Buckets, threshold: number): number {
  for (let fitting = threshold; ; ) {
    const wider = Math.max(endOfBucketAround(schema, positive, fitting), endOfBucketAround(schema, negative, fitting));
    if (!(wider > fitting)) return fitting;
    fitting = wider;
  }
}

/** The same with a zero bucket up to `threshold`, which takes in all buckets that begin below. */
export function widenZeroBucket(buckets: Buckets, threshold: number): Buckets {
  if (threshold === buckets.zeroThreshold) return buckets;
  const isOutside = (index: number) => bucketBound(buckets.schema, index - 1) >= threshold;
  const [positive, negative] = [runFrom(buckets.positive, isOutside), runFrom(buckets.negative, isOutside)];
  let { zeroCount } = buckets;
  for (let i = 0; i < buckets.positive.counts.length - positive.counts.length; i++) zeroCount += buckets.positive.counts[i] as number;
  for (let i = 0; i < buckets.negative.counts.length - negative.counts.length; i++) zeroCount += buckets.negative.counts[i] as number;
  return { ...buckets, zeroThreshold: threshold, zeroCount, positive, negative };
}

function endOfBucketAround(schema: number, { indexes, counts }: Run, threshold: number): number {
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i] as number;
    const upper = bucketBound(schema, index);
    if (upper <= threshold) continue;
    return counts[i] !== 0 && bucketBound(schema, index - 1) < threshold ? upper : threshold;
  }
  return threshold;
}
