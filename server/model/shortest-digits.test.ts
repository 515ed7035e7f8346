import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatShort } from './go-number.ts';
import { LONGEST_NUMBER_BYTES, writeShort } from './shortest-digits.ts';

const MARK = 0xff;
const bytes = new Uint8Array(LONGEST_NUMBER_BYTES + 2);
const out = { bytes, view: new DataView(bytes.buffer) };
const text = new TextDecoder();

/** What is written from the second byte on; nothing may be written behind the longest number. */
function written(value: number): string {
  bytes.fill(MARK);
  const end = writeShort(value, out, 1);
  expect(bytes[0], `before ${value}`).toBe(MARK);
  expect(bytes[LONGEST_NUMBER_BYTES + 1], `behind ${value}`).toBe(MARK);
  return text.decode(bytes.subarray(1, end));
}

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** The doubles around a number, `count` on each side. */
function around(value: number, count: number): number[] {
  return Array.from({ length: 2 * count + 1 }, (_, i) => {
    double[0] = value;
    words[0] = ((words[0] as number) + i - count) >>> 0;
    return double[0] as number;
  });
}

describe('shortest digits are those of String()', () => {
  it.each([0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, Number.MAX_VALUE, 1e21, 1e-7])('%s', (value) => {
    expect(written(value)).toBe(formatShort(value));
  });

  it('of any double', () => {
    fc.assert(
      fc.property(fc.double(), (value) => written(value) === formatShort(value)),
      { numRuns: 20_000 },
    );
  });

  it('of measurements: decimals of few digits, fractions, whole numbers, both signs', () => {
    const decimal = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 22 })).map(([whole, places]) => Number(`${whole}e-${places}`));
    const fraction = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 1e6 })).map(([above, below]) => above / below);
    const value = fc.oneof(decimal, fraction, fc.maxSafeInteger());
    fc.assert(
      fc.property(value, (one) => written(one) === formatShort(one)),
      { numRuns: 50_000 },
    );
  });

  it('around powers of two and ten, where intervals change their width and numbers their length', () => {
    const powers = [...Array.from({ length: 80 }, (_, i) => 2 ** (i - 25)), ...Array.from({ length: 30 }, (_, i) => Number(`1e${i - 8}`))];
    for (const power of powers) for (const value of around(power, 20)) expect(written(-value)).toBe(formatShort(-value));
  });
});
