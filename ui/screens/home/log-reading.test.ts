import { describe, expect, it } from 'vitest';
import { logReading } from './log-reading.ts';

describe('logReading', () => {
  it('adds levels up, and leaves the filling bucket out of the rate', () => {
    const reading = logReading({
      startMs: 0,
      stepMs: 60_000,
      levels: [
        { level: 'critical', counts: [1, 0, 0, 0] },
        { level: 'error', counts: [0, 0, 2, 0] },
        { level: 'info', counts: [600, 60, 58, 1] },
      ],
    });
    expect(reading).toEqual({ counts: [601, 60, 60, 1], lines: 722, errors: 3, rate: 1 });
  });

  it('is all zero without lines', () => {
    expect(logReading({ startMs: 0, stepMs: 60_000, levels: [] })).toEqual({ counts: [], lines: 0, errors: 0, rate: 0 });
  });
});
