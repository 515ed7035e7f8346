import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../model/app-error.ts';
import type { Binary, LogExpr, RangeAggregation, VectorAggregation } from './ast.ts';
import { parseQuery, parseSelector } from './parser.ts';

function errorOf(query: string): string {
  try {
    parseQuery(query);
  } catch (error) {
    if (isAppError(error, 'logql.parse')) return error.message;
    throw error;
  }
  return 'no error';
}

const log = (query: string) => parseQuery(query) as LogExpr;
const range = (query: string) => parseQuery(query) as RangeAggregation;

describe('a log query', () => {
  it('has matchers and stages in order', () => {
    const { matchers, stages } = log(
      '{app="api", level=~"warn|error"} |= "time" or "out" != `x` |~ "a.*b" | json a="b.c", d | logfmt --strict --keep-empty | line_format "{{.a}}"',
    );
    expect(matchers).toEqual([
      { type: '=', name: 'app', value: 'api' },
      { type: '=~', name: 'level', value: 'warn|error' },
    ]);
    expect(stages).toMatchObject([
      { kind: 'line_filter', op: '|=', values: [{ text: 'time' }, { text: 'out' }] },
      { kind: 'line_filter', op: '!=', values: [{ text: 'x' }] },
      { kind: 'line_filter', op: '|~', values: [{ text: 'a.*b' }] },
      {
        kind: 'json',
        extractions: [
          { label: 'a', expression: 'b.c' },
          { label: 'd', expression: 'd' },
        ],
      },
      { kind: 'logfmt', strict: true, keepEmpty: true, extractions: [] },
      { kind: 'line_format', template: '{{.a}}' },
    ]);
  });

  it('filters by labels, numbers, durations, sizes and addresses', () => {
    const filter = (text: string) => {
      const [stage] = log(`{a="b"} | ${text}`).stages;
      return stage?.kind === 'label_filter' ? stage.filter : stage;
    };
    expect(filter('status >= 500')).toEqual({ kind: 'number', name: 'status', op: '>=', value: 500 });
    expect(filter('status = 200')).toEqual({ kind: 'number', name: 'status', op: '==', value: 200 });
    expect(filter('t < -1.5')).toEqual({ kind: 'number', name: 't', op: '<', value: -1.5 });
    expect(filter('latency > 1m30s')).toEqual({ kind: 'duration', name: 'latency', op: '>', value: 90e9 });
    expect(filter('size <= 20MB')).toEqual({ kind: 'bytes', name: 'size', op: '<=', value: 20e6 });
    expect(filter('addr = ip("10.0.0.0/8")')).toEqual({ kind: 'ip', name: 'addr', op: '=', pattern: '10.0.0.0/8' });
    const string = (name: string) => ({ kind: 'string', matcher: { type: '=', name, value: '1' } });
    expect(filter('a="1" or b="1" and c="1"')).toEqual({
      kind: 'or',
      left: string('a'),
      right: { kind: 'and', left: string('b'), right: string('c') },
    });
    expect(filter('(a="1" or b="1"), c="1"')).toMatchObject({ kind: 'and', left: { kind: 'or' }, right: string('c') });
    expect(filter('json="1"')).toEqual(string('json'));
  });

  it('formats, picks and unpacks', () => {
    expect(
      log(
        '{a="b"} | label_format x=y, z="{{.w}}" | drop p, q=~"r.*" | keep s | pattern `<a> - <_>` | regexp "(?P<n>.)" | unpack | decolorize',
      ).stages,
    ).toMatchObject([
      {
        kind: 'label_format',
        assignments: [
          { label: 'x', from: 'y' },
          { label: 'z', template: '{{.w}}' },
        ],
      },
      { kind: 'drop', labels: [{ name: 'p' }, { name: 'q', matcher: { type: '=~', value: 'r.*' } }] },
      { kind: 'keep', labels: [{ name: 's' }] },
      { kind: 'pattern', pattern: '<a> - <_>' },
      { kind: 'regexp' },
      { kind: 'unpack' },
      { kind: 'decolorize' },
    ]);
  });

  it('may have comments and line breaks', () => {
    expect(log('{a="b"} # the stream\n  |= "x" # and a filter').stages).toHaveLength(1);
  });
});

describe('a metric query', () => {
  it('has a range with an offset, before or behind the stages', () => {
    expect(range('rate({a="b"} |= "x" [5m] offset 1h)')).toMatchObject({
      op: 'rate',
      rangeNs: 300_000_000_000n,
      offsetNs: 3_600_000_000_000n,
      log: { stages: [{ kind: 'line_filter' }] },
    });
    expect(range('count_over_time({a="b"}[1m] | json)')).toMatchObject({ rangeNs: 60_000_000_000n, log: { stages: [{ kind: 'json' }] } });
    expect(range('count_over_time(({a="b"} | json)[1m])').log.stages).toHaveLength(1);
  });

  it('unwraps a label', () => {
    expect(range('quantile_over_time(0.95, {a="b"} | json | unwrap duration(latency) | __error__="" [5m]) by (pod)')).toMatchObject({
      param: 0.95,
      unwrap: { label: 'latency', conversion: 'duration', filters: [{ kind: 'string' }] },
      grouping: { without: false, labels: ['pod'] },
    });
  });

  it('aggregates, by labels before or behind', () => {
    for (const query of ['sum by (level) (rate({a="b"}[1m]))', 'sum(rate({a="b"}[1m])) by (level)'])
      expect(parseQuery(query)).toMatchObject({ kind: 'vector_aggregation', op: 'sum', grouping: { without: false, labels: ['level'] } });
    expect((parseQuery('topk(3, rate({a="b"}[1m]))') as VectorAggregation).param).toBe(3);
  });

  it('knows the precedence of operators', () => {
    const binary = parseQuery('vector(1) + 2 * 3 ^ 2 ^ 2 > bool 4 or vector(1)') as Binary;
    expect(binary).toMatchObject({
      op: 'or',
      lhs: { op: '>', returnBool: true, lhs: { op: '+', rhs: { op: '*', rhs: { op: '^', rhs: { op: '^' } } } } },
    });
    expect(parseQuery('sum(rate({a="b"}[1m])) / on (x) group_left (y) sum(rate({a="c"}[1m]))')).toMatchObject({
      op: '/',
      matching: { card: 'many-to-one', on: true, labels: ['x'], include: ['y'] },
    });
  });
});

