import { describe, expect, it } from 'vitest';
import { bitsOf, writeStaleAt } from '../../model/stale.ts';
import { ROLLUP_GRIDS } from '../rollup-tiers.ts';
import { countFalls, Outline } from './outline.ts';
import type { Run } from './run.ts';

const MINUTE = 60_000;

function runOf(samples: readonly (readonly [timeMs: number, value: number | 'stale'])[]): Run {
  const values = Float64Array.from(samples, ([, value]) => (value === 'stale' ? 0 : value));
  const bits = bitsOf(values);
  samples.forEach(([, value], i) => {
    if (value === 'stale') writeStaleAt(bits, i);
  });
  return { times: Float64Array.from(samples, ([time]) => time), values, bits, count: samples.length };
}

/** The times of what is kept. */
function outlineOf(run: Run, tier: 'fine' | 'coarse', keepsFalls = true): number[] {
  const outline = new Outline(2_048);
  outline.draw(run, 0, run.count, ROLLUP_GRIDS[tier], keepsFalls);
  return outline.count === 0 ? [] : [...run.times].filter((_, i) => outline.isKept[i] === 1);
}

const every = (stepMs: number, count: number, valueAt: (i: number) => number | 'stale' = (i) => i): Run =>
  runOf(Array.from({ length: count }, (_, i) => [i * stepMs + 1_000, valueAt(i)] as const));

describe('an outline', () => {
  it('keeps two samples up to each edge and one after it', () => {
    expect(outlineOf(every(10_000, 70), 'fine')).toEqual([1_000, 281_000, 291_000, 301_000, 581_000, 591_000, 601_000, 681_000, 691_000]);
  });

  it('of the coarse grid knows edges five minutes before, too', () => {
    const times = outlineOf(every(10_000, 200), 'coarse');
    expect(times).toEqual([1_000, 1_481_000, 1_491_000, 1_501_000, 1_781_000, 1_791_000, 1_801_000, 1_981_000, 1_991_000]);
  });

  it('keeps both sides of a fall, unless they do not matter', () => {
    const run = every(10_000, 30, (i) => (i < 7 ? i : i - 7));
    const ends = [1_000, 281_000, 291_000];
    expect(outlineOf(run, 'fine')).toEqual([1_000, 61_000, 71_000, 281_000, 291_000]);
    expect(outlineOf(run, 'fine', false)).toEqual(ends);
    expect(countFalls(run, 0, run.count)).toBe(1);
  });

  it('keeps what is not a number with its neighbours, and looks past stale markers for the last two', () => {
    const values = (i: number) => (i === 5 ? Number.NaN : i === 28 || i === 29 ? 'stale' : i);
    expect(outlineOf(every(10_000, 60, values), 'fine')).toEqual([0, 4, 5, 6, 26, 27, 28, 29, 30, 58, 59].map((i) => i * 10_000 + 1_000));
    expect(countFalls(every(10_000, 60, values), 0, 60)).toBe(0);
  });

  it('takes the edge itself for the side before it, and one look for several edges in a gap', () => {
    const run = runOf([...Array.from({ length: 20 }, (_, i) => [i * 15_000 + 15_000, i] as const), [40 * MINUTE, 50], [41 * MINUTE, 51]]);
    expect(outlineOf(run, 'fine')).toEqual([15_000, 285_000, 300_000, 40 * MINUTE, 41 * MINUTE]);
  });

  it('is empty where it would hold more than a third', () => {
    expect(outlineOf(every(MINUTE, 100), 'fine')).toEqual([]);
    expect(outlineOf(every(MINUTE, 100), 'coarse').length).toBeGreaterThan(5);
    expect(outlineOf(every(10_000, 1), 'fine')).toEqual([]);
  });
});
