// Samples of one series in columns, rising in time: what the head holds, what a block decodes to and what overlapping pieces are merged
// into. Values are copied by their bits, because a NaN may lose its payload on the way through a variable.
import { crc32 } from 'node:zlib';
import { bitsOf, isStaleAt } from '../../model/stale.ts';

/** The upper half of the value of a sample that is a histogram: a NaN that `append` lets nobody else store. */
export const HISTOGRAM_HIGH = 0x7ffb1a7e;

/** Samples 0 … count-1 of the columns. */
export interface Run {
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** The memory of `values`. */
  readonly bits: Uint32Array;
  readonly count: number;
  /** Encoded histograms by the number of their sample; absent when there is none. */
  readonly bodies?: ReadonlyMap<number, Uint8Array> | undefined;
}

/** What tells equal samples apart from others at the same time. */
export interface Newest {
  readonly kind: SampleKind;
  /** Of a histogram: the checksum of its bytes. */
  readonly value: number;
}

export type SampleKind = 'float' | 'stale' | 'histogram';

/** Whether value number `i` stands for a histogram. */
export function isHistogramAt(bits: Uint32Array, i: number): boolean {
  return bits[2 * i + 1] === HISTOGRAM_HIGH;
}

/** Writes the value that stands for a histogram. */
export function writeHistogramAt(bits: Uint32Array, i: number): void {
  bits[2 * i] = 0;
  bits[2 * i + 1] = HISTOGRAM_HIGH;
}

/** Copies a value by its bits. */
export function copyValue(from: Uint32Array, i: number, to: Uint32Array, k: number): void {
  to[2 * k] = from[2 * i] as number;
  to[2 * k + 1] = from[2 * i + 1] as number;
}

export function emptyRun(capacity: number): { times: Float64Array; values: Float64Array; bits: Uint32Array } {
  const values = new Float64Array(capacity);
  return { times: new Float64Array(capacity), values, bits: bitsOf(values) };
}

/** Sample `i` as far as a duplicate must know it. */
export function newestAt({ values, bits, bodies }: Omit<Run, 'times' | 'count'>, i: number): Newest {
  const body = bodies?.get(i);
  if (body) return { kind: 'histogram', value: crc32(body) };
  return { kind: isStaleAt(bits, i) ? 'stale' : 'float', value: values[i] as number };
}

/** Samples from … to-1. Times and values are views of the same memory. */
export function sliceRun(run: Run, from: number, to: number): Run {
  if (from === 0 && to === run.count) return run;
  const values = run.values.subarray(from, to);
  const columns = { times: run.times.subarray(from, to), values, bits: bitsOf(values), count: to - from };
  return run.bodies ? { ...columns, bodies: shifted(run.bodies, from, to) } : columns;
}

/** A copy of the samples whose time `isKept`. */
export function filterRun(run: Run, isKept: (timestampMs: number) => boolean): Run {
  const out = emptyRun(run.count);
  const bodies = new Map<number, Uint8Array>();
  let count = 0;
  for (let i = 0; i < run.count; i++) {
    const time = run.times[i] as number;
    if (!isKept(time)) continue;
    copySample(run, i, out, count, bodies);
    count++;
  }
  return { ...out, count, bodies: bodies.size > 0 ? bodies : undefined };
}

/** The samples of both; where both have one at the same time, that of `right`. */
export function mergeRuns(left: Run, right: Run): Run {
  if (left.count === 0) return right;
  if (right.count === 0) return left;
  const out = emptyRun(left.count + right.count);
  const bodies = new Map<number, Uint8Array>();
  let count = 0;
  for (let i = 0, k = 0; i < left.count || k < right.count; count++) {
    const a = i < left.count ? (left.times[i] as number) : Number.POSITIVE_INFINITY;
    const b = k < right.count ? (right.times[k] as number) : Number.POSITIVE_INFINITY;
    if (b <= a) copySample(right, k++, out, count, bodies);
    else copySample(left, i, out, count, bodies);
    if (a <= b) i++;
  }
  return { ...out, count, bodies: bodies.size > 0 ? bodies : undefined };
}

/** All of them, one after the other: each begins after the one before ends. */
export function joinRuns(runs: readonly Run[]): Run {
  if (runs.length === 1) return runs[0] as Run;
  const out = emptyRun(runs.reduce((sum, { count }) => sum + count, 0));
  const bodies = new Map<number, Uint8Array>();
  let at = 0;
  for (const run of runs) {
    out.times.set(run.times.subarray(0, run.count), at);
    out.bits.set(run.bits.subarray(0, 2 * run.count), 2 * at);
    for (const [i, body] of run.bodies ?? []) if (i < run.count) bodies.set(at + i, body);
    at += run.count;
  }
  return { ...out, count: at, bodies: bodies.size > 0 ? bodies : undefined };
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

/** The bodies of samples from … to-1, counted from `from`. */
export function shifted(bodies: ReadonlyMap<number, Uint8Array>, from: number, to: number): Map<number, Uint8Array> | undefined {
  const found = new Map<number, Uint8Array>();
  for (const [i, body] of bodies) if (i >= from && i < to) found.set(i - from, body);
  return found.size > 0 ? found : undefined;
}

function copySample(run: Run, i: number, out: ReturnType<typeof emptyRun>, k: number, bodies: Map<number, Uint8Array>): void {
  out.times[k] = run.times[i] as number;
  copyValue(run.bits, i, out.bits, k);
  const body = run.bodies?.get(i);
  if (body) bodies.set(k, body);
}
