import type { ScrapeConfig } from '../config/scrape-config.ts';
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram, MAX_EXPONENTIAL_SCHEMA, MIN_EXPONENTIAL_SCHEMA } from '../model/histogram.ts';
import { reduceResolution } from '../model/histogram-arithmetic.ts';

/** The part of a job's configuration that bounds native histograms. */
export type HistogramSettings = Pick<ScrapeConfig, 'nativeHistogramBucketLimit' | 'nativeHistogramMinBucketFactor'>;

/** The histogram in as few buckets as the job wants, by lowering its resolution; undefined when that does not suffice. */
export function fitHistogram(histogram: FloatHistogram, settings: HistogramSettings): FloatHistogram | undefined {
  const { nativeHistogramBucketLimit: limit, nativeHistogramMinBucketFactor: factor } = settings;
  const highest = highestSchema(factor);
  const isCustom = histogram.schema === CUSTOM_BUCKETS_SCHEMA;
  let fitted = !isCustom && histogram.schema > highest ? reduceResolution(histogram, highest) : histogram;
  while (limit > 0 && fitted.positiveBuckets.length + fitted.negativeBuckets.length > limit) {
    if (isCustom || fitted.schema <= MIN_EXPONENTIAL_SCHEMA) return undefined;
    fitted = reduceResolution(fitted, fitted.schema - 1);
  }
  return fitted;
}

/** The finest schema whose buckets grow by at least `factor` from one to the next. */
function highestSchema(factor: number): number {
  if (factor <= 1) return MAX_EXPONENTIAL_SCHEMA;
  const schema = Math.floor(-Math.log2(Math.log2(factor)));
  return Math.min(MAX_EXPONENTIAL_SCHEMA, Math.max(MIN_EXPONENTIAL_SCHEMA, schema));
}
