import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { inSpan } from './in-span.ts';

const SPAN = { startMs: 0, endMs: 1 };
const VISIBLE = { visible: 1, dead: [] };
const labels = Labels.from({ __name__: 'm' });

function conditionFor(ids: readonly number[], all: number) {
  const series = ids.map((id) => ({ id, metric: 1, labels }));
  return inSpan(series, SPAN, VISIBLE, () => all);
}

describe('series in a condition', () => {
  it('are named when they are few, and are not when they are most of their metric', () => {
    const few = Array.from({ length: 500 }, (_, i) => 3 * i);
    expect(conditionFor(few, 10_000)).toMatchObject({ sql: expect.stringContaining('series IN'), values: { series: few } });
    const many = Array.from({ length: 501 }, (_, i) => 3 * i);
    expect(conditionFor(many, 1_002).sql).not.toContain('series');
    expect(conditionFor(many, 1_003).sql).toContain('series');
  });

  it('lie in ranges that hold all of them and no more than as many others, or are named', () => {
    const runs = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 3_000 }), length: fc.integer({ min: 1, max: 400 }) }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(runs, fc.boolean(), (made, isReversed) => {
        const ids: number[] = [];
        let at = 0;
        for (const { gap, length } of made) {
          at += gap;
          for (let i = 0; i < length; i++) ids.push(at++);
        }
        if (ids.length <= 500) return;
        const { sql, values } = conditionFor(isReversed ? ids.toReversed() : ids, 1e9);
        if (sql.includes('series IN')) {
          expect([...(values.series as number[])].sort((a, b) => a - b)).toEqual(ids);
          return;
        }
        const ranges = Array.from({ length: 16 }, (_, i) => [values[`first${i}`], values[`last${i}`]] as [number, number]).filter(
          ([first]) => first !== undefined,
        );
        expect(sql.split('BETWEEN')).toHaveLength(ranges.length + 1);
        expect(ids.every((id) => ranges.some(([first, last]) => first <= id && id <= last))).toBe(true);
        expect(ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)).toBeLessThanOrEqual(2 * ids.length);
      }),
    );
  });
});
