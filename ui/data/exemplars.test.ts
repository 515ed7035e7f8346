import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Exemplar, readExemplars, thinExemplars } from './exemplars.ts';

describe('exemplars', () => {
  it('are read with the trace that they name', () => {
    const answer = {
      data: [
        {
          seriesLabels: { __name__: 'x_bucket', le: '1' },
          exemplars: [
            { labels: { trace_id: 'abc', user: 'ann' }, value: '0.25', timestamp: 10.5 },
            { labels: {}, value: '+Inf', timestamp: 11 },
          ],
        },
      ],
    };
    expect(readExemplars(answer)).toMatchObject([
      { timeMs: 10_500, value: 0.25, traceId: 'abc' },
      { timeMs: 11_000, traceId: '' },
    ]);
    expect(readExemplars({})).toEqual([]);
  });

  it('are thinned without losing the highest of any time', () => {
    const range = { fromMs: 0, toMs: 1_000 };
    const one = fc
      .record({ timeMs: fc.nat(1_100), value: fc.nat(50) })
      .map(({ timeMs, value }): Exemplar => ({ key: '', timeMs, value, labels: {}, seriesLabels: {}, traceId: `${timeMs}` }));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 300 }), fc.integer({ min: 4, max: 40 }), (all, most) => {
        const kept = thinExemplars(all, range, most);
        expect(kept.length).toBeLessThanOrEqual(most);
        const inside = all.filter(({ timeMs }) => timeMs <= 1_000);
        if (inside.length > 0) expect(Math.max(...kept.map(({ value }) => value))).toBe(Math.max(...inside.map(({ value }) => value)));
        for (const exemplar of kept) expect(all).toContain(exemplar);
      }),
    );
  });
});
