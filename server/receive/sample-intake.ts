// One request of remote write on its way into batches: what Prometheus' receiver refuses is refused, in its words.
import type { Counter } from 'prom-client';
import type { Steps } from '../formats/otlp/in-turns.ts';
import type { WrittenHistogram } from '../formats/remote-write/histogram-message.ts';
import { SampleColumns } from '../formats/remote-write/sample-columns.ts';
import { labelsText, readLabels, type SeriesLabels } from '../formats/remote-write/series-labels.ts';
import type { WriteProtocol, WriteRequest, WrittenExemplar } from '../formats/remote-write/write-request.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels } from '../model/labels.ts';
import { outOfReach } from '../storage/admission.ts';
import { appendCreatedZero } from '../storage/created-zero.ts';
import type { AppendOutcome, ExemplarStore, MetricAppender, MetricStore, RefusedAt, SeriesRef } from '../storage/store.ts';
import type { SampleRefusal } from './errors.ts';
import type { KnownSeries, ReceivedSeriesCache } from './received-series.ts';
import type { RemoteMetadataCache } from './remote-metadata.ts';
import { RefusalTexts, refusalText } from './sample-refusals.ts';

export interface IntakeDeps {
  readonly store: Pick<MetricStore, 'appender'>;
  readonly exemplars: ExemplarStore;
  readonly clock: Clock;
  readonly outOfOrderMs: () => number;
  readonly cache: ReceivedSeriesCache;
  readonly metadata: RemoteMetadataCache;
  readonly writesCreated?: boolean | undefined;
  readonly refused?: Counter<'reason'> | undefined;
}

/** Between two looks at the watch. */
const SERIES_AT_ONCE = 64;
/** Samples that become visible in one go. */
const BATCH_SAMPLES = 20_000;
/** 2.0 says the metadata of a series with each of its samples. */
const METADATA_EVERY_MS = 60_000;
/** As OpenMetrics says: an exemplar points at something, it does not hold it. */
const MAX_EXEMPLAR_CHARACTERS = 128;

/** Reads one request. */
export class SampleIntake {
  /** To be committed, in this order, once everything is read. */
  readonly batches: MetricAppender[] = [];
  readonly counts = { samples: 0, histograms: 0 };
  readonly refusals = new RefusalTexts();
  readonly #deps: IntakeDeps;
  readonly #request: WriteRequest;
  readonly #protocol: WriteProtocol;
  readonly #columns = new SampleColumns();
  /** The series whose samples are being appended. */
  #ref: SeriesRef = 0;
  readonly #onRefused: RefusedAt = (i, outcome) =>
    this.#refuseSample(this.#ref, outcome, this.#columns.timesMs[i] as number, this.#columns.values[i]);
  /** The series before the current one. */
  #previous: KnownSeries | undefined;
  readonly #exemplars: { readonly labels: Labels; readonly exemplar: WrittenExemplar }[] = [];
  #batch: MetricAppender;
  #inBatch = 0;

  constructor(deps: IntakeDeps, request: WriteRequest, protocol: WriteProtocol) {
    this.#deps = deps;
    this.#request = request;
    this.#protocol = protocol;
    this.#batch = this.#startBatch();
  }

