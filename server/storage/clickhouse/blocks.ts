// A block is one row of the table `samples`: up to MAX_BLOCK_SAMPLES samples of one series, within one partition.
//   times   min_t, then runs: repeats[i] times a step of steps[i] ms. A regular scrape is one run.
//   values  either whole numbers: first, then deltas[i] = values[i+1] - values[i]; `floats` is empty;
//           or anything else: `floats` holds every value by its bits (NaN payloads, -0); `deltas` is empty.
//   last    the last value by its bits, so that a duplicate is recognised after a restart; of a histogram its checksum.
//   bodies  of each sample that is a histogram: u32 bytes, then the encoded histogram. Its value is the mark for it (run.ts).
// Blocks of one flush (generation) do not overlap; those of different ones do where samples came late.
import { crc32 } from 'node:zlib';
import { bitsOf } from '../../model/stale.ts';
import { type BlockPiece, floatBytes, wholeBytes } from '../packed/piece-writer.ts';
import { BytesColumn, Column, push, pushBig } from './column.ts';
import { Deltas } from './deltas.ts';
import { arrayColumn, bytesOf, fixedColumn, type NativeBlock, type NativeColumn, type TextData } from './native.ts';
import { RollupEncoder } from './rollup-columns.ts';
import { emptyRun, HISTOGRAM_HIGH, isHistogramAt, type Run } from './run.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

export const MAX_BLOCK_SAMPLES = 2048;
/** Rows of `samples` that are read at a time at most; there may be a hundred thousand that are short. Of long ones a megabyte is. */
export const BLOCK_ROWS = 8192;
const MAX_INT32 = 2_147_483_647;
const MAX_UINT16 = 65_535;
const BYTES_PER_UNIT = 16;

/** Collects blocks for one insert, and their rollups for another. */
export class BlockEncoder {
  rows = 0;
  /** Memory, in samples without histograms. */
  units = 0;
  readonly #generation: number;
  readonly #metric = new Column((n) => new Uint32Array(n));
  readonly #series = new Column((n) => new Uint32Array(n));
  readonly #minT = new Column((n) => new BigInt64Array(n));
  readonly #maxT = new Column((n) => new BigInt64Array(n));
  readonly #count = new Column((n) => new Uint32Array(n));
  readonly #first = new Column((n) => new Float64Array(n));
  readonly #last = new Column((n) => new Float64Array(n));
  readonly #steps = new Column((n) => new Uint32Array(n));
  readonly #stepEnds = new Column((n) => new BigUint64Array(n));
  readonly #repeats = new Column((n) => new Uint16Array(n));
  readonly #deltas = new Column((n) => new Int32Array(n));
  readonly #deltaEnds = new Column((n) => new BigUint64Array(n));
  readonly #floats = new Column((n) => new Float64Array(n));
  readonly #floatEnds = new Column((n) => new BigUint64Array(n));
  readonly #bodyBytes = new Column((n) => new Uint32Array(n));
  readonly #bodies = new BytesColumn();
  readonly #rollups = new RollupEncoder(MAX_BLOCK_SAMPLES);
  #hasBodies = false;

  /** For blocks of flush `generation`. */
  constructor(generation: number) {
    this.#generation = generation;
  }

