import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { bitsOf } from '../../model/stale.ts';
import { PieceWriter } from '../packed/piece-writer.ts';
import { unpack } from '../packed/unpacker.ts';
import { BlockEncoder, BlockReader, blockEnd, MAX_BLOCK_SAMPLES, partitionOf } from './blocks.ts';
import { Deltas } from './deltas.ts';
import { decodeNativeBlocks, encodeNativeBlock } from './native.ts';
import { lowerBound } from './run.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

const value = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY));
const samples = fc.array(fc.tuple(fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: METRIC_PARTITION_MS })), value), {
  minLength: 1,
});

/** Encodes a series as a flush does; answers it as a read has it, or as it is kept. */
function encoded(times: Float64Array, values: Float64Array, isKept = false): BlockReader {
  const encoder = new BlockEncoder(7);
  const run = { times, values, bits: bitsOf(values), count: times.length };
  for (let start = 0; start < times.length; ) {
    const end = blockEnd(times, start, times.length);
    expect(end - start).toBeLessThanOrEqual(MAX_BLOCK_SAMPLES);
    expect(partitionOf(times[end - 1] as number)).toBe(partitionOf(times[start] as number));
    encoder.add(1, 2, run, start, end);
    start = end;
  }
  const [block] = decodeNativeBlocks(Buffer.concat(encodeNativeBlock(encoder.rows, encoder.columns())));
  if (!block) throw new Error('nothing was encoded');
  return new BlockReader(block, { isKept });
}

/** Encodes a series and decodes it as a read does. */
function roundTrip(times: Float64Array, values: Float64Array, isKept = false): { times: Float64Array; values: Float64Array } {
  const reader = encoded(times, values, isKept);
  const out = { times: new Float64Array(times.length), values: new Float64Array(times.length) };
  let at = 0;
  for (let row = 0; row < reader.rows; row++) {
    reader.decodeTimes(row, out.times, at);
    reader.decodeValues(row, out.values, at);
    expect([reader.minMs(row), reader.series[row]]).toEqual([times[at], 2]);
    at += reader.counts[row] as number;
    expect(reader.maxMs(row)).toBe(times[at - 1]);
  }
  return out;
}

/** As they lie in a result: at an odd place. */
function storedDeltas(rows: readonly (readonly number[])[]): { bytes: Uint8Array; ends: Uint32Array } {
  const all = new Uint8Array(Int32Array.from(rows.flat()).buffer);
  const bytes = new Uint8Array(all.length + 1).subarray(1);
  bytes.set(all);
  let end = 0;
  return { bytes, ends: Uint32Array.from(rows, ({ length }) => (end += length)) };
}

