import { describe, expect, it } from 'vitest';
import { alignSpan, niceStepMs, stepFor, timeVariables } from './step.ts';

const HOUR = 3_600_000;

describe('stepFor', () => {
  it('keeps to the limit of points whatever the range', () => {
    const longest = 8.64e15;
    expect(longest / stepFor(0, longest, 11_000, 1)).toBeLessThanOrEqual(11_000);
  });

  it.each([
    [15 / 60, 800, 5_000, 5_000],
    [15 / 60, 800, 15_000, 15_000],
    [1, 800, 1_000, 5_000],
    [6, 1000, 15_000, 20_000],
    [24, 1000, 15_000, 60_000],
    [30 * 24, 1000, 15_000, 2_700_000 - 900_000],
    [0, 1000, 15_000, 15_000],
    // 11,000 points are the most that a query may have, whatever was asked.
    [30 * 24, 11_000, 1_000, 300_000],
    [30 * 24, 1_000_000, 1_000, 300_000],
  ])('%d h over %d points, at least %d ms: %d ms', (hours, points, minStepMs, wanted) => {
    expect(stepFor(0, hours * HOUR, points, minStepMs)).toBe(wanted);
  });

  it('rounds as Grafana does', () => {
    expect([9, 14, 34, 1_499, 12_499, 17_499, 89_999, 5_399_999, 86_399_999, 9e9].map(niceStepMs)).toEqual([
      1, 10, 20, 1_000, 10_000, 15_000, 60_000, 3_600_000, 43_200_000, 31_536_000_000,
    ]);
  });
});

describe('alignSpan', () => {
  it('puts both ends on the grid, so that a refresh asks for the same instants', () => {
    expect(alignSpan(12_345, 67_890, 5_000)).toEqual({ startMs: 10_000, endMs: 65_000 });
  });
});

describe('timeVariables', () => {
  it('are the step, the range and an interval that always holds enough samples for a rate', () => {
    expect(timeVariables(0, 900_000, 30_000, 15_000)).toMatchObject({
      __interval: '30s',
      __interval_ms: '30000',
      __rate_interval: '1m',
      __range: '900s',
      __range_s: '900',
      __range_ms: '900000',
    });
    expect(timeVariables(0, 900_000, 300_000, 15_000).__rate_interval).toBe('5m15s');
  });
});
