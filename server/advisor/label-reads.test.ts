import { describe, expect, it } from 'vitest';
import { parseExpr } from '../promql/parse/parse.ts';
import { labelReads, reachOf, readsLabel } from './label-reads.ts';

/** For each selector of the expression, which of the labels a, b, c and le matter. */
function read(expr: string): string[] {
  return labelReads(parseExpr(expr)).map(({ reads }) => ['a', 'b', 'c', 'le'].filter((label) => readsLabel(reads, label)).join(' '));
}

describe('labels that an expression looks at', () => {
  it.each([
    ['m', ['a b c le']],
    ['sum(m)', ['']],
    ['sum by (a) (rate(m[5m]))', ['a']],
    ['sum without (a) (m)', ['b c le']],
    ['sum by (a) (m{b="x"})', ['a b']],
    ['histogram_quantile(0.9, sum by (le) (rate(m[5m])))', ['le']],
    ['sum by (a) (topk by (b) (3, m))', ['a b']],
    ['topk(3, sum by (a) (m))', ['a']],
    ['sum by (a) (m) / on (a) sum by (a, b) (n)', ['a', 'a b']],
    ['m / ignoring (c) n', ['a b le', 'a b le']],
    ['m * on (a) group_left (b) n', ['a b c le', 'a b c le']],
    ['sum(m * on (a) group_left (b) n)', ['a b', 'a b']],
    ['sum(label_replace(m, "x", "$1", "c", "(.*)"))', ['c']],
    ['sum(m) > 3', ['']],
    ['absent(m{a="x"})', ['a']],
    ['sum(max_over_time(sum by (b) (m)[1h:]))', ['b']],
  ])('%s', (expr, labels) => expect(read(expr)).toEqual(labels));

  it('looks as far back as its windows', () => {
    expect(reachOf(parseExpr('m'))).toBe(300_000);
    expect(reachOf(parseExpr('rate(m[1h])'))).toBe(3_600_000);
    expect(reachOf(parseExpr('rate(m[1h] offset 1d)'))).toBe(90_000_000);
    expect(reachOf(parseExpr('max_over_time(rate(m[1h])[1d:1m])')) / 3_600_000).toBeCloseTo(25, 1);
    expect(reachOf(parseExpr('m @ 0'))).toBe(0);
    expect(reachOf(parseExpr('1'))).toBe(0);
  });
});
