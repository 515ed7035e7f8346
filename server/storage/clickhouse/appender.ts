import { crc32 } from 'node:zlib';
import type { FloatHistogram } from '../../model/histogram.ts';
import { encodeHistogram } from '../../model/histogram-codec.ts';
import type { Labels } from '../../model/labels.ts';
import { isStaleAt, writeStaleAt } from '../../model/stale.ts';
import { type Admission, admit } from '../admission.ts';
import { storageError } from '../errors.ts';
import type { AppendOutcome, MetricAppender, NewestSample, SeriesRef } from '../store.ts';
import type { Series } from './head.ts';
import type { SampleColumns } from './metric-log.ts';
import { emptyRun, isHistogramAt, type SampleKind, writeHistogramAt } from './run.ts';

const FIRST_CAPACITY = 256;

/** What an appender needs of its store. */
export interface AppendTarget {
  seriesFor(labels: Labels): Series;
  seriesById(ref: SeriesRef): Series;
  refuse(outcome: AppendOutcome): void;
  /** Takes the batch over at once, which may be changed; resolves when it is durable. */
  commit(samples: SampleColumns, admission: Admission): Promise<void>;
}

/** Collects one batch in columns. */
export class BatchAppender implements MetricAppender {
  readonly #target: AppendTarget;
  readonly #admission: Admission;
  /** Marks the series that this batch has touched. */
  readonly #nextBatch: () => number;
  #batch: number;
  #series = new Uint32Array(FIRST_CAPACITY);
  #columns = emptyRun(FIRST_CAPACITY);
  #bodies: Map<number, Uint8Array> | undefined;
  #count = 0;

  constructor(target: AppendTarget, admission: Admission, nextBatch: () => number) {
    this.#target = target;
    this.#admission = admission;
    this.#nextBatch = nextBatch;
    this.#batch = nextBatch();
  }

  seriesRef(labels: Labels): SeriesRef {
    return this.#target.seriesFor(labels).id;
  }

  append(ref: SeriesRef, timestampMs: number, value: number): AppendOutcome {
    return this.#add(ref, timestampMs, 'float', value);
  }

  appendHistogram(ref: SeriesRef, timestampMs: number, histogram: FloatHistogram): AppendOutcome {
    const body = encodeHistogram(histogram);
    return this.#add(ref, timestampMs, 'histogram', crc32(body), body);
  }

  appendStale(ref: SeriesRef, timestampMs: number): AppendOutcome {
    return this.#add(ref, timestampMs, 'stale', Number.NaN);
  }

  newest(ref: SeriesRef): NewestSample | undefined {
    const { lastMs, lastKind, lastValue } = this.#target.seriesById(ref);
    return lastMs === Number.NEGATIVE_INFINITY ? undefined : { timestampMs: lastMs, kind: lastKind, value: lastValue };
  }

  async commit(): Promise<void> {
    const count = this.#count;
    const { times, values, bits } = this.#columns;
    const samples = {
      series: this.#series.subarray(0, count),
      times: times.subarray(0, count),
      values: values.subarray(0, count),
      bits,
      bodies: this.#bodies,
    };
    this.rollback();
    if (count > 0) await this.#target.commit(samples, this.#admission);
  }

  rollback(): void {
    this.#batch = this.#nextBatch();
    this.#count = 0;
    this.#series = new Uint32Array(FIRST_CAPACITY);
    this.#columns = emptyRun(FIRST_CAPACITY);
    this.#bodies = undefined;
  }

  #add(ref: SeriesRef, timestampMs: number, kind: SampleKind, value: number, body?: Uint8Array): AppendOutcome {
    if (!Number.isSafeInteger(timestampMs))
      throw storageError('storage.bad_sample', `sample time ${timestampMs} is not a whole number of milliseconds`);
    const series = this.#target.seriesById(ref);
    const isTouched = series.batch === this.#batch;
    const lastMs = isTouched ? series.batchMs : series.lastMs;
    const verdict = admit(this.#admission, lastMs, timestampMs, () =>
      isTouched
        ? series.batchKind === kind && Object.is(series.batchValue, value)
        : series.lastKind === kind && Object.is(series.lastValue, value),
    );
    if (verdict === 'ok') {
      series.batch = this.#batch;
      series.batchMs = timestampMs;
      series.batchKind = kind;
      series.batchValue = value;
    }
    if (verdict === 'ok' || verdict === 'late') this.#push(ref, timestampMs, kind, value, body);
    else if (verdict !== 'duplicate') this.#target.refuse(verdict);
    return verdict === 'late' ? 'ok' : verdict;
  }

  #push(ref: SeriesRef, timestampMs: number, kind: SampleKind, value: number, body: Uint8Array | undefined): void {
    if (this.#count === this.#series.length) this.#grow();
    const at = this.#count++;
    const { times, values, bits } = this.#columns;
    this.#series[at] = ref;
    times[at] = timestampMs;
    if (kind === 'stale') writeStaleAt(bits, at);
    else if (body) {
      writeHistogramAt(bits, at);
      this.#bodies ??= new Map();
      this.#bodies.set(at, body);
    } else {
      values[at] = value;
      // A NaN that happens to carry the payload of a marker is an ordinary NaN here: markers have methods of their own.
      if (Number.isNaN(value) && (isStaleAt(bits, at) || isHistogramAt(bits, at))) bits[2 * at + 1] = 0x7ff80000;
    }
  }

  #grow(): void {
    const series = new Uint32Array(this.#count * 2);
    series.set(this.#series);
    this.#series = series;
    const bigger = emptyRun(this.#count * 2);
    bigger.times.set(this.#columns.times);
    bigger.bits.set(this.#columns.bits);
    this.#columns = bigger;
  }
}