  /** Adds one block of samples start … end-1; at most MAX_BLOCK_SAMPLES, all in one partition, at least one. */
  add(metric: number, series: number, run: Run, start: number, end: number): void {
    const { times, values } = run;
    push(this.#metric, metric);
    push(this.#series, series);
    pushBig(this.#minT, BigInt(times[start] as number));
    pushBig(this.#maxT, BigInt(times[end - 1] as number));
    push(this.#count, end - start);
    this.#addTimes(times, start, end);
    const isWhole = this.#addDeltas(values, start, end);
    push(this.#first, isWhole ? (values[start] as number) : 0);
    copyBits(this.#last, values, end - 1, end);
    const hasBodies = this.#addBodies(run, start, end);
    this.#rollups.add(run, start, end, { metric, series, isWhole, hasBodies });
    if (!isWhole) copyBits(this.#floats, values, start, end);
    pushBig(this.#deltaEnds, BigInt(this.#deltas.length));
    pushBig(this.#floatEnds, BigInt(this.#floats.length));
    this.rows++;
    this.units += end - start;
  }

  /** Begins anew in the same memory, which whoever was given columns may not look at any more. */
  clear(): void {
    this.rows = 0;
    this.units = 0;
    this.#hasBodies = false;
    const ofRows = [
      this.#metric,
      this.#series,
      this.#minT,
      this.#maxT,
      this.#count,
      this.#first,
      this.#last,
      this.#bodyBytes,
      this.#bodies,
    ];
    const ofArrays = [this.#steps, this.#stepEnds, this.#repeats, this.#deltas, this.#deltaEnds, this.#floats, this.#floatEnds];
    for (const column of [...ofRows, ...ofArrays, this.#rollups]) column.clear();
  }

  /** The rows of `rollups` that belong to the blocks, in the same order. */
  rollupColumns(): NativeColumn[] {
    return this.#rollups.columns(this.#generation);
  }

  columns(): NativeColumn[] {
    const bodies = [this.#bodyBytes.native('body_bytes', 'UInt32'), this.#bodies.native('bodies')];
    return [
      fixedColumn('generation', 'UInt32', new Uint32Array(this.rows).fill(this.#generation)),
      fixedColumn('metric', 'UInt32', this.#metric.filled()),
      fixedColumn('series', 'UInt32', this.#series.filled()),
      fixedColumn('min_t', 'Int64', this.#minT.filled()),
      fixedColumn('max_t', 'Int64', this.#maxT.filled()),
      fixedColumn('count', 'UInt32', this.#count.filled()),
      fixedColumn('first', 'Float64', this.#first.filled()),
      fixedColumn('last', 'Float64', this.#last.filled()),
      arrayColumn('steps', 'UInt32', this.#stepEnds.filled(), this.#steps.filled()),
      arrayColumn('repeats', 'UInt16', this.#stepEnds.filled(), this.#repeats.filled()),
      arrayColumn('deltas', 'Int32', this.#deltaEnds.filled(), this.#deltas.filled()),
      arrayColumn('floats', 'Float64', this.#floatEnds.filled(), this.#floats.filled()),
      ...(this.#hasBodies ? bodies : []),
    ];
  }

  /** Whether there are any. */
  #addBodies({ bodies }: Run, start: number, end: number): boolean {
    const parts: Uint8Array[] = [];
    for (let i = start; bodies && i < end; i++) {
      const body = bodies.get(i);
      if (body) parts.push(bytesOf(Uint32Array.of(body.length)), body);
    }
    this.#bodies.push(parts);
    const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
    push(this.#bodyBytes, sizeBytes);
    if (sizeBytes === 0) return false;
    this.#hasBodies = true;
    this.units += Math.ceil(sizeBytes / BYTES_PER_UNIT);
    const last = bodies?.get(end - 1);
    if (!last) return true;
    const bits = bitsOf(this.#last.data);
    const at = this.#last.length - 1;
    bits[2 * at] = crc32(last);
    bits[2 * at + 1] = HISTOGRAM_HIGH;
    return true;
  }

  #addTimes(times: Float64Array, start: number, end: number): void {
    let repeat = 0;
    let step = 0;
    for (let i = start + 1; i < end; i++) {
      const gap = (times[i] as number) - (times[i - 1] as number);
      if (repeat > 0 && (gap !== step || repeat === MAX_UINT16)) {
        push(this.#steps, step);
        push(this.#repeats, repeat);
        repeat = 0;
      }
      step = gap;
      repeat++;
    }
    if (repeat > 0) {
      push(this.#steps, step);
      push(this.#repeats, repeat);
    }
    pushBig(this.#stepEnds, BigInt(this.#steps.length));
  }

  /** Adds the deltas if all values are whole, their deltas fit, and none is -0; otherwise adds nothing. */
  #addDeltas(values: Float64Array, start: number, end: number): boolean {
    const before = this.#deltas.length;
    const at = this.#deltas.grow(end - start - 1) - start - 1;
    const { data } = this.#deltas;
    let previous = values[start] as number;
    let isWhole = Number.isSafeInteger(previous) && !Object.is(previous, -0);
    for (let i = start + 1; isWhole && i < end; i++) {
      const value = values[i] as number;
      const delta = value - previous;
      isWhole = Number.isSafeInteger(value) && delta <= MAX_INT32 && delta >= -MAX_INT32 && !Object.is(value, -0);
      data[at + i] = delta;
      previous = value;
    }
    if (!isWhole) this.#deltas.length = before;
    return isWhole;
  }
}

/** Copies by memory, not by number: a NaN keeps its payload. */
function copyBits(column: Column<Float64Array>, values: Float64Array, start: number, end: number): void {
  const at = column.grow(end - start);
  column.data.set(values.subarray(start, end), at);
}

/** Where the block that begins at `start` must end: at the partition's border, the block's limit or `end`. */
export function blockEnd(times: Float64Array, start: number, end: number): number {
  const border = (partitionOf(times[start] as number) + 1) * METRIC_PARTITION_MS;
  let stop = Math.min(end, start + MAX_BLOCK_SAMPLES);
  if ((times[stop - 1] as number) < border) return stop;
  while ((times[stop - 1] as number) >= border) stop--;
  return stop;
}

/** The partition of a time. */
export function partitionOf(timestampMs: number): number {
  return Math.floor(timestampMs / METRIC_PARTITION_MS);
}

/** Reads the blocks of one result block. */
export class BlockReader {
  readonly rows: number;
  readonly series: Uint32Array;
  readonly counts: Uint32Array;
  readonly #minMs: Float64Array;
  readonly #maxMs: Float64Array;
  readonly #first: Float64Array;
  readonly #steps: Uint32Array;
  readonly #stepEnds: Uint32Array;
  readonly #repeats: Uint16Array;
  /** Most of the result. */
  readonly #deltas: Deltas;
  readonly #floats: Float64Array;
  readonly #floatEnds: Uint32Array;
  readonly #bodies: TextData | undefined;
  readonly #generation: Uint32Array;

  /** Columns a query must select; `bodies` only where there may be histograms. */
  static readonly COLUMNS = 'generation, series, min_t, max_t, count, first, steps, repeats, deltas, floats';

  /** What `isKept` is made small, and has memory of its own; else most are views of the result's memory. */
  constructor(block: NativeBlock, { hasBodies = false, isKept = false } = {}) {
    const own = isKept ? <T extends { slice(): T }>(column: T) => column.slice() : <T>(column: T) => column;
    this.rows = block.rows;
    this.#generation = own(block.fixed('generation', 'UInt32'));
    this.#bodies = hasBodies ? block.texts('bodies') : undefined;
    this.series = own(block.fixed('series', 'UInt32'));
    this.counts = own(block.fixed('count', 'UInt32'));
    this.#minMs = block.wholes('min_t');
    this.#maxMs = block.wholes('max_t');
    this.#first = own(block.fixed('first', 'Float64'));
    const steps = block.array('steps', 'UInt32');
    this.#steps = own(steps.elements);
    this.#stepEnds = steps.ends;
    this.#repeats = own(block.array('repeats', 'UInt16').elements);
    const { bytes, ends } = block.arrayBytes('deltas', 'Int32');
    this.#deltas = isKept ? Deltas.narrowed(bytes, ends) : Deltas.stored(bytes, ends);
    const floats = block.array('floats', 'Float64');
    this.#floats = own(floats.elements);
    this.#floatEnds = floats.ends;
  }

  minMs(row: number): number {
    return this.#minMs[row] as number;
  }

  maxMs(row: number): number {
    return this.#maxMs[row] as number;
  }

  /** About how much memory the rows take. */
  get sizeBytes(): number {
    const arrays = [this.#steps, this.#repeats, this.#floats, this.#stepEnds, this.#floatEnds];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#deltas.sizeBytes + 40 * this.rows);
  }

  /** The flush that stored a row. */
  generation(row: number): number {
    return this.#generation[row] as number;
  }

  /** Bytes of a row's histograms. */
  bodyBytes(row: number): number {
    return this.#bodies?.sizes[row] ?? 0;
  }

  /** All samples of a row. Histograms are views of the result's memory. */
  run(row: number): Run {
    const count = this.counts[row] as number;
    const columns = emptyRun(count);
    this.decodeTimes(row, columns.times, 0);
    this.decodeValues(row, columns.values, 0);
    return { ...columns, count, bodies: this.bodies(row, columns.bits, count) };
  }

  /** The histograms of a row whose `count` values are in `bits`, by the number of their sample. */
  bodies(row: number, bits: Uint32Array, count: number): Map<number, Uint8Array> | undefined {
    if (this.bodyBytes(row) === 0 || !this.#bodies) return undefined;
    const { bytes, offsets } = this.#bodies;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const found = new Map<number, Uint8Array>();
    let at = offsets[row] as number;
    for (let i = 0; i < count; i++) {
      if (!isHistogramAt(bits, i)) continue;
      const length = view.getUint32(at, true);
      found.set(i, bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    return found;
  }

  /** Which of a row's samples is the first at `timestampMs` or later; their count when none is. */
  lowerBound(row: number, timestampMs: number): number {
    const runEnd = this.#stepEnds[row] as number;
    let time = this.#minMs[row] as number;
    if (time >= timestampMs) return 0;
    let index = 0;
    for (let run = start(this.#stepEnds, row); run < runEnd; run++) {
      const step = this.#steps[run] as number;
      const repeats = this.#repeats[run] as number;
      const lastMs = time + step * repeats;
      if (lastMs >= timestampMs) return index + Math.ceil((timestampMs - time) / step);
      time = lastMs;
      index += repeats;
    }
    return this.counts[row] as number;
  }

  /** Writes the times of a row's samples from … to-1 to `out` from `at` on. */
  decodeTimes(row: number, out: Float64Array, at: number, from = 0, to = this.counts[row] as number): void {
    const runEnd = this.#stepEnds[row] as number;
    let time = this.#minMs[row] as number;
    let index = 0;
    if (from === 0) out[at] = time;
    for (let run = start(this.#stepEnds, row); run < runEnd && index + 1 < to; run++) {
      const step = this.#steps[run] as number;
      const last = index + (this.#repeats[run] as number);
      const end = Math.min(last, to - 1);
      let next = Math.max(index + 1, from);
      let nextMs = time + step * (next - index);
      for (; next <= end; next++) {
        out[at + next - from] = nextMs;
        nextMs += step;
      }
      time += step * (last - index);
      index = last;
    }
  }

  /** How long the piece of a row's samples from … to-1 will be. */
  pieceBytes(row: number, from: number, to: number): number {
    const runs = (this.#stepEnds[row] as number) - start(this.#stepEnds, row);
    return this.isWhole(row) ? wholeBytes(runs, (to - 1) * this.#deltas.width(row)) : floatBytes(runs, to - from);
  }

  /** A row's samples from … to-1 as they are stored (storage/packed/). The arrays are views of what the reader holds. */
  piece(row: number, from: number, to: number): BlockPiece {
    const runs = [start(this.#stepEnds, row), this.#stepEnds[row] as number] as const;
    const floatStart = start(this.#floatEnds, row);
    const isWhole = this.isWhole(row);
    return {
      firstMs: this.#minMs[row] as number,
      samples: to - from,
      skipped: from,
      steps: this.#steps.subarray(...runs),
      repeats: this.#repeats.subarray(...runs),
      first: this.#first[row] as number,
      deltas: this.#deltas.bytes(row, isWhole ? to - 1 : 0),
      width: this.#deltas.width(row),
      floats: isWhole ? undefined : this.#floats.subarray(floatStart + from, floatStart + to),
    };
  }

  /** Whether all values of a row are whole numbers; then none is a stale marker. */
  isWhole(row: number): boolean {
    return this.#floatEnds[row] === start(this.#floatEnds, row);
  }

  /** Writes the values of a row's samples from … to-1 to `out` from `at` on. */
  decodeValues(row: number, out: Float64Array, at: number, from = 0, to = this.counts[row] as number): void {
    const floatStart = start(this.#floatEnds, row);
    if ((this.#floatEnds[row] as number) > floatStart) {
      out.set(this.#floats.subarray(floatStart + from, floatStart + to), at);
      return;
    }
    this.#deltas.decode(row, this.#first[row] as number, out, at, from, to);
  }
}

function start(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : (ends[row - 1] as number);
}
