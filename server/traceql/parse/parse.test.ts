import { describe, expect, it } from 'vitest';
import { AppError } from '../../model/app-error.ts';
import type { FieldExpression, SpansetExpression } from './ast.ts';
import { parseDurationNs } from './duration.ts';
import { parseTraceql } from './parse.ts';

/** The tree as text with all parentheses. */
function shape(expression: FieldExpression): string {
  switch (expression.kind) {
    case 'literal': {
      const { literal } = expression;
      return literal.type === 'nil' ? 'nil' : `${literal.type}:${literal.value}`;
    }
    case 'field': {
      const { field } = expression;
      return field.scope === 'intrinsic' ? field.name : `${field.ofParent ? 'parent.' : ''}${field.scope}.${field.name}`;
    }
    case 'unary':
      return `(${expression.op}${shape(expression.operand)})`;
    case 'binary':
      return `(${shape(expression.left)} ${expression.op} ${shape(expression.right)})`;
  }
}

function conditionOf(query: string): string {
  const [stage] = parseTraceql(query);
  if (stage?.kind !== 'spansets' || stage.expression.kind !== 'filter') throw new Error('not a filter');
  return stage.expression.condition ? shape(stage.expression.condition) : '';
}

function spansetShape(expression: SpansetExpression): string {
  if (expression.kind === 'filter') return expression.condition ? shape(expression.condition) : '{}';
  if (expression.kind === 'pipeline') return `pipeline of ${expression.stages.length}`;
  return `(${spansetShape(expression.left)} ${expression.op} ${spansetShape(expression.right)})`;
}

