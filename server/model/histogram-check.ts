// What Prometheus asks of a native histogram before it stores it, in the order and with the texts of its own checks.
import { formatFixed6, formatG } from './go-number.ts';
import {
  type BucketSpan,
  CUSTOM_BUCKETS_SCHEMA,
  type FloatHistogram,
  MAX_EXPONENTIAL_SCHEMA,
  MIN_EXPONENTIAL_SCHEMA,
} from './histogram.ts';
import { spanSize } from './histogram-spans.ts';

// Schemas that are spoken for, but not in use.
const MIN_RESERVED_SCHEMA = -9;
const MAX_RESERVED_SCHEMA = 52;

/**
 * Why a schema cannot be stored, undefined when it can: those of finer resolution than `MAX_EXPONENTIAL_SCHEMA` are reserved and can
 * be reduced to it. The texts are those of Prometheus 3.8; 3.5 stored what it could not evaluate.
 */
export function schemaFault(schema: number): string | undefined {
  if (schema === CUSTOM_BUCKETS_SCHEMA || (schema >= MIN_EXPONENTIAL_SCHEMA && schema <= MAX_RESERVED_SCHEMA)) return undefined;
  const isReserved = schema >= MIN_RESERVED_SCHEMA && schema <= MAX_RESERVED_SCHEMA;
  const [word, min, max] = isReserved
    ? ['invalid', MIN_EXPONENTIAL_SCHEMA, MAX_EXPONENTIAL_SCHEMA]
    : ['unknown', MIN_RESERVED_SCHEMA, MAX_RESERVED_SCHEMA];
  return `histogram has an ${word} schema, which must be between ${min} and ${max} for exponential buckets, or ${CUSTOM_BUCKETS_SCHEMA} for custom buckets, got schema ${schema}`;
}

/** Prometheus' text of what is wrong with a histogram; `isInteger`: its counts were sent as whole numbers, so that they must add up. */
export function histogramFault(h: FloatHistogram, isInteger: boolean): string | undefined {
  const { positiveSpans, negativeSpans, positiveBuckets, negativeBuckets } = h;
  if (h.schema === CUSTOM_BUCKETS_SCHEMA) {
    const fault = customFault(h);
    if (fault !== undefined) return fault;
  } else {
    const fault =
      spansFault('positive', positiveSpans, positiveBuckets.length) ??
      spansFault('negative', negativeSpans, negativeBuckets.length) ??
      countsFault('negative', negativeBuckets);
    if (fault !== undefined) return fault;
    if ((h.customValues?.length ?? 0) > 0) return 'histogram with exponential schema must not have custom bounds';
  }
  return countsFault('positive', positiveBuckets) ?? (isInteger ? sumFault(h) : undefined);
}

function customFault(h: FloatHistogram): string | undefined {
  const bounds = h.customValues ?? [];
  const fault = boundsFault(bounds) ?? customSpansFault(h.positiveSpans, h.positiveBuckets.length, bounds.length);
  if (fault !== undefined) return fault;
  if (h.zeroCount !== 0) return 'custom buckets: must have zero count of 0';
  if (h.zeroThreshold !== 0) return 'custom buckets: must have zero threshold of 0';
  if (h.negativeSpans.length > 0) return 'custom buckets: must not have negative spans';
  if (h.negativeBuckets.length > 0) return 'custom buckets: must not have negative buckets';
  return undefined;
}

function boundsFault(bounds: ArrayLike<number>): string | undefined {
  let previous = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < bounds.length; i++) {
    const bound = bounds[i] as number;
    if (bound <= previous)
      return `custom buckets: previous bound is ${formatFixed6(previous)} and current is ${formatFixed6(bound)}: histogram custom bounds must be in strictly increasing order`;
    if (Number.isNaN(bound)) return 'custom buckets: bound is NaN: histogram custom bounds must not be NaN';
    previous = bound;
  }
  if (previous === Number.POSITIVE_INFINITY)
    return 'custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds must be finite';
  return undefined;
}

function customSpansFault(spans: readonly BucketSpan[], buckets: number, bounds: number): string | undefined {
  const [at, offset] = negativeOffset(spans, 0);
  if (at > 0) return `custom buckets: span number ${at} with offset ${offset}: histogram has a span whose offset is negative`;
  const size = spanSize(spans);
  const length = spans.reduce((sum, span) => sum + span.offset, size);
  if (size !== buckets)
    return `custom buckets: spans need ${size} buckets, have ${buckets} buckets: histogram spans specify different number of buckets than provided`;
  if (length > bounds + 1)
    return `custom buckets: only ${bounds} custom bounds defined which is insufficient to cover total span length of ${length}: histogram custom bounds are too few`;
  return undefined;
}

function spansFault(side: string, spans: readonly BucketSpan[], buckets: number): string | undefined {
  const [at, offset] = negativeOffset(spans, 1);
  if (at > 0) return `${side} side: span number ${at} with offset ${offset}: histogram has a span whose offset is negative`;
  const size = spanSize(spans);
  if (size === buckets) return undefined;
  return `${side} side: spans need ${size} buckets, have ${buckets} buckets: histogram spans specify different number of buckets than provided`;
}

/** Number (from 1) and offset of the first span from `from` on that goes back; 0 without one. */
function negativeOffset(spans: readonly BucketSpan[], from: number): readonly [at: number, offset: number] {
  const i = spans.findIndex(({ offset }, index) => index >= from && offset < 0);
  return [i + 1, spans[i]?.offset ?? 0];
}

function countsFault(side: string, buckets: Float64Array): string | undefined {
  const i = buckets.findIndex((count) => count < 0);
  if (i < 0) return undefined;
  return `${side} side: bucket number ${i + 1} has observation count of ${formatG(buckets[i] as number)}: histogram has a bucket whose observation count is negative`;
}

function sumFault({ positiveBuckets, negativeBuckets, zeroCount, count, sum }: FloatHistogram): string | undefined {
  let found = zeroCount;
  for (const bucket of positiveBuckets) found += bucket;
  for (const bucket of negativeBuckets) found += bucket;
  // NaN is in no bucket.
  const hasNaN = Number.isNaN(sum);
  if (hasNaN ? found <= count : found === count) return undefined;
  const rule = hasNaN
    ? "histogram's observation count should be at least the number of observations found in the buckets"
    : "histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)";
  return `${found} observations found in buckets, but the Count field is ${count}: ${rule}`;
}
