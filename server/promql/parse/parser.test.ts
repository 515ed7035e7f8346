import { describe, expect, it } from 'vitest';
import { AppError } from '../../model/app-error.ts';
import { DOCUMENT_EXPRESSIONS } from '../testdata/document-expressions.ts';
import type { Binary, Call, NumberLiteral, VectorSelector } from './ast.ts';
import { formatExpr } from './format.ts';
import { parseExpr } from './parse.ts';

function problemOf(query: string, options = { experimentalFunctions: true }): string {
  try {
    parseExpr(query, options);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return (error as AppError).message;
  }
}

function valueOfNumber(query: string): number {
  return (parseExpr(query) as NumberLiteral).value;
}

describe('parseExpr', () => {
  it('accepts every expression of the course documents', () => {
    for (const query of DOCUMENT_EXPRESSIONS) expect(problemOf(query)).toBe('accepted');
  });

  it.each([
    ['1_000.5', 1000.5],
    ['0755', 493],
    ['09', 9],
    ['0x1F', 31],
    ['.5', 0.5],
    ['1.e3', 1000],
    ['5m', 300],
    ['1h30m', 5400],
    ['1s500ms', 1.5],
    ['-iNf', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
  ])('reads the number %s', (query, value) => {
    expect(valueOfNumber(query)).toBe(value);
  });

  it('reads strings with all three quotes, escapes and comments', () => {
    const textOf = (query: string) => (parseExpr(query) as { value: unknown }).value;
    expect(textOf('"a\\n\\"\\x41\\u00e9\\101" # comment')).toBe('a\n"AéA');
    expect(textOf("'it\\'s'")).toBe("it's");
    expect(textOf('`raw\\n`')).toBe('raw\\n');
    expect(textOf('"\\xe2\\x82\\xac"')).toBe('€');
  });

  it('takes keywords for metric and label names', () => {
    for (const query of [
      'sum',
      'by',
      'offset{}',
      'start{a="1"}',
      'sum by (sum, by, on, bool, group_left) (and)',
      'without',
      'count offset 5m',
    ])
      expect(problemOf(query)).toBe('accepted');
  });

  it('reads quoted UTF-8 names in braces', () => {
    const { matchers } = parseExpr('{"my.metric", "a b"="1"}') as VectorSelector;
    expect(matchers).toEqual([
      { type: '=', name: '__name__', value: 'my.metric' },
      { type: '=', name: 'a b', value: '1' },
    ]);
  });

  it('binds operators as upstream does', () => {
    expect(shape('1 + x * 2 ^ 3 ^ y')).toBe('(1 + (x * (2 ^ (3 ^ y))))');
    expect(shape('-x ^ 2')).toBe('-(x ^ 2)');
    expect(shape('-x * y')).toBe('(-x * y)');
    expect(shape('a or b and c unless d == e')).toBe('(a or ((b and c) unless (d == e)))');
    expect(shape('a - b - c')).toBe('((a - b) - c)');
    expect(shape('a % b atan2 c')).toBe('((a % b) atan2 c)');
    expect(shape('2 ^ -x ^ 2 * 3')).toBe('((2 ^ -(x ^ 2)) * 3)');
  });

  it('puts offset and @ on selectors in either order', () => {
    const a = parseExpr('x offset -5m @ 10.5') as VectorSelector;
    const b = parseExpr('x @ 10.5 offset -5m') as VectorSelector;
    expect([a.offsetMs, a.at]).toEqual([-300_000, { kind: 'time', timeMs: 10_500 }]);
    expect([b.offsetMs, b.at]).toEqual([a.offsetMs, a.at]);
    expect((parseExpr('rate(x[5m:30s] @ end())') as Call).args[0]).toMatchObject({ rangeMs: 300_000, stepMs: 30_000, at: { kind: 'end' } });
  });

  it.each([
    ['', 'unknown position: parse error: no expression found in input'],
    ['1 +', '1:4: parse error: unexpected end of input'],
    ['foo{', '1:5: parse error: unexpected end of input inside braces'],
    ['sum(', '1:5: parse error: unclosed left parenthesis'],
    ['foo bar', '1:5: parse error: unexpected identifier "bar"'],
    ['foo{a=1}', "1:7: parse error: unexpected character inside braces: '1'"],
    ['foo{a="1" b="2"}', '1:11: parse error: unexpected identifier "b" in label matching, expected "," or "}"'],
    ['foo{a=~"("}', '1:5: parse error: error parsing regexp: missing closing ): `(`'],
    ['foo{"a"}', '1:1: parse error: metric name must not be set twice: "foo" or "a"'],
    ['{a=~".*"}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['foo[5m', '1:7: parse error: unclosed left bracket'],
    ['foo[0]', '1:5: parse error: duration must be greater than 0'],
    ['foo[a]', "1:5: parse error: unexpected character in duration expression: 'a'"],
    ['foo[5m][5m]', '1:8: parse error: ranges only allowed for vector selectors'],
    ['foo offset 5m [5m]', '1:15: parse error: no offset modifiers allowed before range'],
    ['foo @ x', '1:7: parse error: unexpected identifier "x" in @, expected timestamp'],
    ['foo @ 5 @ 6', '1:1: parse error: @ <timestamp> may not be set multiple times'],
    ['sum by (a b) (x)', '1:11: parse error: unexpected identifier "b" in grouping opts, expected "," or ")"'],
    ['sum(x +)', '1:8: parse error: unexpected ")" in aggregation'],
    ['sum(x,)', '1:6: parse error: trailing commas not allowed in function call args'],
    ['topk(x)', '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1'],
    ['foo(1)', '1:1: parse error: unknown function with name "foo"'],
    ['rate(x)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ['round(x,1,2)', '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3'],
    ['1 > 2', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['x + bool y', '1:3: parse error: bool modifier can only be used on comparison operators'],
    ['x and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['x and on(a) group_left y', '1:1: parse error: no grouping allowed for "and" operation'],
    ['x + on(a) group_left(a) y', '1:3: parse error: label "a" must not occur in ON and GROUP clause at once'],
    ['x =~ y', "1:3: parse error: unexpected character after '=': '~'"],
    ['"a\\z"', "1:1: parse error: unknown escape sequence U+007A 'z'"],
    ['1e5m', '1:1: parse error: unknown unit "e" in duration "1e5m"'],
    ['1m1h', '1:1: parse error: not a valid duration string: "1m1h"'],
    ['x\n+\n+\n)', "4:2: parse error: unexpected right parenthesis ')'"],
    ['"ä" $', "1:6: parse error: unexpected character: '$'"],
    ['-x[5m]', '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "range vector"'],
    ['time()[5m:1m]', '1:1: parse error: subquery is only allowed on instant vector, got scalar instead'],
  ])('refuses %j as upstream does', (query, message) => {
    expect(problemOf(query)).toBe(message);
  });

  it('tells errors of syntax and of types apart', () => {
    const codeOf = (query: string) => {
      try {
        parseExpr(query);
        return '';
      } catch (error) {
        return (error as AppError).code;
      }
    };
    expect(codeOf('1 +')).toBe('promql.parse');
    expect(codeOf('rate(x)')).toBe('promql.type');
  });

  it('refuses experimental functions unless enabled', () => {
    for (const query of ['sort_by_label(x, "a")', 'limitk(1, x)', 'mad_over_time(x[5m])']) {
      expect(problemOf(query, { experimentalFunctions: false })).toMatch(/enabled/);
      expect(problemOf(query)).toBe('accepted');
    }
  });

  it('answers deep nesting with an error, not with a broken stack', () => {
    expect(problemOf(`${'('.repeat(100_000)}x`)).toMatch(/nested more than 250 levels/);
    expect(problemOf(`${'-'.repeat(100_000)}x`)).toMatch(/nested more than 250 levels/);
    expect(problemOf('x + '.repeat(100_000))).toMatch(/more than 500 operations/);
    expect(problemOf(`x${'[5m:]'.repeat(100_000)}`)).toMatch(/more than 500 operations/);
  });
});

/** The expression with every operation in parentheses. */
function shape(query: string): string {
  const draw = (expr: ReturnType<typeof parseExpr>): string => {
    if (expr.kind === 'binary') {
      const { op, lhs, rhs } = expr as Binary;
      return `(${draw(lhs)} ${op} ${draw(rhs)})`;
    }
    return expr.kind === 'unary' ? `${expr.op}${draw(expr.expr)}` : formatExpr(expr);
  };
  return draw(parseExpr(query));
}
