import { beforeAll, describe, expect, it } from 'vitest';
import type { QueryEngine } from '../query.ts';
import { ask, engineOver } from '../testdata/ask.ts';

const MINUTE = 60_000;

describe('ranges with edges', () => {
  let engine: QueryEngine;
  beforeAll(async () => {
    // A value each minute from 0 on.
    engine = await engineOver(`
      steady 0 2 4 6 8 10 12
      reset 5 10 2 4 6
      gap 1 _ _ _ 9 _ _ _ _ _ _ _ _ 20
      once _ _ _ 7
    `);
  });

  const at = (expr: string, timeMs: number) => ask(engine, expr, timeMs);

  it('anchored begins with the last sample up to the left edge', async () => {
    expect(await at('increase(steady[90s] anchored)', 4 * MINUTE)).toEqual(['{} 4']);
    expect(await at('rate(steady[80s] anchored)', 4 * MINUTE)).toEqual([`{} ${4 / 80}`]);
    expect(await at('delta(steady[2m] anchored)', 3 * MINUTE + 30_000)).toEqual(['{} 4']);
  });

  it('anchored adds what was lost at resets, also right after the edge', async () => {
    expect(await at('increase(reset[3m] anchored)', 4 * MINUTE)).toEqual(['{} 6']);
    expect(await at('increase(reset[4m] anchored)', 4 * MINUTE)).toEqual(['{} 11']);
    expect(await at('resets(reset[150s] anchored)', 4 * MINUTE)).toEqual(['{} 1']);
    expect(await at('changes(reset[150s] anchored)', 4 * MINUTE)).toEqual(['{} 3']);
  });

  it('anchored begins with the first sample inside when there is none in the lookback before, and needs one inside', async () => {
    expect(await at('increase(once[2m] anchored)', 4 * MINUTE)).toEqual(['{} 0']);
    expect(await at('increase(once[1m] anchored)', 5 * MINUTE)).toEqual([]);
    expect(await at('increase(gap[1m] anchored)', 13 * MINUTE)).toEqual(['{} 0']);
    expect(await at('increase(gap[5m] anchored)', 4 * MINUTE)).toEqual(['{} 8']);
  });

  it('smoothed takes what lies between the samples around an edge', async () => {
    expect(await at('increase(steady[90s] smoothed)', 3 * MINUTE + 15_000)).toEqual(['{} 3']);
    expect(await at('rate(steady[1m] smoothed)', 3 * MINUTE + 15_000)).toEqual([`{} ${2 / 60}`]);
    expect(await at('increase(gap[1m] smoothed)', 3 * MINUTE)).toEqual(['{} 2']);
    expect(await at('increase(steady[2m] smoothed)', 6 * MINUTE + 30_000)).toEqual(['{} 3']);
    expect(await at('increase(steady[1m] smoothed)', 30 * MINUTE)).toEqual([]);
    expect(await at('increase(once[1m] smoothed)', 2 * MINUTE)).toEqual([]);
  });

  it('smoothed counters begin from zero after a reset', async () => {
    // The edge lies half-way between 10 and 2: the counter began again, so it was at 1.
    expect(await at('increase(reset[90s] smoothed)', 3 * MINUTE)).toEqual(['{} 3']);
    expect(await at('increase(reset[1m] smoothed)', 1 * MINUTE + 30_000)).toEqual(['{} 3.5']);
    expect(await at('delta(reset[90s] smoothed)', 3 * MINUTE)).toEqual(['{} -2']);
  });

  it('smoothed works without a range', async () => {
    expect(await at('steady smoothed', 90_000)).toEqual(['steady 3']);
    expect(await at('steady smoothed', 120_000)).toEqual(['steady 4']);
    expect(await at('steady smoothed offset 30s', 120_000)).toEqual(['steady 3']);
    expect(await at('once smoothed', 150_000)).toEqual([]);
    expect(await at('once smoothed', 200_000)).toEqual(['once 7']);
    expect(await at('steady anchored', 90_000)).toEqual(['steady 2']);
  });

  it('shows a range with its edges', async () => {
    expect(await at('steady[90s] anchored', 200_000)).toEqual(['steady 2@110000 4@120000 6@180000 6@200000']);
    expect(await at('steady[90s] smoothed', 210_000)).toEqual(['steady 4@120000 6@180000 7@210000']);
  });

  it('refuses functions that cannot have such ranges', async () => {
    await expect(at('avg_over_time(steady[1m] anchored)', 0)).rejects.toThrow(
      'anchored modifier can only be used with: changes, delta, increase, rate, resets - not with avg_over_time',
    );
    await expect(at('resets(steady[1m] smoothed)', 0)).rejects.toThrow(
      'smoothed modifier can only be used with: delta, increase, rate - not with resets',
    );
    await expect(at('steady[1m:1m] smoothed', 0)).rejects.toThrow('1:1: parse error: smoothed modifier not implemented');
    await expect(at('steady[1m] smoothed anchored', 0)).rejects.toThrow('anchored and smoothed modifiers cannot be used together');
  });
});