function errorOf(query: string): AppError {
  try {
    parseTraceql(query);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${query} parses`);
}

describe('conditions', () => {
  it.each([
    ['{}', ''],
    ['{ .a = "x" }', '(any.a = string:x)'],
    [
      '{ span.http.status_code >= 500 && resource.service.name =~ `a\\.b` }',
      '((span.http.status_code >= int:500) && (resource.service.name =~ string:a\\.b))',
    ],
    ['{ .a = 1 || .b = 2 && .c = 3 }', '(((any.a = int:1) || (any.b = int:2)) && (any.c = int:3))'],
    ['{ .a = 1 || (.b = 2 && .c = 3) }', '((any.a = int:1) || ((any.b = int:2) && (any.c = int:3)))'],
    ['{ .a + 2 * 3 ^ 2 ^ 1 > -4 }', '((any.a + (int:2 * (int:3 ^ (int:2 ^ int:1)))) > int:-4)'],
    ['{ !.a && !(.b = nil) }', '((!any.a) && (!(any.b = nil)))'],
    ['{ !.a = false }', '((!any.a) = bool:false)'],
    ['{ duration > 1.5s }', '(duration > duration:1500000000)'],
    ['{ duration > 200ms && span:duration < 1h30m }', '((duration > duration:200000000) && (duration < duration:5400000000000))'],
    ['{ traceDuration > 100ms }', '(traceDuration > duration:100000000)'],
    ['{ status = error && kind != server }', '((status = status:error) && (kind != kind:server))'],
    [
      '{ span:statusMessage = "" && trace:rootService = "a" && trace:id = "1" }',
      '(((statusMessage = string:) && (rootServiceName = string:a)) && (traceId = string:00000000000000000000000000000001))',
    ],
    ['{ span."a b".c = 0.5 }', '(span.a b.c = float:0.5)'],
    ['{ ."with \\"quotes\\" and {}" = .5 }', '(any.with "quotes" and {} = float:0.5)'],
    ['{ parent.a = parent.resource.b }', '(parent.any.a = parent.resource.b)'],
    ['{ parent = nil && event:name = "x" && link.a = 1e3 }', '(((parent = nil) && (eventName = string:x)) && (link.a = float:1000))'],
    ['{ .a="tab\\t\\u00e9\\x41\\101" }', '(any.a = string:tab\té\u0041A)'],
    ['{"x"=.k8s/pod-name}', '(string:x = any.k8s/pod-name)'],
    ['{ name = "x" && nestedSetParent < 0 }', '((name = string:x) && (nestedSetParent < int:0))'],
  ])('%s', (query, wanted) => expect(conditionOf(query)).toBe(wanted));
});

describe('spansets and pipelines', () => {
  it.each([
    ['{.a} && {.b} || {.c}', '((any.a && any.b) || any.c)'],
    ['{.a} >> {.b} && {.c} !< {.d}', '((any.a >> any.b) && (any.c !< any.d))'],
    ['{.a} &>> ({.b} ~ {.c})', '(any.a &>> (any.b ~ any.c))'],
    ['({.a} | count() > 1) && {}', '(pipeline of 2 && {})'],
  ])('%s', (query, wanted) => {
    const [stage] = parseTraceql(query);
    expect(stage?.kind === 'spansets' && spansetShape(stage.expression)).toBe(wanted);
  });

  it('chains stages', () => {
    const query =
      '{ .a = 1 } | by(resource.service.name) | coalesce() | count() > 2 | avg(duration) >= 20ms | (max(.x) + 1) * 2 < sum(.y) | { .b } | select(.a, name) with (most_recent=true)';
    expect(parseTraceql(query).map(({ kind }) => kind)).toEqual([
      'spansets',
      'by',
      'coalesce',
      'scalarFilter',
      'scalarFilter',
      'scalarFilter',
      'spansets',
      'select',
    ]);
  });
});

describe('what is no TraceQL', () => {
  it.each([
    ['', 'line 1, col 1: syntax error: unexpected the end of the query, expected { … }'],
    ['{ .a = }', 'line 1, col 8: syntax error: unexpected "}", expected an attribute'],
    ['{ .a = 1', 'line 1, col 9: syntax error: unexpected the end of the query, expected an operator or "}"'],
    ['{ foo = 1 }', 'line 1, col 3: syntax error: unexpected "foo", expected an attribute'],
    ['{ .a = 1 }\n  } ', 'line 2, col 3: syntax error: unexpected "}"'],
    ['{ .a = "x }', 'line 1, col 8: syntax error: unterminated quoted string'],
    ['{ .a = "\\q" }', "line 1, col 8: syntax error: unknown escape sequence U+0071 'q'"],
    ['{ "é" = .a # }', 'line 1, col 12: syntax error: unexpected character "#"'],
    ['{ . = 1 }', 'line 1, col 4: syntax error: the name of an attribute is missing after "."'],
    ['{ span."a = 1 }', 'line 1, col 8: syntax error: this name of an attribute is not closed'],
    ['{ .a = 99999999999999999999 }', 'line 1, col 8: syntax error: the integer 99999999999999999999 does not fit'],
    ['{ .a =~ "(" }', 'line 1, col 9: invalid regular expression "("'],
    ['{} | ', 'line 1, col 6: syntax error: unexpected the end of the query, expected { … }, a comparison'],
    ['{} | count()', 'line 1, col 13: syntax error: unexpected the end of the query, expected a comparison'],
    ['{} | count(.a) > 1', 'line 1, col 12: count() takes no expression'],
    ['{} | avg() > 1', 'line 1, col 10: avg() needs what it is of'],
    ['{} | select(1)', 'line 1, col 13: select takes attributes'],
    ['{} && ', 'line 1, col 7: syntax error: unexpected the end of the query, expected { … }'],
    [`${'('.repeat(300)}{}`, 'line 1, col 101: the query is nested more than 200 levels deep'],
    [`{ ${'!'.repeat(300)}.a }`, 'line 1, col 201: the query is nested more than 200 levels deep'],
  ])('%s', (query, message) => {
    const error = errorOf(query);
    expect(error.code).toBe('traceql.parse');
    expect(error.message).toContain(`parse error at ${message}`);
  });

  it('refuses what is too long to be evaluated, however flat it is', () => {
    for (const operator of ['&&', '+', '='])
      expect(errorOf(`{ .a${` ${operator} .a`.repeat(3_000)} }`).message).toContain('the query has more than 4000 words and symbols');
    expect(errorOf(`{}${' && {}'.repeat(200)}`).message).toContain('line 1, col 601: the query has more than 100 times { … }');
    expect(() => parseTraceql(`{ ${'.a = 1 || '.repeat(900)}.a = 2 }`)).not.toThrow();
  });

  it.each([
    ['{ status = "error" }', 'line 1, col 10: a status (ok, error, unset) is never = a string: write the word without quotes'],
    ['{ duration = "1s" }', 'line 1, col 12: a number or duration is never = a string'],
    ['{ name > 5 }', 'line 1, col 8: a string is never > a number or duration'],
    ['{ status > ok }', 'line 1, col 10: a status (ok, error, unset) is only compared with = and !=, not with >'],
    ['{ .a <= true }', 'line 1, col 6: true or false is only compared with = and !=, not with <='],
    ['{ .a > nil }', 'line 1, col 6: nil is only compared with = and !=, not with >'],
    ['{ parent = .a }', 'line 1, col 10: parent is only compared with nil'],
    ['{ duration =~ "x" }', 'line 1, col 3: before =~ there must be a string, not a number or duration'],
    ['{ .a =~ 5 }', 'line 1, col 9: after =~ there must be a regular expression in quotes'],
    ['{ 1 + 2 }', 'line 1, col 5: between { and } there must be true or false, not a number or duration'],
    ['{ .a && name }', 'line 1, col 9: beside && there must be true or false, not a string'],
    ['{ -name = 1 }', 'line 1, col 4: after - there must be a number or duration, not a string'],
    ['{} | avg(name) > 1', 'line 1, col 10: in avg() there must be a number or duration, not a string'],
  ])('types that never fit: %s', (query, message) => {
    const error = errorOf(query);
    expect(error.code).toBe('traceql.type');
    expect(error.message).toBe(`parse error at ${message}`);
  });

  it.each([
    ['{} | rate()', 'line 1, col 6: rate() makes metrics of traces, which is not supported'],
    ['{} | quantile_over_time(duration, .9) by (.a)', 'line 1, col 6: quantile_over_time() makes metrics'],
    ['{ instrumentation.a = 1 }', 'line 1, col 3: attributes of instrumentation scopes are not kept'],
  ])('names what is not supported: %s', (query, message) => {
    const error = errorOf(query);
    expect(error.code).toBe('traceql.unsupported');
    expect(error.message).toContain(`parse error at ${message}`);
  });
});

describe('durations', () => {
  it.each([
    ['1ns', 1n],
    ['1.5us', 1_500n],
    ['2µs', 2_000n],
    ['1h30m', 5_400_000_000_000n],
    ['1m1.5s', 61_500_000_000n],
    ['1y2w3d', 33_004_800_000_000_000n],
    ['', undefined],
    ['5', undefined],
    ['1x', undefined],
    ['s', undefined],
  ])('%s', (text, ns) => expect(parseDurationNs(text)).toBe(ns));
});
