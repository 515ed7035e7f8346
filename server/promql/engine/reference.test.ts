import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import type { Expr } from '../parse/ast.ts';
import { parseExpr } from '../parse/parse.ts';
import { expressionArbitraries } from '../testdata/expressions.ts';
import { keyOf, type ReferenceSample, referenceVector } from '../testdata/reference.ts';
import { TEST_START_MS, testSeries } from '../testdata/series.ts';
import { storeWith } from '../testdata/store.ts';
import { createQueryEngine } from './query-engine.ts';

const MINUTE = 60_000;
const RANGE = { startMs: TEST_START_MS + 40 * MINUTE, endMs: TEST_START_MS + 52 * MINUTE, stepMs: 3 * MINUTE + 1_500 };

/** Sums of huge and tiny numbers depend on how they are compensated, which the reference does not do. */
const series = testSeries().filter(({ labels }) => labels.__name__ !== 'odd_values');

it('the engine answers range queries as the naive reference does step by step', async () => {
  const engine = createQueryEngine({ store: await storeWith(series), clock: systemClock, workers: 0 });
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(expressionArbitraries().vector, async (query) => {
      const wanted = inSteps(parseExpr(query));
      if (wanted === 'unknown') return;
      compared++;
      const actual = await engine.range({ expr: query, ...RANGE }).catch(() => 'fails' as const);
      // Range functions and unary minus refuse equal labels over the whole range, which no single step shows.
      if (wanted === 'fails' || actual === 'fails') {
        expect(actual).toBe('fails');
        return;
      }
      const { labels, values, present, steps } = actual.value;
      wanted.forEach((samples, t) => {
        const row = (sample: ReferenceSample) => labels.findIndex((each) => keyOf(each.toObject()) === keyOf(sample.labels));
        expect(labels.filter((_, i) => present[i * steps + t] === 1)).toHaveLength(samples.length);
        for (const sample of samples) {
          const cell = row(sample) * steps + t;
          expect(present[cell]).toBe(1);
          expectClose(values[cell] as number, sample.value);
        }
      });
    }),
    { numRuns: 400, seed: 20_260_101 },
  );
  expect(compared).toBeGreaterThan(60);
});

/** The vectors of all steps; 'unknown' where the reference does not know something in the expression. */
function inSteps(expr: Expr): ReferenceSample[][] | 'fails' | 'unknown' {
  const steps: ReferenceSample[][] = [];
  let hasFailed = false;
  for (let timeMs = RANGE.startMs; timeMs <= RANGE.endMs; timeMs += RANGE.stepMs)
    try {
      steps.push(referenceVector(expr, timeMs, { ...RANGE, series }));
    } catch (error) {
      if ((error as Error).message.startsWith('the reference does not know')) return 'unknown';
      hasFailed = true;
    }
  return hasFailed ? 'fails' : steps;
}

function expectClose(actual: number, wanted: number): void {
  if (Number.isFinite(wanted) && Number.isFinite(actual))
    expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-6 * Math.max(Math.abs(actual), Math.abs(wanted), 1e-3));
  else expect(actual).toBe(wanted);
}
