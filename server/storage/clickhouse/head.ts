// Samples that the engine has not taken over yet, in memory: one pair of columns for each series. Columns only grow at their
// end; a flush replaces them by their remainder. A reader therefore keeps a reference and a count, never a copy.
import type { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt, writeStaleAt } from '../../model/stale.ts';
import type { Indexed } from './series-index.ts';

const FIRST_CAPACITY = 8;

/** Times and values of one series; only the first `count` of the head it belongs to are filled. */
export interface HeadColumns {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly bits: Uint32Array;
}

const NO_COLUMNS: HeadColumns = Object.freeze({ times: new Float64Array(0), values: new Float64Array(0), bits: new Uint32Array(0) });

/** One series, known for as long as the process lives. */
export class Series implements Indexed {
  readonly id: number;
  /** Number of the metric name; series of one metric lie together on disk. */
  readonly metric: number;
  readonly labels: Labels;
  /** Its labels are in the write-ahead log. */
  isLogged = false;
  /** Its labels are in the table `series`. */
  isStored = false;
  isIndexed = true;
  /** Time and value of the newest sample, -Infinity when there is none. */
  lastMs = Number.NEGATIVE_INFINITY;
  lastValue = 0;
  isLastStale = false;
  /** Span of the samples that the engine holds; empty when min > max. */
  diskMinMs = Number.POSITIVE_INFINITY;
  diskMaxMs = Number.NEGATIVE_INFINITY;
  columns: HeadColumns = NO_COLUMNS;
  count = 0;
  /** The batch that looked at this series last, and its newest sample there. */
  batch = 0;
  batchMs = 0;
  batchValue = 0;
  isBatchStale = false;

  constructor(id: number, metric: number, labels: Labels) {
    this.id = id;
    this.metric = metric;
    this.labels = labels;
  }

  /** Appends sample `i` of a batch; the caller has checked that it is newer than `lastMs`. */
  push(timestampMs: number, values: Float64Array, bits: Uint32Array, i: number): void {
    if (this.count === this.columns.times.length) this.columns = grown(this.columns, this.count);
    const value = values[i] as number;
    const isStale = Number.isNaN(value) && isStaleAt(bits, i);
    this.columns.times[this.count] = timestampMs;
    if (isStale) writeStaleAt(this.columns.bits, this.count);
    else this.columns.values[this.count] = value;
    this.count++;
    this.lastMs = timestampMs;
    this.lastValue = value;
    this.isLastStale = isStale;
  }

  /** Forgets the first `count` samples: the engine has them now. */
  handOver(count: number): void {
    const { times, values } = this.columns;
    this.diskMinMs = Math.min(this.diskMinMs, times[0] as number);
    this.diskMaxMs = Math.max(this.diskMaxMs, times[count - 1] as number);
    this.columns = count === this.count ? NO_COLUMNS : columnsOf(times.slice(count), values.slice(count));
    this.count -= count;
  }
}

function grown(columns: HeadColumns, count: number): HeadColumns {
  const capacity = Math.max(FIRST_CAPACITY, count * 2);
  const times = new Float64Array(capacity);
  const values = new Float64Array(capacity);
  times.set(columns.times);
  values.set(columns.values);
  return columnsOf(times, values);
}

function columnsOf(times: Float64Array, values: Float64Array): HeadColumns {
  return { times, values, bits: bitsOf(values) };
}

/** The first index of `times[0 … count-1]` whose time is not before `timestampMs`. */
export function lowerBound(times: Float64Array, count: number, timestampMs: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < timestampMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
