import { isAppError, messageOf } from '../../model/app-error.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import type { Labels } from '../../model/labels.ts';
import { appendCreatedZero } from '../../storage/created-zero.ts';
import type { AppendOutcome, MetricAppender, MetricStore, SeriesRef } from '../../storage/store.ts';
import { refusalText } from '../sample-refusals.ts';
import { PointRefused } from './point-refused.ts';

export interface SampleBatchesDeps {
  readonly store: MetricStore;
  /** How far behind samples may come late, 0 = not at all: it decides the words of a refusal. */
  readonly outOfOrderMs: () => number;
}

/** A sample: a number, a histogram, or the mark that its series ends. */
export type SampleValue = number | FloatHistogram | 'stale';

/** Samples that become visible in one go. */
const BATCH_SAMPLES = 20_000;
const MAX_SHOWN = 300;

/** The samples of one request in batches, to be committed in their order once everything is read. */
export class SampleBatches {
  readonly batches: MetricAppender[] = [];
  readonly #deps: SampleBatchesDeps;
  #batch: MetricAppender;
  #inBatch = 0;

  constructor(deps: SampleBatchesDeps) {
    this.#deps = deps;
    this.#batch = this.#start();
  }

  /** The reference of a series, which is created if it is new; why there is none when there is no room for it. */
  refOf(labels: Labels): SeriesRef | PointRefused {
    try {
      return this.#batch.seriesRef(labels);
    } catch (error) {
      if (!isAppError(error, 'storage.too_many_series')) throw error;
      return new PointRefused('series_limit', () => messageOf(error));
    }
  }

  /** Adds a sample; answers why it was refused. `labels` is only asked for the text of that. */
  add(ref: SeriesRef, timeMs: number, value: SampleValue, labels: () => Labels): PointRefused | undefined {
    const outcome = this.addQuietly(ref, timeMs, value);
    if (outcome === 'ok' || outcome === 'duplicate') return undefined;
    const batch = this.#batch;
    return new PointRefused(outcome, () => {
      const number = typeof value === 'number' ? value : undefined;
      const [newest, hasWindow] = [batch.newest(ref), this.#deps.outOfOrderMs() > 0];
      const text = refusalText(outcome, { timestampMs: timeMs, value: number, newest, hasWindow });
      return `${text} for series ${cut(labels().toString())} at ${timeText(timeMs)}`;
    });
  }

  /** Adds a zero where the count began, if that may be, before the sample at `timeMs`. */
  addCreatedZero(ref: SeriesRef, startMs: number, timeMs: number, value: SampleValue): void {
    this.#inBatch++;
    appendCreatedZero(this.#batch, ref, startMs, timeMs, typeof value === 'object' ? value : undefined);
  }

  /** Adds a sample that may well be refused. */
  addQuietly(ref: SeriesRef, timeMs: number, value: SampleValue): AppendOutcome {
    this.#inBatch++;
    // Times that a double does not hold exactly lie far beyond any clock.
    if (!Number.isSafeInteger(timeMs)) return 'too_far_in_future';
    if (value === 'stale') return this.#batch.appendStale(ref, timeMs);
    return typeof value === 'number' ? this.#batch.append(ref, timeMs, value) : this.#batch.appendHistogram(ref, timeMs, value);
  }

  /** A point ends: the samples of one stay together. */
  endPoint(): void {
    if (this.#inBatch >= BATCH_SAMPLES) this.#batch = this.#start();
  }

  #start(): MetricAppender {
    const batch = this.#deps.store.appender();
    this.batches.push(batch);
    this.#inBatch = 0;
    return batch;
  }
}

/** The beginning of a text that may be long. */
export function cut(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function timeText(timeMs: number): string {
  return Math.abs(timeMs) < 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs);
}
