import type { TraceSummary } from '@alidade/sdk/schema';
import { expect, it } from 'vitest';
import { slowOperations } from './slow-operations.ts';

const trace = (rootName: string, durationMs: number, errors = 0): TraceSummary => ({
  traceId: `${rootName}${durationMs}`,
  rootName,
  rootService: 'api',
  startMs: 0,
  durationMs,
  spans: 1,
  errors,
  services: [],
  matched: 1,
});

it('ranks operations by what all but one in twenty stay below', () => {
  const fast = Array.from({ length: 20 }, (_, index) => trace('fast', index + 1));
  expect(slowOperations([...fast, trace('slow', 50, 2), trace('', 900)], 5)).toMatchObject([
    { name: 'slow', traces: 1, failed: 1, medianMs: 50, p95Ms: 50 },
    { name: 'fast', traces: 20, failed: 0, medianMs: 10, p95Ms: 19 },
  ]);
  expect(slowOperations(fast, 0)).toEqual([]);
});
