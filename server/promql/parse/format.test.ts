import { parser as lezer } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_EXPRESSIONS } from '../testdata/document-expressions.ts';
import { expressionArbitraries } from '../testdata/expressions.ts';
import type { Expr } from './ast.ts';
import { formatExpr } from './format.ts';
import { parseExpr } from './parse.ts';

/** The tree without positions, the order of matchers, and the sign of `+Inf ^ x`, which binds to all of it and changes nothing. */
function treeOf(expr: Expr): unknown {
  return JSON.parse(
    JSON.stringify(expr, (key, value) => {
      if (key === 'start' || key === 'end') return undefined;
      if (key === 'matchers') return (value as readonly unknown[]).map((matcher) => JSON.stringify(matcher)).sort();
      if (value?.kind === 'unary' && value.op === '+') return value.expr;
      return Number.isNaN(value) ? 'NaN' : value;
    }),
  );
}

/** Whether the editors' grammar finds no error in the text. */
function isAcceptedByLezer(query: string): boolean {
  let isAccepted = true;
  lezer.parse(query).iterate({
    enter(node) {
      if (node.type.isError) isAccepted = false;
    },
  });
  return isAccepted;
}

describe('formatExpr', () => {
  it.each([
    ['sum(rate(x[5m]))by(a)', 'sum by (a) (rate(x[5m]))'],
    ['a/on(x)group_left(y)b', 'a / on (x) group_left (y) b'],
    ['x{b=~"2", a="1"}offset 90s@10', 'x{a="1",b=~"2"} @ 10.000 offset 1m30s'],
    ['x[1d2h]', 'x[1d2h]'],
    ['1e21 + 1e-9', '1000000000000000000000 + 0.000000001'],
    ['x + on () 1', 'x + 1'],
    ['{"my.metric"}', '{__name__="my.metric"}'],
    ['max_over_time((x)[1h:] offset -5m)', 'max_over_time((x)[1h:] offset -5m)'],
    ['5m+0x10', '5m + 16'],
    ['count_values without()("a\\"b",x)', 'count_values without () ("a\\"b", x)'],
    ['x==bool ignoring(a)y', 'x == bool ignoring (a) y'],
  ])('writes %s as %s', (query, text) => {
    expect(formatExpr(parseExpr(query))).toBe(text);
  });

  it('writes what parses to the same tree', () => {
    fc.assert(
      fc.property(expressionArbitraries().vector, (query) => {
        const expr = parseExpr(query);
        expect(treeOf(parseExpr(formatExpr(expr)))).toEqual(treeOf(expr));
      }),
      { numRuns: 500 },
    );
  });
});

describe('our parser and the editors’ grammar', () => {
  it('both accept the expressions of the documents', () => {
    for (const query of DOCUMENT_EXPRESSIONS) expect([query, isAcceptedByLezer(query)]).toEqual([query, true]);
  });

  it('both accept generated expressions, as written and as formatted', () => {
    fc.assert(
      fc.property(expressionArbitraries().vector, (query) => {
        const text = formatExpr(parseExpr(query));
        expect([query, isAcceptedByLezer(query)]).toEqual([query, true]);
        expect([text, isAcceptedByLezer(text)]).toEqual([text, true]);
      }),
      { numRuns: 500 },
    );
  });

  it('both refuse the same broken expressions', () => {
    for (const query of [
      '1 +',
      'foo{',
      'sum(',
      'foo{a=}',
      'foo[',
      '(x',
      'x)',
      'sum by (x',
      'x offset',
      'rate(x[5m]',
      '{a="b"',
      'x + * y',
    ]) {
      expect(() => parseExpr(query)).toThrow();
      expect([query, isAcceptedByLezer(query)]).toEqual([query, false]);
    }
  });
});
