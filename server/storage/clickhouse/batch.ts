// Samples on their way into the store, in columns that are used again: a batch holds what one scrape or request brings, and is over when
// it has been copied into the head and the write-ahead log.
import { isStaleAt, writeStaleAt } from '../../model/stale.ts';
import type { Series } from './head.ts';
import type { SampleColumns } from './metric-log.ts';
import { copyValue, emptyRun, isHistogramAt, writeHistogramAt } from './run.ts';

const FIRST_CAPACITY = 256;
/** Larger batches, and more than so many, are left to the collector. */
const KEPT_CAPACITY = 32_768;
const KEPT_BATCHES = 4;

/** Samples 0 … count-1. */
export class Batch implements Omit<SampleColumns, 'series'> {
  count = 0;
  bodies: Map<number, Uint8Array> | undefined;
  #series: (Series | undefined)[] = [];
  #ids = new Uint32Array(FIRST_CAPACITY);
  #columns = emptyRun(FIRST_CAPACITY);

  get capacity(): number {
    return this.#ids.length;
  }

  get times(): Float64Array {
    return this.#columns.times;
  }

  get values(): Float64Array {
    return this.#columns.values;
  }

  get bits(): Uint32Array {
    return this.#columns.bits;
  }

  seriesAt(i: number): Series {
    return this.#series[i] as Series;
  }

  addFloat(series: Series, timestampMs: number, value: number): void {
    const at = this.#add(series, timestampMs);
    const { values, bits } = this.#columns;
    values[at] = value;
    // A NaN that happens to carry the payload of a marker is an ordinary NaN here: markers have methods of their own.
    if (Number.isNaN(value) && (isStaleAt(bits, at) || isHistogramAt(bits, at))) bits[2 * at + 1] = 0x7ff80000;
  }

  addStale(series: Series, timestampMs: number): void {
    writeStaleAt(this.#columns.bits, this.#add(series, timestampMs));
  }

  addHistogram(series: Series, timestampMs: number, body: Uint8Array): void {
    const at = this.#add(series, timestampMs);
    writeHistogramAt(this.#columns.bits, at);
    this.bodies ??= new Map();
    this.bodies.set(at, body);
  }

  /** Makes sample `i` number `to`, which comes no later, and notes its series. */
  move(i: number, to: number, series: Series): void {
    this.#ids[to] = series.id;
    if (to === i) return;
    this.times[to] = this.times[i] as number;
    copyValue(this.bits, i, this.bits, to);
    const body = this.bodies?.get(i);
    this.bodies?.delete(i);
    if (body) this.bodies?.set(to, body);
    else this.bodies?.delete(to);
  }

  /** The first `count` samples, once their series are noted; valid until `clear`. */
  columns(count: number): SampleColumns {
    const { times, values, bits } = this.#columns;
    for (let i = count; i < this.count; i++) this.bodies?.delete(i);
    const bodies = this.bodies;
    return { series: this.#ids.subarray(0, count), times: times.subarray(0, count), values: values.subarray(0, count), bits, bodies };
  }

  clear(): void {
    // Series must not stay in memory for this.
    this.#series.fill(undefined, 0, this.count);
    this.bodies = undefined;
    this.count = 0;
  }

  #add(series: Series, timestampMs: number): number {
    const at = this.count++;
    if (at === this.#ids.length) this.#grow(2 * at);
    this.#series[at] = series;
    this.#columns.times[at] = timestampMs;
    return at;
  }

  #grow(capacity: number): void {
    const { times, bits } = this.#columns;
    this.#ids = new Uint32Array(capacity);
    this.#columns = emptyRun(capacity);
    this.#columns.times.set(times);
    this.#columns.bits.set(bits);
  }
}

/** Empty batches. */
export class BatchPool {
  readonly #batches: Batch[] = [];

  take(): Batch {
    return this.#batches.pop() ?? new Batch();
  }

  /** Takes a batch back, which nobody may use any more. */
  give(batch: Batch): void {
    batch.clear();
    if (batch.capacity <= KEPT_CAPACITY && this.#batches.length < KEPT_BATCHES) this.#batches.push(batch);
  }
}
