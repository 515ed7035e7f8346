// From a sample and its series to the appender: what the settings of the job allow, and what became of it.
import type { MetricParser, RawHistogram } from '../formats/exposition/metric-parser.ts';
import type { FloatHistogram } from '../model/histogram.ts';
import { histogramFault, schemaFault } from '../model/histogram-check.ts';
import { appendCreatedZero } from '../storage/created-zero.ts';
import type { AppendOutcome, MetricAppender } from '../storage/store.ts';
import type { AppendResult, AppendSettings } from './append-body.ts';
import type { CachedSeries, SeriesCache } from './cache.ts';
import { scrapeError } from './errors.ts';
import { fitHistogram } from './fit-histogram.ts';

/** A sample beside its series; a parser is one. */
export type Sample = Pick<MetricParser, 'value' | 'histogram' | 'hasTimestamp' | 'timestampMs' | 'createdMs' | 'exemplars'>;

/** What one scrape's samples are written with. */
export interface SampleWriterDeps {
  readonly appender: MetricAppender;
  readonly cache: SeriesCache;
  readonly settings: AppendSettings;
  readonly scrapeMs: number;
  /** Whether times of creation become zero samples. */
  readonly writesCreated: boolean;
  readonly result: AppendResult;
}

/** Writes the samples of one scrape. */
export class SampleWriter {
  readonly #deps: SampleWriterDeps;
  readonly #limit: number;
  #appended = 0;
  #isOverBucketLimit = false;

  constructor(deps: SampleWriterDeps) {
    this.#deps = deps;
    this.#limit = deps.settings.sampleLimit > 0 ? deps.settings.sampleLimit : Number.POSITIVE_INFINITY;
  }

  /** The time of a sample: its own, or that of the scrape. */
  timeOf(sample: Sample): number {
    return this.#hasOwnTime(sample) ? sample.timestampMs : this.#deps.scrapeMs;
  }

  /**
   * Writes a sample of a series that relabelling keeps. Throws AppError `scrape.bad_histogram`; `isFirst` unless the body had the series before, `isNew` when no body had it.
   * True when it is in the appender, which leaves out what is beyond limits: that is judged at the end.
   */
  write(series: CachedSeries, sample: Sample, isFirst: boolean, isNew: boolean): boolean {
    const { result, settings, cache } = this.#deps;
    if (sample.histogram) checkHistogram(sample.histogram);
    result.kept++;
    const hasOwnTime = this.#hasOwnTime(sample);
    if (!hasOwnTime && !isFirst) {
      this.#count('duplicate_other_value');
      return false;
    }
    const histogram = sample.histogram && fitHistogram(sample.histogram.histogram, settings);
    if (sample.histogram && !histogram) {
      this.#isOverBucketLimit = true;
      return false;
    }
    // Beyond the limit only counting goes on, so that the error can be judged by scrape_samples_scraped.
    if (++this.#appended > this.#limit) return false;
    const timestampMs = hasOwnTime ? sample.timestampMs : this.#deps.scrapeMs;
    if (this.#deps.writesCreated && sample.createdMs !== 0) this.#writeCreated(series, sample.createdMs, timestampMs, histogram);
    const outcome = this.#append(series.ref as number, timestampMs, sample.value, histogram);
    const isIn = outcome === 'ok' || outcome === 'duplicate';
    if (!isIn) this.#count(outcome);
    if (isIn && isNew) result.seriesAdded++;
    if ((isIn || isNew) && (!hasOwnTime || settings.trackTimestampsStaleness)) cache.track(series);
    return isIn;
  }

  /** Throws when a limit was exceeded. */
  checkLimits(): void {
    if (this.#appended > this.#limit)
      throw scrapeError('scrape.sample_limit', `sample limit exceeded (samples: ${this.#appended}, limit: ${this.#limit})`);
    if (this.#isOverBucketLimit) {
      const limit = this.#deps.settings.nativeHistogramBucketLimit;
      throw scrapeError('scrape.bucket_limit', `histogram bucket limit exceeded (limit: ${limit} buckets, at the lowest resolution)`);
    }
  }

  #hasOwnTime(sample: Sample): boolean {
    return this.#deps.settings.honorTimestamps && sample.hasTimestamp;
  }

  #append(ref: number, timestampMs: number, value: number, histogram: FloatHistogram | undefined): AppendOutcome {
    // The formats allow any 64-bit time; what a double cannot hold exactly lies far beyond any clock.
    if (!Number.isSafeInteger(timestampMs)) return 'too_far_in_future';
    const { appender } = this.#deps;
    return histogram ? appender.appendHistogram(ref, timestampMs, histogram) : appender.append(ref, timestampMs, value);
  }

  /** A zero where the count began, once. */
  #writeCreated(series: CachedSeries, createdMs: number, timestampMs: number, histogram: FloatHistogram | undefined): void {
    if (series.createdMs === createdMs || createdMs >= timestampMs) return;
    series.createdMs = createdMs;
    appendCreatedZero(this.#deps.appender, series.ref as number, createdMs, timestampMs, histogram);
  }

  #count(outcome: AppendOutcome): void {
    const { refused } = this.#deps.result;
    refused[outcome] = (refused[outcome] ?? 0) + 1;
  }
}

function checkHistogram({ histogram, isInteger }: RawHistogram): void {
  const fault = schemaFault(histogram.schema) ?? histogramFault(histogram, isInteger);
  if (fault !== undefined) throw scrapeError('scrape.bad_histogram', fault);
}