  /** Reads everything into `batches`. Throws `remote_write.bad_protobuf`. */
  *read(): Steps<void> {
    const request = this.#request;
    let sinceTurn = 0;
    while (request.next()) {
      if (++sinceTurn % SERIES_AT_ONCE === 0) yield;
      const series = this.#series();
      if (!series) continue;
      this.#previous = series;
      while (request.readSamples(this.#columns)) {
        this.#appendSamples(series);
        if (this.#columns.isFull) yield;
      }
      for (const histogram of request.histograms()) {
        this.#appendHistogram(series, histogram);
        yield;
      }
      for (const exemplar of request.exemplars()) this.#keepExemplar(series, exemplar);
      this.#takeMetadata(series);
    }
  }

  /** Stores the exemplars of what was read; how many are there now. */
  appendExemplars(): number {
    for (const { labels, exemplar } of this.#exemplars) this.#deps.exemplars.append(labels, exemplar);
    return this.#exemplars.length;
  }

  /** The series on which the request stands; undefined when its labels are not good. */
  #series(): KnownSeries | undefined {
    const { labelFault, labelBytes, sampleCount } = this.#request;
    if (labelFault !== undefined) {
      this.#refuse('invalid_labels', sampleCount, () => labelFault);
      return undefined;
    }
    const known = this.#deps.cache.find(labelBytes, this.#previous);
    if (known) return known;
    const { fault } = this.#labels();
    if (fault === undefined) return this.#deps.cache.add(labelBytes, this.#previous);
    // A receiver of 1.0 passes such series over without a word.
    this.#deps.refused?.inc({ reason: 'invalid_labels' }, sampleCount);
    if (this.#protocol === '2.0') this.refusals.add(() => fault);
    return undefined;
  }

  #labels(): SeriesLabels {
    return readLabels(this.#request.labelBytes);
  }

  #appendSamples(series: KnownSeries): void {
    const { count } = this.#columns;
    const ref = this.#refOf(series, count);
    if (ref === undefined) return;
    this.#ref = ref;
    this.#begin(series, ref, this.#columns.timesMs[0] as number);
    this.counts.samples += this.#batch.appendRun(ref, this.#columns, count, this.#onRefused);
    this.#fillBatch(count);
  }

  /** Writes the beginning of the series before its sample at `timestampMs`, once. */
  #begin(series: KnownSeries, ref: SeriesRef, timestampMs: number, histogram?: FloatHistogram): void {
    const { createdMs } = this.#request;
    if (!this.#deps.writesCreated || series.createdMs === createdMs || createdMs >= timestampMs) return;
    series.createdMs = createdMs;
    appendCreatedZero(this.#batch, ref, createdMs, timestampMs, histogram);
  }

  #appendHistogram(series: KnownSeries, { histogram, timestampMs, isStale, fault }: WrittenHistogram): void {
    if (fault !== undefined) {
      this.#refuse('invalid_histogram', 1, () => this.#forSeries(fault));
      return;
    }
    const ref = this.#refOf(series, 1);
    if (ref === undefined) return;
    this.#begin(series, ref, timestampMs, histogram);
    let outcome: AppendOutcome;
    if (!Number.isSafeInteger(timestampMs)) outcome = outOfReach(timestampMs);
    else outcome = isStale ? this.#batch.appendStale(ref, timestampMs) : this.#batch.appendHistogram(ref, timestampMs, histogram);
    if (outcome === 'ok' || outcome === 'duplicate') this.counts.histograms++;
    else this.#refuseSample(ref, outcome, timestampMs);
    this.#fillBatch(1);
  }

  /** The reference of a series, which is created if it is new; undefined when there is no room for it. */
  #refOf(series: KnownSeries, samples: number): SeriesRef | undefined {
    if (series.ref !== undefined) return series.ref;
    try {
      series.ref = this.#batch.seriesRef(this.#labels().labels);
    } catch (error) {
      if (!isAppError(error, 'storage.too_many_series')) throw error;
      this.#refuse('series_limit', samples, () => messageOf(error));
    }
    return series.ref;
  }

  #refuseSample(ref: SeriesRef, outcome: Exclude<AppendOutcome, 'ok' | 'duplicate'>, timestampMs: number, value?: number): void {
    const newest = this.#batch.newest(ref);
    const isAboutOrder = outcome === 'out_of_order' || outcome === 'duplicate_other_value';
    if (isAboutOrder && (!newest || timestampMs > newest.timestampMs)) {
      // It contradicts another sample of this very request, which Prometheus notices too late to say so.
      this.#deps.refused?.inc({ reason: outcome });
      return;
    }
    const hasWindow = this.#deps.outOfOrderMs() > 0;
    this.#refuse(outcome, 1, () => this.#forSeries(refusalText(outcome, { timestampMs, value, newest, hasWindow })));
  }

  #keepExemplar(series: KnownSeries, exemplar: WrittenExemplar | string): void {
    // Prometheus has no exemplars of series without samples.
    if (series.ref === undefined) return;
    if (typeof exemplar === 'string') {
      this.#refuse('invalid_labels', 1, () => this.#forSeries(exemplar));
      return;
    }
    if (exemplar.labels.flat.reduce((sum, text) => sum + [...text].length, 0) > MAX_EXEMPLAR_CHARACTERS) return;
    if (series.exemplarMs !== undefined && exemplar.timestampMs < series.exemplarMs) {
      this.#deps.refused?.inc({ reason: 'exemplar_out_of_order' });
      if (this.#protocol === '2.0') this.refusals.add(() => this.#forSeries('out of order exemplar'));
      return;
    }
    series.exemplarMs = exemplar.timestampMs;
    this.#exemplars.push({ labels: this.#labels().labels, exemplar });
  }

  #takeMetadata(series: KnownSeries): void {
    if (this.#protocol === '1.0') return;
    const nowMs = this.#deps.clock.nowMs();
    if (series.metadataMs !== undefined && nowMs - series.metadataMs < METADATA_EVERY_MS) return;
    series.metadataMs = nowMs;
    const metadata = this.#request.metadata();
    if (metadata) this.#deps.metadata.takeForSeries({ ...metadata, metric: this.#labels().labels.metricName });
  }

  #refuse(reason: SampleRefusal, count: number, text: () => string): void {
    this.#deps.refused?.inc({ reason }, count);
    this.refusals.add(text);
  }

  /** A text as each protocol has it: 2.0 names the series. */
  #forSeries(text: string): string {
    return this.#protocol === '1.0' ? text : `${text} for series ${labelsText(this.#labels().pairs)}`;
  }

  #startBatch(): MetricAppender {
    const batch = this.#deps.store.appender();
    this.batches.push(batch);
    this.#inBatch = 0;
    return batch;
  }

  #fillBatch(count: number): void {
    this.#inBatch += count;
    if (this.#inBatch >= BATCH_SAMPLES) this.#batch = this.#startBatch();
  }
}
