// Samples that wait to be sent, in columns, as a ring; one request after the other is made of the oldest. A shard has its own series, so
// the samples of a series stay in order.
import type { Clock, Timer } from '../model/clock.ts';
import { bitsOf } from '../model/stale.ts';
import type { Exemplar, LogPosition } from '../storage/store.ts';
import type { SamplePlace } from './progress.ts';
import type { SentSeries } from './sent-series.ts';

/** What stands beside a value: the bytes of a histogram, or an exemplar, whose value this is not. */
export type Beside = Uint8Array | Exemplar | undefined;

/** What a sample is beside its time and value. */
export interface PushedSample {
  readonly beside: Beside;
  /** Where its commit begins, and its number there. */
  readonly at: LogPosition;
  readonly index: number;
  /** Which requests had it before (SentBefore). */
  readonly resend: number;
}

/** What waits, by slot. */
export interface ShardColumns {
  readonly series: (SentSeries | undefined)[];
  readonly times: Float64Array;
  /** The memory of the values. */
  readonly bits: Uint32Array;
  readonly beside: Beside[];
  /** Only samples of equal number go into one request. */
  readonly resends: Uint32Array;
}

export interface ShardDeps {
  readonly clock: Clock;
  readonly capacity: number;
  readonly batchSamples: number;
  readonly deadlineMs: number;
  /** Delivers the first samples, at most `count`, or gives them up; answers how many. Rejects only when it was aborted, and nothing is known about them. */
  readonly deliver: (shard: Shard, count: number) => Promise<number>;
  /** Called when samples are done. */
  readonly onDone: () => void;
}

/** One of the lines in which a queue sends. */
export class Shard {
  readonly #deps: ShardDeps;
  readonly #batchSamples: number;
  readonly columns: ShardColumns;
  readonly #segments: Float64Array;
  readonly #offsets: Float64Array;
  readonly #indexes: Uint32Array;
  #head = 0;
  #count = 0;
  #onPush: (() => void) | undefined;
  #onRoom: (() => void) | undefined;
  #isFlushing = false;
  /** The last sample that was delivered or given up, and the last of the request under way. */
  done: SamplePlace | undefined;
  sending: SamplePlace | undefined;

  constructor(deps: ShardDeps) {
    const { capacity } = deps;
    this.#deps = deps;
    this.#batchSamples = Math.min(deps.batchSamples, capacity);
    this.columns = {
      series: new Array<SentSeries | undefined>(capacity).fill(undefined),
      times: new Float64Array(capacity),
      bits: bitsOf(new Float64Array(capacity)),
      beside: new Array<Beside>(capacity).fill(undefined),
      resends: new Uint32Array(capacity),
    };
    this.#segments = new Float64Array(capacity);
    this.#offsets = new Float64Array(capacity);
    this.#indexes = new Uint32Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#deps.capacity;
  }

  /** Where the commit of its oldest sample begins. */
  get oldest(): LogPosition | undefined {
    if (this.#count === 0) return undefined;
    return { segment: this.#segments[this.#head] as number, offset: this.#offsets[this.#head] as number };
  }

  /** Adds a sample, value number `i` of `bits`; not to be called when it is full. */
  push(series: SentSeries, timestampMs: number, bits: Uint32Array, i: number, { beside, at, index, resend }: PushedSample): void {
    const slot = this.slotOf(this.#count);
    const { columns } = this;
    columns.series[slot] = series;
    columns.times[slot] = timestampMs;
    columns.bits[2 * slot] = bits[2 * i] as number;
    columns.bits[2 * slot + 1] = bits[2 * i + 1] as number;
    columns.beside[slot] = beside;
    columns.resends[slot] = resend;
    this.#segments[slot] = at.segment;
    this.#offsets[slot] = at.offset;
    this.#indexes[slot] = index;
    this.#count++;
    if (this.#onPush && (this.#count === 1 || this.#count >= this.#batchSamples)) this.#onPush();
  }

  /** Where the columns have the sample that is `k` behind the oldest. */
  slotOf(k: number): number {
    const slot = this.#head + k;
    return slot < this.#deps.capacity ? slot : slot - this.#deps.capacity;
  }

  /** Resolves when there is room, or when `signal` is aborted. */
  room(signal: AbortSignal): Promise<void> {
    if (!this.isFull || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        this.#onRoom = undefined;
        signal.removeEventListener('abort', finish);
        resolve();
      };
      this.#onRoom = finish;
      signal.addEventListener('abort', finish, { once: true });
    });
  }

  /** Sends what there is without waiting for more, from now on. */
  flush(): void {
    this.#isFlushing = true;
    this.#onPush?.();
  }

  /** Sends until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#whenFilled(signal);
      if (signal.aborted) return;
      let count: number;
      try {
        count = await this.#deps.deliver(this, Math.min(this.#count, this.#batchSamples));
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      this.#remove(count);
      this.#deps.onDone();
    }
  }

  /** Notes that the first `count` samples are about to be sent. */
  beginSending(count: number): void {
    this.sending = this.#placeOf(count - 1);
  }

  #placeOf(k: number): SamplePlace {
    const slot = this.slotOf(k);
    return { segment: this.#segments[slot] as number, offset: this.#offsets[slot] as number, index: this.#indexes[slot] as number };
  }

  #remove(count: number): void {
    this.done = this.#placeOf(count - 1);
    this.sending = undefined;
    for (let k = 0; k < count; k++) {
      const slot = this.slotOf(k);
      this.columns.series[slot] = undefined;
      this.columns.beside[slot] = undefined;
    }
    this.#head = this.slotOf(count);
    this.#count -= count;
    this.#onRoom?.();
  }

  /** Resolves when there is a whole request, or the deadline of a smaller one is over. */
  #whenFilled(signal: AbortSignal): Promise<void> {
    const isReady = () => this.#count >= this.#batchSamples || (this.#isFlushing && this.#count > 0);
    if (isReady() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const finish = () => {
        timer?.cancel();
        this.#onPush = undefined;
        signal.removeEventListener('abort', finish);
        resolve();
      };
      this.#onPush = () => {
        if (isReady()) finish();
        else if (this.#count > 0) timer ??= this.#deps.clock.after(this.#deps.deadlineMs, finish);
      };
      signal.addEventListener('abort', finish, { once: true });
      this.#onPush();
    });
  }
}
