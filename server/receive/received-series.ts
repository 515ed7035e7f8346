// What is known of the series that senders write, by the bytes of their labels: a known series needs no text.
//
// Two generations, each a hash table. When the younger is full it becomes the older one, and what the older still had is forgotten
// unless it was asked for meanwhile. Senders write the same series in the same order again and again, so each series knows which one came
// after it, and mostly no hash is needed either.
import type { ByteRange } from '../formats/remote-write/write-request.ts';
import { fnvBytes, toSmallHash } from '../model/fnv.ts';
import type { SeriesRef } from '../storage/store.ts';

/** A series as one sender writes it. */
export interface KnownSeries {
  /** Undefined until it has a sample, so that nothing else creates it. */
  ref: SeriesRef | undefined;
  /** Time of its newest exemplar. As the next, undefined for most: a number that is not small is an object of its own. */
  exemplarMs: number | undefined;
  /** When its metadata was taken last, by the clock. */
  metadataMs: number | undefined;
  /** The time of its beginning that was written last, 0 = none. */
  createdMs: number;
  readonly hash: number;
  /** Its labels are bytes start … end-1 of memory that many share: an object for each range would be larger than what is in it. */
  bytes: Buffer;
  start: number;
  end: number;
  /** Number of the generation that it is in. */
  generation: number;
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
const FIRST_SLOTS = 64;
const MAX_LOAD = 0.7;

/** Series by the bytes of their labels. */
export class ReceivedSeriesCache {
  readonly #maxSeries: number;
  readonly #hash: (range: ByteRange) => number;
  #young = new Generation();
  #old = new Generation();
  #generation = 1;
  #sizeBytes = 0;
  #shared = Buffer.alloc(0);
  #used = 0;

  constructor(maxSeries = MAX_SERIES, hash = seededHash()) {
    this.#maxSeries = maxSeries;
    this.#hash = hash;
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
      exemplarMs: undefined,
      metadataMs: undefined,
      createdMs: 0,
      hash: this.#hash(range),
      bytes,
      start,
      end,
      generation: 0,
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
    return this.#young.find(hash, range) ?? this.#old.find(hash, range);
  }

  #put(series: KnownSeries): void {
    if (this.#young.size >= this.#maxSeries || this.#sizeBytes >= MAX_BYTES) this.#startGeneration();
    series.generation = this.#generation;
    this.#young.add(series);
    this.#sizeBytes += series.end - series.start;
  }

  #startGeneration(): void {
    // A series that is forgotten, and still expected by one that is not, must not keep others in memory.
    for (const series of this.#old.all()) if (series.generation < this.#generation) series.successor = undefined;
    this.#old = this.#young;
    this.#young = new Generation();
    this.#generation++;
    this.#sizeBytes = 0;
  }
}

/** A sender must not be able to compute labels of equal hash. */
function seededHash(): (range: ByteRange) => number {
  const seed = Math.floor(Math.random() * 0x7fffffff);
  return ({ bytes, start, end }) => toSmallHash(fnvBytes(seed, bytes, start, end));
}

/** Series that are forgotten together: an open hash table with linear probing. A Map with a number for each would be three times as large. */
class Generation {
  #slots: (KnownSeries | undefined)[] = new Array(FIRST_SLOTS).fill(undefined);
  size = 0;

  find(hash: number, range: ByteRange): KnownSeries | undefined {
    const mask = this.#slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const series = this.#slots[at];
      if (series === undefined || (series.hash === hash && hasBytes(series, range))) return series;
    }
  }

  /** Adds a series that is not in it. */
  add(series: KnownSeries): void {
    if (++this.size > MAX_LOAD * this.#slots.length) {
      const before = this.all();
      this.#slots = new Array(2 * this.#slots.length).fill(undefined);
      for (const one of before) this.#put(one);
    }
    this.#put(series);
  }

  all(): KnownSeries[] {
    return this.#slots.filter((series) => series !== undefined);
  }

  #put(series: KnownSeries): void {
    const mask = this.#slots.length - 1;
    let at = series.hash & mask;
    while (this.#slots[at] !== undefined) at = (at + 1) & mask;
    this.#slots[at] = series;
  }
}

function hasBytes(own: KnownSeries, { bytes, start, end }: ByteRange): boolean {
  return own.end - own.start === end - start && bytes.compare(own.bytes, own.start, own.end, start, end) === 0;
}
