import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import { cardinalityOf } from '../cardinality.ts';
import { storageError, tooManySeries } from '../errors.ts';
import type { Cardinality, SeriesRef } from '../store.ts';
import { Series } from './head.ts';
import { SeriesIndex } from './series-index.ts';
import type { Turns } from './turns.ts';

/** Forgotten series stay for at least so long after `refEpoch` has told that their references end. */
const FORGET_AFTER_MS = 24 * 3_600_000;

/** All series: those with samples can be found by their labels, forgotten ones by their number for a day or two. */
export class SeriesCatalog {
  readonly #index = new SeriesIndex<Series>();
  readonly #metrics = new Map<string, number>();
  readonly #maxSeries: number;
  #nextSeries = 1;
  #newest: Series | undefined;
  #nextMetric = 1;
  #forgotten = new Set<Series>();
  /** Forgotten ones that nobody may ask for by a reference from before `refEpoch`. */
  #expired = new Set<Series>();
  #expiredMs = Number.NEGATIVE_INFINITY;
  /** As MetricStore.refEpoch. */
  refEpoch = 0;

  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries;
  }

  /** Grows whenever selectors may find other series than before. */
  get version(): number {
    return this.#index.version;
  }

  get size(): number {
    return this.#index.size;
  }

  /** The one with the highest number, even when it is gone. */
  get newest(): Series | undefined {
    return this.#newest;
  }

  byId(id: number): Series | undefined {
    return this.#index.byId(id);
  }

  /** Series that can be found by their labels. */
  indexed(): Iterable<Series> {
    return this.#index.all();
  }

  /** Those, and those that only have a number. */
  known(): Iterable<Series> {
    return this.#index.known();
  }

  matchAny(sets: readonly (readonly Matcher[])[]): Series[] {
    return this.#index.matchAny(sets);
  }

  /** As `matchAny`, bit by bit between other work. */
  matchAnyInTurns(sets: readonly (readonly Matcher[])[], turns: Turns, checkpoint: () => void): Promise<Series[]> {
    return this.#index.matchAnyInTurns(sets, turns, checkpoint);
  }

  /** How many series a metric has. */
  countOf(metricName: string): number {
    return this.#index.count('__name__', metricName);
  }

  /** Matching series, found bit by bit between other work. `checkpoint` throws when nobody wants them any more. */
  matchInTurns(matchers: readonly Matcher[], turns: Turns, checkpoint: (found: number) => void): Promise<Series[]> {
    return this.#index.matchInTurns(matchers, turns, checkpoint);
  }

  /** The same labels, made of texts that other series have already. */
  withKnownTexts(labels: Labels): Labels {
    return this.#index.withKnownTexts(labels);
  }

  /** The series with these labels, created if new. Throws `storage.too_many_series`. */
  withLabels(labels: Labels): Series {
    const known = this.#index.byLabels(labels);
    if (known) return known;
    if (this.#index.size >= this.#maxSeries) throw tooManySeries(this.#maxSeries, labels);
    const series = new Series(this.#nextSeries, this.#metricNumber(labels.metricName), this.withKnownTexts(labels));
    this.know(series);
    this.index(series);
    return series;
  }

  /** The series of a reference. If it was forgotten while somebody kept the reference, the one in its place or itself again. */
  byRef(ref: SeriesRef): Series {
    const series = this.#index.byId(ref);
    if (!series) throw storageError('storage.bad_sample', `unknown series reference ${ref}`);
    if (series.isIndexed) return series;
    const other = this.#index.byLabels(series.labels);
    if (other) return other;
    series.isLogged = false;
    series.isStored = false;
    this.index(series);
    return series;
  }

  /** Makes a series known by its number. */
  know(series: Series): void {
    if (this.#index.byId(series.id)) return;
    this.#index.know(series);
    if (series.id >= this.#nextSeries) {
      this.#newest = series;
      this.#nextSeries = series.id + 1;
    }
    this.#nextMetric = Math.max(this.#nextMetric, series.metric + 1);
    if (!this.#metrics.has(series.labels.metricName)) this.#metrics.set(series.labels.metricName, series.metric);
  }

  index(series: Series): void {
    series.isIndexed = true;
    this.#index.add(series);
  }

  /** Takes series without samples out of everything but `byId`. */
  forget(gone: readonly Series[]): void {
    const indexed = gone.filter(({ isIndexed }) => isIndexed);
    this.#index.remove(indexed);
    for (const series of indexed) {
      series.isIndexed = false;
      series.hasHistograms = false;
      series.lastMs = Number.NEGATIVE_INFINITY;
      series.diskMinMs = Number.POSITIVE_INFINITY;
      series.diskMaxMs = Number.NEGATIVE_INFINITY;
      this.#expired.delete(series);
      this.#forgotten.add(series);
    }
  }

  /** Frees the memory of series that were forgotten long ago, and ends the references of others. To be called now and then. */
  dropForgotten(nowMs: number): void {
    if (nowMs - this.#expiredMs < FORGET_AFTER_MS) return;
    for (const series of this.#expired) if (!series.isIndexed) this.#index.discard(series);
    this.#expired = new Set([...this.#forgotten].filter((series) => !series.isIndexed));
    this.#forgotten = new Set();
    this.#expiredMs = nowMs;
    if (this.#expired.size > 0) this.refEpoch++;
  }

  /** As MetricStore.cardinality. */
  cardinality(limit: number): Cardinality {
    const counts = this.#index.counts();
    let count = this.#index.size;
    let minMs = Number.POSITIVE_INFINITY;
    let maxMs = Number.NEGATIVE_INFINITY;
    for (const series of this.#index.all()) {
      if (!series.hasHead && !series.hasDisk) {
        // Created for a batch that is not committed yet, or never was.
        count--;
        for (const [name, value] of series.labels) decrement(counts.get(name), value);
      }
      minMs = Math.min(minMs, series.oldestMs);
      maxMs = Math.max(maxMs, series.lastMs);
    }
    return cardinalityOf(count, counts, { minMs, maxMs }, limit);
  }

  #metricNumber(name: string): number {
    const known = this.#metrics.get(name);
    if (known !== undefined) return known;
    const number = this.#nextMetric++;
    this.#metrics.set(name, number);
    return number;
  }
}

function decrement(counts: Map<string, number> | undefined, value: string): void {
  const left = (counts?.get(value) ?? 1) - 1;
  if (left === 0) counts?.delete(value);
  else counts?.set(value, left);
}
