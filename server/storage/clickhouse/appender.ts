import { crc32 } from 'node:zlib';
import type { FloatHistogram } from '../../model/histogram.ts';
import { encodeHistogram } from '../../model/histogram-codec.ts';
import type { Labels } from '../../model/labels.ts';
import { isStaleAt } from '../../model/stale.ts';
import { type Admission, admit, outOfReach, type Verdict } from '../admission.ts';
import { storageError } from '../errors.ts';
import type { AppendOutcome, MetricAppender, NewestSample, RefusedAt, SampleRun, SeriesRef } from '../store.ts';
import type { Batch, BatchPool } from './batch.ts';
import type { Series } from './head.ts';
import { newestAt, type SampleKind } from './run.ts';

/** What an appender needs of its store. */
export interface AppendTarget {
  readonly batches: BatchPool;
  seriesFor(labels: Labels): Series;
  seriesById(ref: SeriesRef): Series;
  refuse(outcome: AppendOutcome): void;
  /** Takes the batch over, which is back in the pool when this returns; resolves when it is durable. */
  commit(batch: Batch, admission: Admission, mayLinger: boolean): Promise<void>;
}

/** Collects one batch in columns. */
export class BatchAppender implements MetricAppender {
  readonly #target: AppendTarget;
  readonly #admission: Admission;
  /** Marks the series that this batch has touched. */
  readonly #nextNumber: () => number;
  #number: number;
  #batch: Batch | undefined;

  constructor(target: AppendTarget, admission: Admission, nextNumber: () => number) {
    this.#target = target;
    this.#admission = admission;
    this.#nextNumber = nextNumber;
    this.#number = nextNumber();
  }

  seriesRef(labels: Labels): SeriesRef {
    return this.#target.seriesFor(labels).id;
  }

  append(ref: SeriesRef, timestampMs: number, value: number): AppendOutcome {
    checkTime(timestampMs);
    return this.#appendFloat(this.#target.seriesById(ref), timestampMs, value);
  }

  appendHistogram(ref: SeriesRef, timestampMs: number, histogram: FloatHistogram): AppendOutcome {
    checkTime(timestampMs);
    const series = this.#target.seriesById(ref);
    const body = encodeHistogram(histogram);
    const verdict = this.#admit(series, timestampMs, 'histogram', crc32(body));
    if (isStored(verdict)) this.#open().addHistogram(series, timestampMs, body);
    return this.#outcomeOf(verdict);
  }

  appendStale(ref: SeriesRef, timestampMs: number): AppendOutcome {
    checkTime(timestampMs);
    return this.#appendStale(this.#target.seriesById(ref), timestampMs);
  }

  appendRun(ref: SeriesRef, { timesMs, values, bits }: SampleRun, count: number, onRefused: RefusedAt): number {
    const series = this.#target.seriesById(ref);
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const timestampMs = timesMs[i] as number;
      let outcome: AppendOutcome | undefined;
      if (!Number.isSafeInteger(timestampMs)) outcome = outOfReach(timestampMs);
      else if (isStaleAt(bits, i)) outcome = this.#appendStale(series, timestampMs);
      else outcome = this.#appendFloat(series, timestampMs, values[i] as number);
      if (outcome === 'ok' || outcome === 'duplicate') taken++;
      else onRefused(i, outcome);
    }
    return taken;
  }

  newest(ref: SeriesRef): NewestSample | undefined {
    const { lastMs, lastKind, lastValue } = this.#target.seriesById(ref);
    return lastMs === Number.NEGATIVE_INFINITY ? undefined : { timestampMs: lastMs, kind: lastKind, value: lastValue };
  }

  async commit({ mayLinger = false }: { readonly mayLinger?: boolean } = {}): Promise<void> {
    const batch = this.#batch;
    this.#batch = undefined;
    this.#number = this.#nextNumber();
    if (batch) await this.#target.commit(batch, this.#admission, mayLinger);
  }

  rollback(): void {
    if (this.#batch) this.#target.batches.give(this.#batch);
    this.#batch = undefined;
    this.#number = this.#nextNumber();
  }

  #open(): Batch {
    this.#batch ??= this.#target.batches.take();
    return this.#batch;
  }

  #appendFloat(series: Series, timestampMs: number, value: number): AppendOutcome {
    const verdict = this.#admit(series, timestampMs, 'float', value);
    if (isStored(verdict)) this.#open().addFloat(series, timestampMs, value);
    return this.#outcomeOf(verdict);
  }

  #appendStale(series: Series, timestampMs: number): AppendOutcome {
    const verdict = this.#admit(series, timestampMs, 'stale', Number.NaN);
    if (isStored(verdict)) this.#open().addStale(series, timestampMs);
    return this.#outcomeOf(verdict);
  }

  #admit(series: Series, timestampMs: number, kind: SampleKind, value: number): Verdict {
    const { minMs, maxMs } = this.#admission;
    const lastMs = this.#lastMs(series);
    // Nearly always: the rules in short, without a function for each sample.
    const isNext = timestampMs > lastMs && timestampMs >= minMs && timestampMs <= maxMs;
    const verdict = isNext ? 'ok' : this.#judge(series, timestampMs, kind, value);
    if (verdict === 'ok') {
      series.batch = this.#number;
      series.batchAt = this.#batch?.count ?? 0;
    }
    return verdict;
  }

  #judge(series: Series, timestampMs: number, kind: SampleKind, value: number): Verdict {
    const inBatch = series.batch === this.#number ? this.#batch : undefined;
    return admit(this.#admission, this.#lastMs(series), timestampMs, () => {
      const newest = inBatch ? newestAt(inBatch, series.batchAt) : { kind: series.lastKind, value: series.lastValue };
      return newest.kind === kind && Object.is(newest.value, value);
    });
  }

  /** Time of the newest sample of a series, here or in the store. */
  #lastMs(series: Series): number {
    return this.#batch && series.batch === this.#number ? (this.#batch.times[series.batchAt] as number) : series.lastMs;
  }

  #outcomeOf(verdict: Verdict): AppendOutcome {
    if (verdict === 'ok' || verdict === 'late') return 'ok';
    if (verdict !== 'duplicate') this.#target.refuse(verdict);
    return verdict;
  }
}

function isStored(verdict: Verdict): boolean {
  return verdict === 'ok' || verdict === 'late';
}

function checkTime(timestampMs: number): void {
  if (!Number.isSafeInteger(timestampMs))
    throw storageError('storage.bad_sample', `sample time ${timestampMs} is not a whole number of milliseconds`);
}
