// From a point to samples, as Prometheus' OTLP receiver makes them:
//   gauge, sum              name
//   histogram               name_sum (where there is one), name_count, name_bucket{le="…"}… up to le="+Inf"; or a native histogram
//   exponential histogram   a native histogram
//   summary                 name_sum, name_count, name{quantile="…"}…
import type { DataPoint } from '../../formats/otlp/data-point.ts';
import { formatFixed } from '../../model/go-number.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { Labels } from '../../model/labels.ts';
import type { SeriesRef } from '../../storage/store.ts';
import type { ExemplarList } from './exemplar-list.ts';
import type { Family, PointSeries } from './families.ts';
import { PointRefused } from './point-refused.ts';
import type { SampleBatches, SampleValue } from './sample-batches.ts';

/** A series that is older is not begun with a zero, as upstream. */
const MAX_CREATED_AGE_MS = 5 * 60_000;
/** Texts of more are made each time: there may be hundreds of thousands of series. */
const MAX_KEPT_BOUNDS = 200;

export interface PointWriterDeps {
  readonly samples: SampleBatches;
  readonly exemplars: ExemplarList;
  /** A zero where a series says that it began. */
  readonly writesCreated: boolean;
}

/** Writes one point. */
export class PointWriter {
  readonly #deps: PointWriterDeps;
  readonly #family: Family;
  readonly #series: PointSeries;
  readonly #point: DataPoint;
  readonly #startsAnew: boolean;
  #refused: PointRefused | undefined;

  constructor(deps: PointWriterDeps, family: Family, series: PointSeries, point: DataPoint) {
    this.#deps = deps;
    this.#family = family;
    this.#series = series;
    this.#point = point;
    const { startMs, timeMs, isStale } = point;
    const isKnownStart = startMs > 0 && startMs < timeMs && timeMs - startMs <= MAX_CREATED_AGE_MS;
    this.#startsAnew = deps.writesCreated && !isStale && isKnownStart && series.createdMs !== startMs;
  }

  /** The refusal of the first sample that was refused, if any was; the others are in. */
  write(histogram: FloatHistogram | undefined): PointRefused | undefined {
    const { kind } = this.#family.metric;
    if (kind === 'gauge') this.#add('', this.#point.value, undefined, true);
    else if (kind === 'sum') this.#writeWhole(this.#point.value);
    else if (kind === 'summary') this.#writeSummary();
    else if (histogram || kind === 'exponential_histogram') this.#writeWhole(histogram ?? 'stale');
    else this.#writeBuckets();
    if (this.#startsAnew) this.#series.createdMs = this.#point.startMs;
    return this.#refused;
  }

  #writeWhole(value: SampleValue): void {
    this.#add('', value);
    // There are no exemplars of series without samples.
    if (!this.#refused) this.#deps.exemplars.add(this.#point.exemplars, () => this.#labelsOf(''));
  }

  #writeSummary(): void {
    const { sum, count, quantiles, quantileValues } = this.#point;
    this.#add('_sum', sum);
    this.#add('_count', count);
    for (const [i, quantile] of quantiles.entries()) {
      this.#add('', quantileValues[i] as number, ['quantile', formatFixed(quantile)], true);
    }
  }

  #writeBuckets(): void {
    const { bounds, bucketCounts, sum, hasSum, count } = this.#point;
    const texts = this.#boundTexts(bounds);
    if (hasSum) this.#add('_sum', sum);
    this.#add('_count', count);
    let total = 0;
    let lower = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < bounds.length && i < bucketCounts.length; i++) {
      total += bucketCounts[i] as number;
      const upper = bounds[i] as number;
      this.#addBucket(texts[i] as string, total, lower, upper);
      lower = upper;
    }
    this.#addBucket('+Inf', count, lower, Number.POSITIVE_INFINITY);
  }

  #addBucket(le: string, value: number, lower: number, upper: number): void {
    this.#add('_bucket', value, ['le', le]);
    const { exemplars } = this.#point;
    if (exemplars.length === 0 || this.#refused) return;
    const inBucket = exemplars.filter(({ value: example }) => example <= upper && (example > lower || lower === Number.NEGATIVE_INFINITY));
    this.#deps.exemplars.add(inBucket, () => this.#labelsOf('_bucket', ['le', le]));
  }

  /** The texts of bounds, which a histogram has again and again. */
  #boundTexts(bounds: readonly number[]): readonly string[] {
    const series = this.#series;
    if (bounds.length > MAX_KEPT_BOUNDS) return bounds.map(formatFixed);
    if (series.bounds.length !== bounds.length || series.bounds.some((bound, i) => bound !== bounds[i])) {
      series.bounds = [...bounds];
      series.boundTexts = bounds.map(formatFixed);
    }
    return series.boundTexts;
  }

  #add(suffix: string, value: SampleValue, extra?: readonly [name: string, value: string], isWithoutStart = false): void {
    const { samples } = this.#deps;
    const ref = this.#refOf(suffix, extra);
    if (ref instanceof PointRefused) {
      this.#refused ??= ref;
      return;
    }
    const { startMs, timeMs, isStale } = this.#point;
    if (this.#startsAnew && !isWithoutStart) samples.addCreatedZero(ref, startMs, timeMs, value);
    this.#refused ??= samples.add(ref, timeMs, isStale ? 'stale' : value, () => this.#labelsOf(suffix, extra));
  }

  #refOf(suffix: string, extra?: readonly [name: string, value: string]): SeriesRef | PointRefused {
    const { refs } = this.#series;
    const key = extra ? `${suffix} ${extra[1]}` : suffix;
    const known = refs.get(key);
    if (known !== undefined) return known;
    const ref = this.#deps.samples.refOf(this.#labelsOf(suffix, extra));
    if (typeof ref === 'number') refs.set(key, ref);
    return ref;
  }

  #labelsOf(suffix: string, extra?: readonly [name: string, value: string]): Labels {
    const labels = new Map(this.#series.labels);
    labels.set('__name__', this.#family.name + suffix);
    if (extra) labels.set(...extra);
    return Labels.fromEntries(labels);
  }
}