describe('blocks', () => {
  it('are the same from an encoder that was used before', () => {
    fc.assert(
      fc.property(fc.array(samples, { minLength: 2, maxLength: 4 }), (series) => {
        const used = new BlockEncoder(7);
        for (const one of series) {
          const times = Float64Array.from({ length: one.length }, (_, i) => 1_000 * i);
          const values = Float64Array.from(one, ([, value]) => value);
          const run = { times, values, bits: bitsOf(values), count: one.length };
          const fresh = new BlockEncoder(7);
          used.clear();
          for (const encoder of [used, fresh]) encoder.add(1, 2, run, 0, one.length);
          const bytesOfAll = (encoder: BlockEncoder) =>
            [encoder.columns(), encoder.rollupColumns()].map((columns) => Buffer.concat(encodeNativeBlock(encoder.rows, columns)));
          expect(bytesOfAll(used)).toEqual(bytesOfAll(fresh));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('give back every sample by its bits', () => {
    fc.assert(
      fc.property(samples, (list) => {
        let time = 1_700_000_000_000;
        const times = Float64Array.from(list, ([gap]) => {
          time += gap;
          return time;
        });
        const values = Float64Array.from(list, ([, v]) => v);
        for (const isKept of [false, true]) {
          const out = roundTrip(times, values, isKept);
          expect(out.times).toEqual(times);
          expect(new BigUint64Array(out.values.buffer)).toEqual(new BigUint64Array(values.buffer));
        }
      }),
    );
  });

  it('give any part of their samples, and where a time lies', () => {
    const wholes = fc.array(fc.tuple(fc.constantFrom(15_000, 15_000, 15_001, 40_000), fc.oneof(fc.integer(), fc.constant(0.5))), {
      minLength: 1,
    });
    fc.assert(
      fc.property(wholes, fc.nat(), fc.nat(), fc.nat({ max: 40_001 }), (list, a, b, aside) => {
        let time = 1_700_000_000_000;
        const times = Float64Array.from(list, ([gap]) => {
          time += gap;
          return time;
        });
        const values = Float64Array.from(list, ([, v]) => v);
        const from = a % list.length;
        const to = from + 1 + (b % (list.length - from));
        const reader = encoded(times, values);
        const out = { times: new Float64Array(to - from + 2).fill(-1), values: new Float64Array(to - from + 2).fill(-1) };
        reader.decodeTimes(0, out.times, 1, from, to);
        reader.decodeValues(0, out.values, 1, from, to);
        expect([...out.times]).toEqual([-1, ...times.subarray(from, to), -1]);
        expect([...out.values]).toEqual([-1, ...values.subarray(from, to), -1]);
        const wanted = (times[from] as number) + aside - 20_000;
        expect(reader.lowerBound(0, wanted)).toBe(lowerBound(times, times.length, wanted));
        expect(reader.lowerBound(0, wanted + 0.5)).toBe(lowerBound(times, times.length, wanted + 0.5));
      }),
      { numRuns: 500 },
    );
  });

  it('are kept in as few bytes as their differences need, and read like others', () => {
    const edges = [0, 1, 127, 128, 32_767, 32_768, 2 ** 31 - 1].flatMap((size) => [size, -size]);
    const rows = fc.array(fc.array(fc.constantFrom(...edges), { maxLength: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(), (rows, a, b) => {
        const { bytes, ends } = storedDeltas(rows);
        const [stored, kept] = [Deltas.stored(bytes, ends), Deltas.narrowed(bytes, ends)];
        for (const [row, deltas] of rows.entries()) {
          const most = deltas.reduce((most, delta) => Math.max(most, Math.abs(delta)), 0);
          expect(kept.width(row)).toBe(most < 128 ? 1 : most < 32_768 ? 2 : 4);
          expect(kept.bytes(row, deltas.length)).toHaveLength(deltas.length * kept.width(row));
          const from = a % (deltas.length + 1);
          const to = from + 1 + (b % (deltas.length + 1 - from));
          const [expected, out] = [new Float64Array(to - from + 2), new Float64Array(to - from + 2)];
          stored.decode(row, 5, expected, 1, from, to);
          kept.decode(row, 5, out, 1, from, to);
          expect(out).toEqual(expected);
          const values = [5, ...deltas].map((_, i) => deltas.slice(0, i).reduce((sum, delta) => sum + delta, 5));
          expect([...out]).toEqual([0, ...values.slice(from, to), 0]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('go to threads as pieces of any width', () => {
    for (const step of [3, 300, 100_000, 0.5]) {
      const values = Float64Array.from({ length: 100 }, (_, i) => i * i * step);
      const times = values.map((_, i) => 1_700_000_000_000 + i * 15_000);
      for (const isKept of [false, true])
        for (const [from, to] of [
          [0, 100],
          [0, 1],
          [99, 100],
          [31, 64],
        ] as const) {
          const reader = encoded(times, values, isKept);
          const memory = new SharedArrayBuffer(reader.pieceBytes(0, from, to));
          const writer = new PieceWriter(memory);
          writer.block(reader.piece(0, from, to));
          expect(writer.at).toBe(memory.byteLength);
          const counts = Uint32Array.of(to - from);
          const set = unpack({ labels: [Labels.EMPTY], ends: Uint32Array.of(writer.at), counts, memory, isRolled: false });
          expect(set.timestampsMs).toEqual(times.slice(from, to));
          expect(set.values).toEqual(values.slice(from, to));
        }
    }
  });

  it('split long runs of a regular counter', () => {
    const times = Float64Array.from({ length: 50_000 }, (_, i) => 1_700_000_000_000 + i * 15_000);
    const values = Float64Array.from({ length: 50_000 }, (_, i) => i * 7);
    const out = roundTrip(times, values);
    expect(out.times).toEqual(times);
    expect(out.values).toEqual(values);
  });
});
