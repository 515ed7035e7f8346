// What is known of the series that senders write, by the bytes of their labels: a known series needs no text.
//
// Two generations of open hash lists. When the younger is full it becomes the older one, and what the older still had is forgotten
// unless it was asked for meanwhile.
import type { ByteRange } from '../formats/remote-write/write-request.ts';
import type { SeriesRef } from '../storage/store.ts';

/** A series as one sender writes it. */
export interface KnownSeries {
  /** Undefined until it has a sample, so that nothing else creates it. */
  ref: SeriesRef | undefined;
  /** Time of its newest exemplar. */
  exemplarMs: number;
  /** When its metadata was taken last, by the clock. */
  metadataMs: number;
  readonly hash: number;
  readonly bytes: Uint8Array;
  next: KnownSeries | undefined;
}

const MAX_SERIES = 200_000;
/** Longer labels are read each time: the cache must be bounded in bytes, too. */
const MAX_LABEL_BYTES = 2_048;

/** Series by the bytes of their labels. */
export class SeriesCache {
  readonly #maxSeries: number;
  readonly #seed: number;
  #young = new Map<number, KnownSeries>();
  #old = new Map<number, KnownSeries>();
  #size = 0;

  constructor(maxSeries = MAX_SERIES) {
    this.#maxSeries = maxSeries;
    // A sender must not be able to compute labels of equal hash.
    this.#seed = Math.floor(Math.random() * 0x7fffffff);
  }

  /** The series whose labels have these bytes, if it is known. */
  find(range: ByteRange): KnownSeries | undefined {
    const hash = this.#hash(range);
    const young = findIn(this.#young.get(hash), range);
    if (young) return young;
    const old = findIn(this.#old.get(hash), range);
    return old && this.#put({ ...old });
  }

  /** Remembers a series that `find` did not find. */
  add(range: ByteRange): KnownSeries {
    const { bytes, start, end } = range;
    const series: KnownSeries = {
      ref: undefined,
      exemplarMs: Number.NEGATIVE_INFINITY,
      metadataMs: Number.NEGATIVE_INFINITY,
      hash: this.#hash(range),
      bytes: bytes.slice(start, end),
      next: undefined,
    };
    return end - start > MAX_LABEL_BYTES ? series : this.#put(series);
  }

  #put(series: KnownSeries): KnownSeries {
    if (this.#size >= this.#maxSeries / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#size = 0;
    }
    series.next = this.#young.get(series.hash);
    this.#young.set(series.hash, series);
    this.#size++;
    return series;
  }

  #hash({ bytes, start, end }: ByteRange): number {
    let hash = this.#seed;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    // Small integers are not boxed.
    return (hash ^ (hash >>> 15)) & 0x3fffffff;
  }
}

function findIn(first: KnownSeries | undefined, { bytes, start, end }: ByteRange): KnownSeries | undefined {
  const length = end - start;
  for (let series = first; series; series = series.next) {
    if (series.bytes.length !== length) continue;
    let i = 0;
    while (i < length && series.bytes[i] === bytes[start + i]) i++;
    if (i === length) return series;
  }
  return undefined;
}
