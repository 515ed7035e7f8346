import type { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { SeriesSet } from '../store.ts';
import { decodeValues, lastValue, Views } from './differences.ts';
import { decodeOutline, isWholeOutline } from './outline-codec.ts';
import { HEAD_BYTES, type PackedSeries, PIECE, samplesOf } from './packed-series.ts';

/** All series at once, in memory of their own. */
export function unpack(packed: PackedSeries): SeriesSet {
  const samples = samplesOf(packed);
  const [set] = new Unpacker().chunks(packed, Math.max(1, samples), packed.labels.length);
  return set ?? { labels: [], offsets: new Uint32Array(1), timestampsMs: new Float64Array(0), values: new Float64Array(0) };
}

/** Decodes series into memory that it uses again. */
export class Unpacker {
  #timestampsMs = new Float64Array(0);
  #values = new Float64Array(0);
  #bits = bitsOf(this.#values);
  #ordinals = new Uint32Array(0);
  #isWithoutStale = true;
  #views: Views | undefined;
  /** Where the next sample goes, and its ordinal. */
  #at = 0;
  #ordinal = 0;

  /**
   * Up to `series` series at a time, of up to `samples` samples together unless it is one: all of them, or those that are wanted. A set is good
   * until the next is asked for.
   */
  *chunks(packed: PackedSeries, samples: number, series: number, wanted = allOf(packed)): Generator<SeriesSet> {
    const views = this.#viewsOf(packed);
    const countOf = (i: number) => packed.counts[wanted[i] as number] as number;
    for (let first = 0; first < wanted.length; ) {
      let end = first + 1;
      let size = countOf(first);
      while (end < wanted.length && end - first < series && size + countOf(end) <= samples) size += countOf(end++);
      yield this.#series(packed, views, wanted.subarray(first, end), size);
      first = end;
    }
  }

  /** The last `pieces` pieces of a series. Good until the next call. */
  tail(packed: PackedSeries, series: number, pieces: number): SeriesSet {
    const views = this.#viewsOf(packed);
    const start = startOf(packed, series);
    const end = packed.ends[series] as number;
    const starts: number[] = [];
    for (let at = start; at < end; at += views.u32[at / 4 + 1] as number) starts.push(at);
    const taken = starts.slice(-pieces);
    const size = taken.reduce((sum, at) => sum + (views.u32[at / 4 + 2] as number), 0);
    this.#begin(size, packed.isRolled);
    this.#decode(views, taken[0] ?? end, end, packed.isRolled);
    const labels = packed.labels.slice(series, series + 1);
    return this.#set(labels, Uint32Array.of(0, size), packed.isRolled);
  }

  #series(packed: PackedSeries, views: Views, wanted: Uint32Array, samples: number): SeriesSet {
    const { isRolled, ends } = packed;
    this.#begin(samples, isRolled);
    const offsets = new Uint32Array(wanted.length + 1);
    const labels: Labels[] = [];
    for (let i = 0; i < wanted.length; i++) {
      const series = wanted[i] as number;
      this.#decode(views, startOf(packed, series), ends[series] as number, isRolled);
      offsets[i + 1] = this.#at;
      labels.push(packed.labels[series] as Labels);
    }
    return this.#set(labels, offsets, isRolled);
  }

  #viewsOf({ memory }: PackedSeries): Views {
    if (this.#views?.u8.buffer !== memory) this.#views = new Views(memory);
    return this.#views;
  }

  #begin(samples: number, isRolled: boolean): void {
    if (this.#values.length < samples) {
      this.#timestampsMs = new Float64Array(samples);
      this.#values = new Float64Array(samples);
      this.#bits = bitsOf(this.#values);
    }
    if (isRolled && this.#ordinals.length < samples) this.#ordinals = new Uint32Array(this.#values.length);
    this.#at = 0;
    this.#isWithoutStale = true;
  }

  #set(labels: SeriesSet['labels'], offsets: Uint32Array, isRolled: boolean): SeriesSet {
    return {
      labels,
      offsets,
      timestampsMs: this.#timestampsMs.subarray(0, this.#at),
      values: this.#values.subarray(0, this.#at),
      ordinals: isRolled ? this.#ordinals.subarray(0, this.#at) : undefined,
      isWithoutStale: this.#isWithoutStale,
    };
  }

  /** Adds the samples of one series. */
  #decode(views: Views, start: number, end: number, isRolled: boolean): void {
    const { u32, u8, f64 } = views;
    this.#ordinal = 0;
    for (let at = start; at < end; at += u32[at / 4 + 1] as number) {
      const kind = u32[at / 4] as number;
      const samples = u32[at / 4 + 2] as number;
      const body = at + HEAD_BYTES;
      if (kind === PIECE.outline) {
        const target = { timestampsMs: this.#timestampsMs, values: this.#values, ordinals: this.#ordinals };
        this.#ordinal = decodeOutline(views, body, f64[at / 8 + 2] as number, target, this.#at, this.#ordinal);
        if (!isWholeOutline(u8, body)) this.#isWithoutStale = false;
        this.#at += samples;
        continue;
      }
      if (kind === PIECE.plain) this.#plain(f64, body / 8, samples);
      else this.#block(views, at, kind === PIECE.floats);
      if (kind !== PIECE.whole) this.#isWithoutStale = false;
      if (isRolled) this.#count(samples, kind === PIECE.whole);
      this.#at += samples;
    }
  }

  #plain(f64: Float64Array, from: number, samples: number): void {
    this.#timestampsMs.set(f64.subarray(from, from + samples), this.#at);
    this.#values.set(f64.subarray(from + samples, from + 2 * samples), this.#at);
  }

  #block(views: Views, at: number, isFloats: boolean): void {
    const { u32, f64 } = views;
    const samples = u32[at / 4 + 2] as number;
    const skipped = u32[at / 4 + 3] as number;
    const runsAt = (at + HEAD_BYTES) / 4;
    const runs = u32[runsAt] as number;
    this.#blockTimes(u32, runsAt + 2, runs, f64[at / 8 + 2] as number, skipped, samples);
    const valuesAt = (runsAt + 2) / 2 + runs;
    if (isFloats) {
      this.#values.set(f64.subarray(valuesAt, valuesAt + samples), this.#at);
      return;
    }
    // The difference that leads to sample i is number i - 1.
    const width = u32[runsAt + 1] as number;
    const deltasAt = 8 * (valuesAt + 1);
    const first = lastValue(views, width, deltasAt, skipped, f64[valuesAt] as number);
    this.#values[this.#at] = first;
    decodeValues(views, width, deltasAt + skipped * width, samples - 1, first, this.#values, this.#at + 1);
  }

  /** The times of a block's samples skipped … skipped+samples-1. */
  #blockTimes(u32: Uint32Array, runsAt: number, runs: number, firstMs: number, skipped: number, samples: number): void {
    const out = this.#timestampsMs;
    const last = skipped + samples - 1;
    const shift = this.#at - skipped;
    let time = firstMs;
    let index = 0;
    if (skipped === 0) out[this.#at] = time;
    for (let run = 0; run < runs && index < last; run++) {
      const step = u32[runsAt + 2 * run] as number;
      const ends = index + (u32[runsAt + 2 * run + 1] as number);
      const first = Math.max(index + 1, skipped);
      let next = time + step * (first - index);
      for (let i = first; i <= ends && i <= last; i++) {
        out[shift + i] = next;
        next += step;
      }
      time += step * (ends - index);
      index = ends;
    }
  }

  /** Gives samples that were just written their ordinals. */
  #count(samples: number, isWhole: boolean): void {
    const ordinals = this.#ordinals;
    for (let i = this.#at; i < this.#at + samples; i++) {
      ordinals[i] = this.#ordinal;
      if (isWhole || !isStaleAt(this.#bits, i)) this.#ordinal++;
    }
  }
}

function allOf({ labels }: PackedSeries): Uint32Array {
  return Uint32Array.from(labels.keys());
}

function startOf({ ends }: PackedSeries, series: number): number {
  return series === 0 ? 0 : (ends[series - 1] as number);
}
