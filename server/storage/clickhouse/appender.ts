import type { FloatHistogram } from '../../model/histogram.ts';
import { encodeHistogram } from '../../model/histogram-codec.ts';
import type { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt, writeStaleAt } from '../../model/stale.ts';
import { type Admission, admit } from '../admission.ts';
import { storageError } from '../errors.ts';
import type { AppendOutcome, MetricAppender, SeriesRef } from '../store.ts';
import type { Series } from './head.ts';
import type { SampleColumns } from './metric-log.ts';

const FIRST_CAPACITY = 256;

/** What an appender needs of its store. */
export interface AppendTarget {
  seriesFor(labels: Labels): Series;
  seriesById(ref: SeriesRef): Series;
  refuse(outcome: AppendOutcome): void;
  /** Takes the batch over at once; resolves when it is durable. */
  commit(samples: SampleColumns, bits: Uint32Array, bodies: ReadonlyMap<number, Uint8Array>): Promise<void>;
}

/** Collects one batch in columns. */
export class BatchAppender implements MetricAppender {
  readonly #target: AppendTarget;
  readonly #span: Admission;
  /** Marks the series that this batch has touched. */
  readonly #nextBatch: () => number;
  #batch: number;
  #series = new Uint32Array(FIRST_CAPACITY);
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #bits = bitsOf(this.#values);
  #count = 0;
  /** Histograms by the number of their sample. */
  #bodies = new Map<number, Uint8Array>();

  constructor(target: AppendTarget, span: Admission, nextBatch: () => number) {
    this.#target = target;
    this.#span = span;
    this.#nextBatch = nextBatch;
    this.#batch = nextBatch();
  }

  seriesRef(labels: Labels): SeriesRef {
    return this.#target.seriesFor(labels).id;
  }

  append(ref: SeriesRef, timestampMs: number, value: number): AppendOutcome {
    return this.#add(ref, timestampMs, value, false);
  }

  appendHistogram(ref: SeriesRef, timestampMs: number, histogram: FloatHistogram): AppendOutcome {
    const body = encodeHistogram(histogram);
    const at = this.#count;
    const outcome = this.#add(ref, timestampMs, Number.NaN, false);
    if (this.#count > at) this.#bodies.set(at, body);
    return outcome;
  }

  appendStale(ref: SeriesRef, timestampMs: number): AppendOutcome {
    return this.#add(ref, timestampMs, Number.NaN, true);
  }

  async commit(): Promise<void> {
    const count = this.#count;
    const samples = {
      series: this.#series.subarray(0, count),
      times: this.#times.subarray(0, count),
      values: this.#values.subarray(0, count),
    };
    const bits = this.#bits;
    const bodies = this.#bodies;
    this.rollback();
    if (count > 0) await this.#target.commit(samples, bits, bodies);
  }

  rollback(): void {
    this.#batch = this.#nextBatch();
    this.#count = 0;
    this.#bodies = new Map();
    this.#series = new Uint32Array(FIRST_CAPACITY);
    this.#times = new Float64Array(FIRST_CAPACITY);
    this.#values = new Float64Array(FIRST_CAPACITY);
    this.#bits = bitsOf(this.#values);
  }

  #add(ref: SeriesRef, timestampMs: number, value: number, isStale: boolean): AppendOutcome {
    if (!Number.isSafeInteger(timestampMs))
      throw storageError('storage.bad_sample', `sample time ${timestampMs} is not a whole number of milliseconds`);
    const series = this.#target.seriesById(ref);
    const isTouched = series.batch === this.#batch;
    const lastMs = isTouched ? series.batchMs : series.lastMs;
    const outcome = admit(this.#span, lastMs, timestampMs, () =>
      isTouched
        ? series.isBatchStale === isStale && Object.is(series.batchValue, value)
        : series.isLastStale === isStale && Object.is(series.lastValue, value),
    );
    if (outcome === 'ok') {
      series.batch = this.#batch;
      series.batchMs = timestampMs;
      series.batchValue = value;
      series.isBatchStale = isStale;
      this.#push(ref, timestampMs, value, isStale);
    } else if (outcome !== 'duplicate' && outcome !== 'late') this.#target.refuse(outcome);
    return outcome === 'late' ? 'ok' : outcome;
  }

  #push(ref: SeriesRef, timestampMs: number, value: number, isStale: boolean): void {
    if (this.#count === this.#times.length) this.#grow();
    const at = this.#count++;
    this.#series[at] = ref;
    this.#times[at] = timestampMs;
    this.#values[at] = value;
    // A NaN that happens to carry the marker's payload is an ordinary NaN here: markers come through appendStale only.
    if (isStale) writeStaleAt(this.#bits, at);
    else if (Number.isNaN(value) && isStaleAt(this.#bits, at)) this.#bits[2 * at + 1] = 0x7ff80000;
  }

  #grow(): void {
    const { length } = this.#times;
    const series = new Uint32Array(length * 2);
    const times = new Float64Array(length * 2);
    const values = new Float64Array(length * 2);
    series.set(this.#series);
    times.set(this.#times);
    values.set(this.#values);
    this.#series = series;
    this.#times = times;
    this.#values = values;
    this.#bits = bitsOf(values);
  }
}
