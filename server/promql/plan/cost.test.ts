import { expect, it } from 'vitest';
import { parseExpr } from '../parse/parse.ts';
import { evaluationCost } from './cost.ts';

const MINUTE_MS = 60_000;
/** An hour of 100 series, each with a sample a minute, in windows of ten minutes. */
const SIZE = { series: 100, samples: 7_000, hasHistograms: false, spanMs: 70 * MINUTE_MS };

function workOf(expr: string, size = SIZE): number {
  const options = {
    queryStartMs: 0,
    queryEndMs: 60 * MINUTE_MS,
    queryStepMs: MINUTE_MS,
    lookbackMs: 5 * MINUTE_MS,
    subqueryStepMs: MINUTE_MS,
  };
  return evaluationCost(parseExpr(expr), { endMs: 60 * MINUTE_MS, stepMs: MINUTE_MS, steps: 61 }, options, () => size);
}

it('the work of a function that looks at each float once grows with samples, not with windows', () => {
  const cells = 61 * 100;
  const windows = 61 * 1_000;
  expect(workOf('delta(x[10m])')).toBe(7_000 + 2 * cells + 2_000);
  // Each window looks at its resets, of which there may be many.
  expect(workOf('rate(x[10m])')).toBe(7_000 + windows / 32 + 2 * cells + 2_000);
  expect(workOf('max_over_time(x[10m])')).toBe(cells + windows + 2_000 + cells);
  // Histograms are put together for each window, and what lies at its edges is found for each.
  expect(workOf('rate(x[10m])', { ...SIZE, hasHistograms: true })).toBe(workOf('max_over_time(x[10m])'));
  expect(workOf('max_over_time(x[10m:1m])')).toBeGreaterThan(windows);
});

it('each series is work, however few its samples', () => {
  const many = { ...SIZE, series: 50_000, samples: 50_000 };
  expect(workOf('x', many) - 61 * 50_000).toBe(1_000_000);
});
