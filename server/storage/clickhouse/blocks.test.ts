import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOf } from '../../model/stale.ts';
import { BlockEncoder, BlockReader, blockEnd, MAX_BLOCK_SAMPLES, partitionOf } from './blocks.ts';
import { decodeNativeBlocks, encodeNativeBlock } from './native.ts';
import { lowerBound } from './run.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

const value = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY));
const samples = fc.array(fc.tuple(fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: METRIC_PARTITION_MS })), value), {
  minLength: 1,
});

/** Encodes a series as a flush does. */
function encoded(times: Float64Array, values: Float64Array): BlockReader {
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
  return new BlockReader(block);
}

/** Encodes a series and decodes it as a read does. */
function roundTrip(times: Float64Array, values: Float64Array): { times: Float64Array; values: Float64Array } {
  const reader = encoded(times, values);
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

describe('blocks', () => {
  it('give back every sample by its bits', () => {
    fc.assert(
      fc.property(samples, (list) => {
        let time = 1_700_000_000_000;
        const times = Float64Array.from(list, ([gap]) => {
          time += gap;
          return time;
        });
        const values = Float64Array.from(list, ([, v]) => v);
        const out = roundTrip(times, values);
        expect(out.times).toEqual(times);
        expect(new BigUint64Array(out.values.buffer)).toEqual(new BigUint64Array(values.buffer));
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

  it('split long runs of a regular counter', () => {
    const times = Float64Array.from({ length: 50_000 }, (_, i) => 1_700_000_000_000 + i * 15_000);
    const values = Float64Array.from({ length: 50_000 }, (_, i) => i * 7);
    const out = roundTrip(times, values);
    expect(out.times).toEqual(times);
    expect(out.values).toEqual(values);
  });
});
