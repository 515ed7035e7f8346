import { describe, expect, it } from 'vitest';
import { bitsOf, isStaleAt, writeStaleAt } from '../../model/stale.ts';
import { Outline } from '../clickhouse/outline.ts';
import { OutlineEncoder } from '../clickhouse/outline-encoder.ts';
import type { Run } from '../clickhouse/run.ts';
import type { RollupTier } from '../rollup-tiers.ts';
import { ROLLUP_GRIDS } from '../rollup-tiers.ts';
import { Views } from './differences.ts';
import { decodeOutline, isWholeOutline, outlineCount } from './outline-codec.ts';
import { alignedTo8 } from './packed-series.ts';

function runOf(count: number, timeAt: (i: number) => number, valueAt: (i: number) => number | 'stale'): Run {
  const values = new Float64Array(count);
  const bits = bitsOf(values);
  for (let i = 0; i < count; i++) {
    const value = valueAt(i);
    if (value === 'stale') writeStaleAt(bits, i);
    else values[i] = value;
  }
  return { times: Float64Array.from({ length: count }, (_, i) => timeAt(i)), values, bits, count };
}

/** What comes back of a run, and how many bytes it took. */
function throughBytes(run: Run, tier: RollupTier, isWhole: boolean) {
  const outline = new Outline(2_048);
  outline.draw(run, 0, run.count, ROLLUP_GRIDS[tier], false);
  const bytes = Uint8Array.from(new OutlineEncoder(2_048).encode(run, 0, run.count, outline, isWhole));
  const count = outlineCount(bytes, 0);
  expect(count).toBe(outline.count);
  const target = { timestampsMs: new Float64Array(count + 3), values: new Float64Array(count + 3), ordinals: new Uint32Array(count + 3) };
  // Not the first in its memory.
  const views = new Views(new ArrayBuffer(alignedTo8(bytes.length) + 16));
  views.u8.set(bytes, 16);
  const next = decodeOutline(views, 16, run.times[0] as number, target, 3, 1_000);
  const kept = [...run.times.keys()].filter((i) => outline.isKept[i] === 1);
  const bits = bitsOf(target.values);
  const { bits: before } = run;
  kept.forEach((i, k) => {
    expect(target.timestampsMs[k + 3]).toBe(run.times[i]);
    expect([bits[2 * k + 6], bits[2 * k + 7]]).toEqual([before[2 * i], before[2 * i + 1]]);
    const ordinal = [...run.times.keys()].filter((j) => j < i && !isStaleAt(before, j)).length;
    expect(target.ordinals[k + 3]).toBe(1_000 + ordinal);
  });
  expect(next).toBe(1_000 + [...run.times.keys()].filter((j) => !isStaleAt(before, j)).length);
  return { bytes: bytes.length, isWhole: isWholeOutline(bytes, 0), count };
}

const every15s = (i: number) => 1_750_000_007_000 + i * 15_000;

describe('the bytes of an outline', () => {
  it.each([
    ['differences of a byte', every15s, (i: number) => i, 1, 2],
    ['downwards', every15s, (i: number) => 5 - i * 6, 1, 2],
    ['of two bytes', every15s, (i: number) => i * 1_000, 2, 2],
    ['of four', every15s, (i: number) => i * 1e6, 4, 2],
    ['too large for four', every15s, (i: number) => i * 1e9, 8, 2],
    ['times in milliseconds', (i: number) => every15s(i) + (i % 7), (i: number) => i, 1, 4],
  ])('hold whole numbers: %s', (_, timeAt, valueAt, valueBytes, timeBytes) => {
    const { bytes, isWhole, count } = throughBytes(runOf(480, timeAt, valueAt), 'fine', true);
    expect(isWhole).toBe(valueBytes < 8);
    expect(Math.abs(bytes - 12 - count * (valueBytes + timeBytes + 1))).toBeLessThanOrEqual(10);
  });

  it('hold anything else by its bits', () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, -0, 0.1, 5e-324];
    const values = (i: number) => (i % 50 === 20 || i > 477 ? 'stale' : i % 97 === 5 ? (odd[i % 5] as number) : i / 7);
    expect(throughBytes(runOf(480, every15s, values), 'fine', false).isWhole).toBe(false);
  });

  it('hold a full block and gaps of days', () => {
    throughBytes(
      runOf(2_048, every15s, (i) => i),
      'coarse',
      true,
    );
    throughBytes(
      runOf(
        300,
        (i) => every15s(i) + (i > 150 ? 2 * 86_400_000 : 0),
        (i) => i,
      ),
      'coarse',
      true,
    );
    throughBytes(
      runOf(
        1_500,
        (i) => 1_750_000_000_000 + i * 1_000,
        (i) => i,
      ),
      'coarse',
      true,
    );
  });
});
