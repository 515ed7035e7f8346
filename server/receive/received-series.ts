// What is known of the series that senders write, by the bytes of their labels: a known series needs no text.
//
// Two generations of open hash lists. When the younger is full it becomes the older one, and what the older still had is forgotten
// unless it was asked for meanwhile. Senders write the same series in the same order again and again, so each series knows which one came
// after it, and mostly no hash is needed either.
import type { ByteRange } from '../formats/remote-write/write-request.ts';
import { fnvBytes, toSmallHash } from '../model/fnv.ts';
import type { SeriesRef } from '../storage/store.ts';

/** A series as one sender writes it. */
export interface KnownSeries {
  /** Undefined until it has a sample, so that nothing else creates it. */
  ref: SeriesRef | undefined;
  /** Time of its newest exemplar. */
  exemplarMs: number;
  /** When its metadata was taken last, by the clock. */
  metadataMs: number;
  /** The time of its beginning that was written last, 0 = none. */
  createdMs: number;
  readonly hash: number;
  /** Its labels are bytes start … end-1 of memory that many share: an object for each range would be larger than what is in it. */
  bytes: Buffer;
  start: number;
  end: number;
  /** Number of the generation that it is in. */
  generation: number;
  next: KnownSeries | undefined;
  /** What came after it in its last request. */
  successor: KnownSeries | undefined;
}

/** Series in each generation, … */
const MAX_SERIES = 200_000;
/** … and bytes of their labels. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Longer labels are read each time. */
const MAX_LABEL_BYTES = 2_048;
/** Memory that labels share: it goes with the last of those that are in it. */
const SHARED_BYTES = 128 * 1024;

/** Series by the bytes of their labels. */
export class ReceivedSeriesCache {
  readonly #maxSeries: number;
  readonly #seed: number;
  #young = new Map<number, KnownSeries>();
  #old = new Map<number, KnownSeries>();
  #generation = 1;
  #size = 0;
  #sizeBytes = 0;
  #shared = Buffer.alloc(0);
  #used = 0;

  constructor(maxSeries = MAX_SERIES) {
    this.#maxSeries = maxSeries;
    // A sender must not be able to compute labels of equal hash.
    this.#seed = Math.floor(Math.random() * 0x7fffffff);
  }

  /** The series whose labels have these bytes, if it is known; `previous` came before it in the request. */
  find(range: ByteRange, previous?: KnownSeries): KnownSeries | undefined {
    const expected = previous?.successor;
    const found = expected && hasBytes(expected, range) ? expected : this.#findByHash(range);
    if (!found) return undefined;
    if (found.generation !== this.#generation) {
      // Its memory is to go with the others that are in it.
      Object.assign(found, this.#copyOf(found));
      this.#put(found);
    }
    if (previous) previous.successor = found;
    return found;
  }

  /** Remembers a series that `find` did not find. */
  add(range: ByteRange, previous?: KnownSeries): KnownSeries {
    const isKept = range.end - range.start <= MAX_LABEL_BYTES;
    const { bytes, start, end } = isKept ? this.#copyOf(range) : range;
    const series: KnownSeries = {
      ref: undefined,
      exemplarMs: Number.NEGATIVE_INFINITY,
      metadataMs: Number.NEGATIVE_INFINITY,
      createdMs: 0,
      hash: this.#hash(range),
      bytes,
      start,
      end,
      generation: 0,
      next: undefined,
      successor: undefined,
    };
    if (!isKept) return series;
    this.#put(series);
    if (previous) previous.successor = series;
    return series;
  }

  #copyOf({ bytes, start, end }: ByteRange): ByteRange {
    if (this.#used + end - start > this.#shared.length) {
      this.#shared = Buffer.allocUnsafeSlow(SHARED_BYTES);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += bytes.copy(this.#shared, at, start, end);
    return { bytes: this.#shared, start: at, end: this.#used };
  }

  #findByHash(range: ByteRange): KnownSeries | undefined {
    const hash = this.#hash(range);
    return findIn(this.#young.get(hash), range) ?? findIn(this.#old.get(hash), range);
  }

  /** Of an older list that it leaves, what stands behind it may be forgotten: hashes are hardly ever equal. */
  #put(series: KnownSeries): void {
    if (this.#size >= this.#maxSeries || this.#sizeBytes >= MAX_BYTES) this.#startGeneration();
    series.next = this.#young.get(series.hash);
    series.generation = this.#generation;
    this.#young.set(series.hash, series);
    this.#size++;
    this.#sizeBytes += series.end - series.start;
  }

  #startGeneration(): void {
    // A series that is forgotten, and still expected by one that is not, must not keep others in memory.
    for (const first of this.#old.values())
      for (let series: KnownSeries | undefined = first; series; series = series.next)
        if (series.generation < this.#generation) series.successor = undefined;
    this.#old = this.#young;
    this.#young = new Map();
    this.#generation++;
    this.#size = 0;
    this.#sizeBytes = 0;
  }

  #hash({ bytes, start, end }: ByteRange): number {
    return toSmallHash(fnvBytes(this.#seed, bytes, start, end));
  }
}

function findIn(first: KnownSeries | undefined, range: ByteRange): KnownSeries | undefined {
  for (let series = first; series; series = series.next) if (hasBytes(series, range)) return series;
  return undefined;
}

function hasBytes(own: KnownSeries, { bytes, start, end }: ByteRange): boolean {
  return own.end - own.start === end - start && bytes.compare(own.bytes, own.start, own.end, start, end) === 0;
}
