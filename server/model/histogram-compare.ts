// Two histograms compared: whether they are the same, and whether one continues the other.
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './histogram.ts';
import {
  type Buckets,
  bucketsOf,
  commonLayout,
  fittingThreshold,
  haveSameBorders,
  outsideZeroBucket,
  toLayout,
  toLayoutOutside,
} from './histogram-layout.ts';
import { areSameSpans, type Run } from './histogram-spans.ts';

/** Whether all numbers are the same floats and the same buckets, empty ones too, are kept. Hints do not count. */
export function equalHistograms(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    (a.schema !== CUSTOM_BUCKETS_SCHEMA || haveSameBorders(a.customValues, b.customValues)) &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.zeroCount, b.zeroCount) &&
    areSameSpans(a.negativeSpans, b.negativeSpans) &&
    areSameSpans(a.positiveSpans, b.positiveSpans) &&
    haveSameBorders(a.negativeBuckets, b.negativeBuckets) &&
    haveSameBorders(a.positiveBuckets, b.positiveBuckets)
  );
}

/**
 * Whether the counter behind `previous` began anew before `current`. Its hint decides when it says so; a lower sum is no reset. Different
 * custom borders are brought together, as Prometheus does from 3.8 on (before, they were a reset).
 */
export function isCounterReset(previous: FloatHistogram, current: FloatHistogram): boolean {
  if (current.hint === 'reset') return true;
  if (current.hint === 'not_reset') return false;
  if (current.count < previous.count || current.schema > previous.schema) return true;
  const [before, now] = [bucketsOf(previous), bucketsOf(current)];
  if (current.schema === CUSTOM_BUCKETS_SCHEMA || previous.schema === CUSTOM_BUCKETS_SCHEMA) {
    const layout = commonLayout(before, now);
    return !layout || hasFallen(toLayout(before, layout).positive, toLayout(now, layout).positive);
  }
  if (current.zeroThreshold < previous.zeroThreshold) return true;
  const isWider = current.zeroThreshold > previous.zeroThreshold;
  if (isWider && fittingThreshold(before, current.zeroThreshold) !== current.zeroThreshold) return true;
  const comparable = toLayoutOutside(before, now);
  return current.zeroCount < comparable.zeroCount || haveFallen(comparable, outsideZeroBucket(now));
}

function haveFallen(before: Buckets, now: Buckets): boolean {
  return hasFallen(before.positive, now.positive) || hasFallen(before.negative, now.negative);
}

function hasFallen(before: Run, now: Run): boolean {
  let at = 0;
  for (let i = 0; i < before.indexes.length; i++) {
    const index = before.indexes[i] as number;
    while (at < now.indexes.length && (now.indexes[at] as number) < index) at++;
    const count = now.indexes[at] === index ? (now.counts[at] as number) : 0;
    if (count < (before.counts[i] as number)) return true;
  }
  return false;
}