describe('errors', () => {
  it.each([
    ['', 'parse error at line 1, col 1: syntax error: unexpected $end'],
    ['{a="b"', 'parse error at line 1, col 7: syntax error: unexpected $end, expecting ,'],
    ['{a="b"} |= ', 'parse error at line 1, col 12: syntax error: unexpected $end, expecting STRING'],
    ['{a="b"}\n| jsn', 'parse error at line 2, col 6: syntax error: unexpected $end, expecting'],
    ['{a="b}', 'parse error at line 1, col 4: literal not terminated'],
    ['{a=b}', 'parse error at line 1, col 4: syntax error: unexpected IDENTIFIER "b", expecting STRING'],
    [
      '{}',
      'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    ],
    ['{a=~".*"}', 'parse error : queries require at least one regexp'],
    ['{a!="b"}', 'parse error : queries require at least one regexp'],
    ['{a=~"("}', 'parse error at line 1, col 5: '],
    ['rate({a="b"})', 'parse error at line 1, col 13: syntax error: unexpected ), expecting RANGE'],
    ['rate({a="b"}[5q])', 'parse error at line 1, col 13: not a valid duration string: "5q"'],
    ['rate({a="b"}[5m)', "parse error at line 1, col 13: missing closing ']' in duration"],
    ['sum({a="b"})', 'parse error at line 1, col 5: syntax error: unexpected {'],
    ['sum_over_time({a="b"}[1m])', 'parse error : invalid aggregation sum_over_time without unwrap'],
    ['count_over_time({a="b"} | unwrap x [1m])', 'parse error : invalid aggregation count_over_time with unwrap'],
    ['quantile_over_time({a="b"} | unwrap x [1m])', 'parse error : parameter required for operation quantile_over_time'],
    ['sum_over_time({a="b"} | unwrap x [1m]) by (y)', 'parse error : grouping not allowed for sum_over_time aggregation'],
    ['topk(rate({a="b"}[1m]))', 'parse error : parameter required for operation topk'],
    ['{a="b"} | label_format x=y,x=z', "multiple label name 'x' not allowed in a single format operation"],
    ['1 and vector(1)', 'unexpected literal for left leg of logical/set binary operation (and): 1.000000'],
    ['(1 + 2) or vector(1)', 'unexpected literal for left leg of logical/set binary operation (or): 1 + 2'],
    ['label_replace(vector(1), "a", "b", "c", "(")', 'line 1, col 41: invalid regular expression'],
    ['rate({a="b"}[300y])', 'not a valid duration string'],
    [`${'('.repeat(300)}1`, 'nested more than 200 levels deep'],
  ])('%j', (query, message) => {
    expect(errorOf(query)).toContain(message);
  });

  it('are those of queries that are long, too', () => {
    expect(errorOf(`1${'+1'.repeat(20_000)}`)).toContain('more than 1000 operators');
    expect(errorOf(`{a="b"} | a=1${' or a=1'.repeat(15_000)}`)).toContain('more than 1000 operators');
    expect(errorOf(`{a="b"} | a=1${',a=1'.repeat(15_000)}`)).toContain('more than 1000 operators');
    expect(errorOf(`rate({a="b"}[${'9'.repeat(400)}y])`)).toContain('not a valid duration string');
    expect(errorOf(`rate({a="b"}[5m] offset ${'9'.repeat(400)}y)`)).toContain('unexpected');
  });

  it('are the only thing that a bad query can end in', () => {
    const piece = fc.constantFrom(
      ...[
        '{',
        '}',
        '(',
        ')',
        '[5m]',
        'a',
        '="b"',
        '|=',
        '|',
        'json',
        'unwrap',
        'rate',
        'sum',
        ' by ',
        ',',
        '5',
        '5m',
        '"x"',
        '==',
        '!',
        '`',
        '#',
        '\n',
        'offset',
      ],
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => typeof errorOf(pieces.join('')) === 'string'));
  });
});

describe('parseSelector', () => {
  it('reads matchers and nothing else', () => {
    expect(parseSelector('{a="b",c!~"d"}')).toHaveLength(2);
    expect(() => parseSelector('{a="b"} |= "x"')).toThrow('unexpected |=');
    expect(() => parseSelector('{a=""}')).toThrow('empty-compatible');
  });
});
