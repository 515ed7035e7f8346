import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatShort } from '../../model/go-number.ts';
import { Labels } from '../../model/labels.ts';
import type { Matrix } from '../query.ts';
import { metricWriter, secondsText } from './json-parts.ts';
import { encodeFloats } from './matrix-json.ts';

/** The same text, put together as it reads. */
function asText({ labels, values, present, steps, startMs, stepMs }: Matrix): string {
  const series = labels.map((one, row) => {
    const points = Array.from({ length: steps }, (_, t) => t)
      .filter((t) => present[row * steps + t] === 1)
      .map((t) => `[${secondsText(startMs + t * stepMs)},"${formatShort(values[row * steps + t] as number)}"]`);
    return `{"metric":${metricWriter()(one)}${points.length > 0 ? `,"values":[${points.join(',')}]` : ''}}`;
  });
  return `{"resultType":"matrix","result":[${series.join(',')}]}`;
}

const cell = fc.tuple(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, 1e-7, 1e21, 0.1)), fc.nat({ max: 3 }));
const matrix: fc.Arbitrary<Matrix> = fc
  .record({
    rows: fc.array(fc.array(cell, { minLength: 7, maxLength: 7 }), { maxLength: 5 }),
    name: fc.string({ unit: 'binary', maxLength: 8 }),
    startMs: fc.oneof(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_000 }), fc.constant(1_751_241_300_000)),
    stepMs: fc.constantFrom(1, 250, 15_000, 86_400_000),
  })
  .map(({ rows, name, startMs, stepMs }) => ({
    type: 'matrix',
    labels: rows.map((_, row) => Labels.from({ __name__: name, row: `${row} "ü"\n` })),
    values: Float64Array.from(rows.flatMap((row) => row.map(([value]) => value))),
    present: Uint8Array.from(rows.flatMap((row) => row.map(([, chance]) => (chance > 0 ? 1 : 0)))),
    steps: 7,
    startMs,
    stepMs,
  }));

describe('a matrix of floats', () => {
  it('is the text that it should be', () => {
    fc.assert(
      fc.property(matrix, (one) => {
        expect(new TextDecoder().decode(encodeFloats(one))).toBe(asText(one));
      }),
      { numRuns: 1_000 },
    );
  });

  it('grows beyond the memory that it starts with, and has room around it', () => {
    const steps = 2_000;
    const labels = Array.from({ length: 200 }, (_, row) => Labels.from({ row: String(row) }));
    const values = Float64Array.from({ length: labels.length * steps }, (_, i) => 1 / (i + 3));
    const present = new Uint8Array(values.length).fill(1);
    const large: Matrix = { type: 'matrix', labels, values, present, steps, startMs: 1_751_241_300_123, stepMs: 15_000 };
    const json = encodeFloats(large);
    expect(json.length).toBeGreaterThan(1 << 23);
    expect(new TextDecoder().decode(json) === asText(large)).toBe(true);
    expect(json.byteOffset).toBeGreaterThan(100);
    expect(json.buffer.byteLength - json.byteOffset - json.length).toBeGreaterThan(100);
  });
});
