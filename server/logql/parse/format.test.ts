import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatQuery } from './format.ts';
import { parseQuery } from './parser.ts';

const format = (query: string) => formatQuery(parseQuery(query));

describe('formatQuery', () => {
  it.each([
    ['{foo=   "bar"}', '{foo="bar"}'],
    ['{a=`b`,c=~"d.*"}|="x\\n" or `y`!~"z"', '{a="b", c=~"d.*"} |= "x\\n" or "y" !~ "z"'],
    ['{a="b"}|json|logfmt --strict a,b="c"|drop d,e!="f"|keep g', '{a="b"} | json | logfmt --strict a, b="c" | drop d, e!="f" | keep g'],
    ['{a="b"} | (x="1" or y>90s), z<=20MB', '{a="b"} | (x="1" or y>1m30s) and z<=20MB'],
    ['{a="b"} | (json!="x")', '{a="b"} | (json!="x")'],
    ['{a="b"}|line_format "{{.a}}"|label_format a=b,c="{{.d}}"', '{a="b"} | line_format "{{.a}}" | label_format a=b, c="{{.d}}"'],
    ['sum(rate({a="b"}[90s]))by(x)', 'sum by (x) (rate({a="b"}[1m30s]))'],
    ['rate({a="b"}[5m] offset -1h |= "x")', 'rate({a="b"} |= "x" [5m] offset -1h)'],
    [
      'quantile_over_time(.9,{a="b"}|unwrap duration(x)|__error__=""[5m])by(y)',
      'quantile_over_time(0.9, {a="b"} | unwrap duration(x) | __error__="" [5m]) by (y)',
    ],
    ['(1+2)*3-(4-5)^2', '(1 + 2) * 3 - (4 - 5) ^ 2'],
    ['vector(1)==bool on(x)group_left vector(2)', 'vector(1) == bool on (x) group_left () vector(2)'],
    ['count_over_time({a="b"} | drop c | keep d [5m] != "x")', 'count_over_time({a="b"} != "x" | drop c | keep d [5m])'],
    ['label_replace(vector(1),"a","$1","b","(.*)")', 'label_replace(vector(1), "a", "$1", "b", "(.*)")'],
  ])('writes %s on one line', (query, wanted) => {
    expect(format(query)).toBe(wanted);
    expect(format(wanted)).toBe(wanted);
  });

  it('writes what is longer below each other', () => {
    const lines =
      '{job="loki", instance="localhost"} |= "a text that makes the line longer" | logfmt | status>=500 | line_format "{{.msg}}"';
    expect(format(lines)).toBe(`{job="loki", instance="localhost"}
  |= "a text that makes the line longer"
  | logfmt
  | status>=500
  | line_format "{{.msg}}"`);
    expect(format(`topk(3, sum by (job) (sum_over_time(${lines} | unwrap v [5m]))) / (count_over_time({a="b"}[5m]) or vector(0))`)).toBe(
      `  topk(
    3,
    sum by (job) (
      sum_over_time(
        {job="loki", instance="localhost"}
          |= "a text that makes the line longer"
          | logfmt
          | status>=500
          | line_format "{{.msg}}"
          | unwrap v [5m]
      )
    )
  )
/
  (
    count_over_time({a="b"}[5m]) or vector(0)
  )`,
    );
  });

  it('means the same query, for any tree', () => {
    fc.assert(
      fc.property(arbitraryQuery(), (expr) => {
        const text = formatQuery(expr as Parameters<typeof formatQuery>[0]);
        const parsed = parseQuery(text);
        expect(bare(parsed), text).toEqual(bare(expr));
        expect(formatQuery(parsed)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

/** Without places in the text. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, member]) => name !== 'start' && name !== 'end' && member !== undefined);
  return Object.fromEntries(entries.map(([name, member]) => [name, bare(member)]));
}

function arbitraryQuery(): Arbitrary<unknown> {
  const name = fc.constantFrom('a', 'b_1', 'level', 'json', 'unwrap', 'by', 'ip', 'drop', '__error__');
  const text = fc.oneof(fc.constantFrom('', 'x', '"q" `b`', 'a\\d+\n', '(?i)é'), fc.string({ unit: 'grapheme' }));
  const pattern = fc.constantFrom('a.*', 'x|y', '\\d+', '(?P<n>a)');
  const record = (members: Record<string, Arbitrary<unknown>>) => fc.record(members);
  const matcher = fc.oneof(
    record({ type: fc.constantFrom('=', '!='), name, value: text }),
    record({ type: fc.constantFrom('=~', '!~'), name, value: pattern }),
  );
  const list = (item: Arbitrary<unknown>, minLength = 0) => fc.array(item, { minLength, maxLength: 3 });
  const kind = (...kinds: string[]) => fc.constantFrom(...kinds);
  const comparison = fc.constantFrom('==', '!=', '>', '>=', '<', '<=');
  const number = fc.oneof(fc.integer(), fc.double({ noNaN: true }));
  const nanoseconds = fc.oneof(
    fc.integer({ min: 1 }),
    fc.maxSafeNat().map((n) => n + 1),
    fc.constant(2 ** 62 + 2 ** 20),
  );
  const filter = fc.letrec((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      record({ kind: kind('string'), matcher }),
      record({ kind: kind('number'), name, op: comparison, value: number }),
      record({ kind: kind('duration'), name, op: comparison, value: nanoseconds }),
      record({ kind: kind('bytes'), name, op: comparison, value: fc.oneof(fc.maxSafeNat(), fc.constantFrom(1e21, 2 ** 70, 20e6)) }),
      record({ kind: kind('ip'), name, op: fc.constantFrom('=', '!='), pattern: fc.constant('10.0.0.0/8') }),
      record({ kind: kind('and', 'or'), left: tie('filter'), right: tie('filter') }),
    ),
  })).filter;
  const extractions = list(record({ label: name, expression: fc.constantFrom('a', 'b.c') }));
  const lineFilter = (ops: string[], value: Arbitrary<unknown>) =>
    record({ kind: kind('line_filter'), op: kind(...ops), values: list(record({ text: value, isIp: fc.constant(false) }), 1) });
  const stage = fc.oneof(
    lineFilter(['|=', '|>'], text),
    lineFilter(['|~'], pattern),
    record({ kind: kind('line_filter'), op: kind('|='), values: list(record({ text, isIp: fc.boolean() }), 1) }),
    record({ kind: kind('json'), extractions }),
    record({ kind: kind('logfmt'), strict: fc.boolean(), keepEmpty: fc.boolean(), extractions }),
    record({ kind: kind('pattern', 'regexp'), pattern }),
    record({ kind: kind('unpack', 'decolorize') }),
    record({
      kind: kind('drop', 'keep'),
      labels: list(
        fc.oneof(
          record({ name }),
          matcher.map((m) => ({ name: (m as { name: string }).name, matcher: m })),
        ),
        1,
      ),
    }),
    record({ kind: kind('label_filter'), filter }),
    record({ kind: kind('line_format'), template: text }),
    record({
      kind: kind('label_format'),
      assignments: fc.uniqueArray(fc.oneof(record({ label: name, from: name }), record({ label: name, template: text })), {
        minLength: 1,
        maxLength: 3,
        selector: (one) => (one as { label: string }).label,
      }),
    }),
  );
  const negative = fc.oneof(lineFilter(['!=', '!>'], text), lineFilter(['!~'], pattern));
  const matchers = list(matcher).map((more) => [{ type: '=', name: 'app', value: 'x' }, ...more]);
  const log = fc.oneof(
    record({ kind: kind('log'), matchers, stages: list(stage) }),
    fc.tuple(matchers, list(negative), list(stage)).map(([m, first, rest]) => ({ kind: 'log', matchers: m, stages: [...first, ...rest] })),
  );
  const labels = list(name);
  const grouping = fc.option(record({ without: fc.boolean(), labels }), { nil: undefined });
  const rangeNs = nanoseconds.map(BigInt);
  const offsetNs = fc.oneof(
    fc.constant(0n),
    rangeNs,
    rangeNs.map((ns) => -ns),
  );
  const unwrap = record({ label: name, conversion: kind('', 'duration', 'duration_seconds', 'bytes'), filters: list(filter) });
  const metric = fc.letrec((tie) => ({
    metric: fc.oneof(
      { maxDepth: 4 },
      record({ kind: kind('range_aggregation'), op: kind('rate', 'count_over_time', 'absent_over_time'), log, rangeNs, offsetNs }),
      record({ kind: kind('range_aggregation'), op: kind('max_over_time'), log, unwrap, rangeNs, offsetNs, grouping }),
      record({ kind: kind('range_aggregation'), op: kind('quantile_over_time'), log, unwrap, rangeNs, offsetNs, param: number, grouping }),
      record({ kind: kind('vector'), value: number }),
      record({ kind: kind('vector_aggregation'), op: kind('sum', 'stdvar', 'count'), expr: tie('metric'), grouping }),
      record({
        kind: kind('vector_aggregation'),
        op: kind('topk', 'bottomk'),
        expr: tie('metric'),
        param: fc.integer({ min: 1 }),
        grouping,
      }),
      record({ kind: kind('vector_aggregation'), op: kind('sort', 'sort_desc'), expr: tie('metric') }),
      record({ kind: kind('label_replace'), expr: tie('metric'), destination: name, replacement: text, source: name, regexp: pattern }),
      fc
        .tuple(
          tie('metric'),
          tie('metric'),
          kind('+', '-', '*', '/', '%', '^', '==', '<', 'and', 'or', 'unless'),
          fc.boolean(),
          fc.boolean(),
          labels,
        )
        .map(([lhs, rhs, op, bool, on, names]) => {
          const isSet = ['and', 'or', 'unless'].includes(op);
          const card = isSet ? 'many-to-many' : 'one-to-one';
          return {
            kind: 'binary',
            op,
            lhs,
            rhs,
            returnBool: bool && (op === '==' || op === '<'),
            matching: { card, on, labels: names, include: [] },
          };
        }),
      fc
        .tuple(tie('metric'), tie('metric'), kind('+', '^', '>'), kind('many-to-one', 'one-to-many'), fc.boolean(), labels, labels)
        .map(([lhs, rhs, op, card, on, names, include]) => ({
          kind: 'binary',
          op,
          lhs,
          rhs,
          returnBool: false,
          matching: { card, on, labels: names, include },
        })),
    ),
  })).metric;
  return fc.oneof(log, metric);
}
