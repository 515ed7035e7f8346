// Samples as storage encodes them, on their way to where they are evaluated: they are decoded there, some series at a time, into memory that
// stays in the processor's cache. What is packed is a quarter to a half of the size, and costs the thread that reads one copy of bytes.
//
// A piece is some samples of one series, from a multiple of 8 bytes on:
//   u32 kind    u32 bytes, with this head    u32 samples    u32 skipped: how many samples of a block come before the first that is wanted
//   f64 time of the first sample in milliseconds (of a block, though it be skipped)
// then, by kind,
//   outline  an outline, whose times and values are differences (outline-codec.ts)
//   whole    the times, f64 first value, differences of all further values up to the last that is wanted: i8, i16 or i32
//   floats   the times, f64 for each value that is wanted, by its bits
//   plain    f64 for each time, f64 for each value, by its bits
// where times are u32 runs, u32 bytes of each difference if there are any, and for each run u32 step in milliseconds, u32 repeats: what a block has.
import type { Labels } from '../../model/labels.ts';

export const PIECE = { outline: 1, whole: 2, floats: 3, plain: 4 } as const;
export const HEAD_BYTES = 24;

/** Series and their samples, in the order of `select`. `memory` may be longer than what is used of it. */
export interface PackedSeries {
  readonly labels: readonly Labels[];
  /** The pieces of series i are bytes ends[i-1] … ends[i]-1 of `memory`, rising in time. */
  readonly ends: Uint32Array;
  /** Samples of each series. */
  readonly counts: Uint32Array;
  readonly memory: ArrayBuffer | SharedArrayBuffer;
  /** Whether samples may have been left out, so that it must be told how many (`ordinals` of a SeriesSet). */
  readonly isRolled: boolean;
}

/** Where a read packs its parts, so that memory can be used again. */
export interface PackMemory {
  /** How large parts should be at most; a series of more is a part of its own. */
  readonly partBytes: number;
  readonly partSamples: number;
  readonly partSeries: number;
  /** At least so many bytes, whatever was in them before, for so many samples. What it throws, the read throws. */
  take(bytes: number, samples: number): ArrayBuffer | SharedArrayBuffer;
}

/** Memory that nobody uses again. */
export function freshMemory(partSamples: number): PackMemory {
  return { partBytes: Number.POSITIVE_INFINITY, partSamples, partSeries: partSamples, take: (bytes) => new ArrayBuffer(bytes) };
}

export function isPacked<T extends object>(part: T | PackedSeries): part is PackedSeries {
  return 'memory' in part;
}

/** How many samples there are. */
export function samplesOf({ counts }: PackedSeries): number {
  let samples = 0;
  for (let i = 0; i < counts.length; i++) samples += counts[i] as number;
  return samples;
}

/** The next multiple of 8. */
export function alignedTo8(bytes: number): number {
  return (bytes + 7) & ~7;
}
