// Our parser and the grammar of Grafana's editor accept the same queries, so that what is typed without a red line is also understood.
import { parser } from '@grafana/lezer-traceql';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../model/app-error.ts';
import { parseTraceql } from './parse.ts';

function grammarAccepts(query: string): boolean {
  let isGood = true;
  parser.parse(query).iterate({
    enter: (node) => {
      if (node.type.isError) isGood = false;
    },
  });
  return isGood;
}

/** Types are not a matter of grammar. */
function parserAccepts(query: string): boolean {
  try {
    parseTraceql(query);
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code !== 'traceql.parse';
  }
}

const GOOD = [
  '{}',
  '{ true }',
  '{ .a = "x" }',
  '{ .a = `x` }',
  '{ span.http.status_code >= 500 && resource.service.name =~ "a.*" }',
  '{ .a != nil || (.b !~ "x" && !.c) }',
  '{ duration > 1.5s && duration < 90m }',
  '{ status = error && kind = server }',
  '{ name = "x" && rootName = "y" && rootServiceName = "z" && traceDuration > 5ms }',
  '{ parent.a = 1 && parent = nil }',
  '{ span:status = ok && trace:duration > 1s && span:id = "1" }',
  '{ event:name = "e" && event.a = 1 && link:traceID = "1" && link.b = 2 }',
  '{ instrumentation:name = "lib" }',
  '{ statusMessage = "m" }',
  '{ .a + 1 > 2 * 3 && .b ^ 2 = 4 && .c % 2 = 1 && .d - 1 < 1 / 2 }',
  '{ ."a b" = 1 }',
  '{ span."a b".c = 1 }',
  '{ .a } && { .b } || { .c }',
  '{ .a } >> { .b } > { .c }',
  '{ .a } << { .b } < { .c } ~ { .d }',
  '{ .a } !>> { .b }',
  '{ .a } !> { .b }',
  '{ .a } &>> { .b }',
  '{ .a } &~ { .b }',
  '({ .a } | count() > 1) && { .b }',
  '{ .a } | count() > 2',
  '{ .a } | avg(duration) >= 20ms | max(.x) < 3 | min(.y) = 1 | sum(.z) != 0',
  '{ .a } | by(resource.service.name) | count() > 1 | coalesce()',
  '{ .a } | select(.b, span.c, name)',
  '{ .a = 1 } with (most_recent=true)',
  '{ .a } | rate()',
  '{ .a } | count_over_time() by (.b)',
];

/** Tempo takes these; the grammar lags behind it. */
const BEYOND = ['{ duration < 1h30m }', '{ childCount = 0 }', '{ nestedSetParent < 0 }'];

const BAD = [
  '',
  '{',
  '}',
  '{ .a = }',
  '{ = 1 }',
  '{ .a = "x }',
  '{} {}',
  '{} |',
  '{} | count()',
  '{} &&',
  '{ .a = 1 ) }',
  '{ (.a = 1 }',
  '{} | by()',
  '{ .a == 1 }',
  'hello',
];

describe('the grammar of the editor', () => {
  it.each(GOOD)('also accepts %s', (query) => expect([parserAccepts(query), grammarAccepts(query)]).toEqual([true, true]));
  it.each(BEYOND)('does not know %s, which Tempo takes', (query) =>
    expect([parserAccepts(query), grammarAccepts(query)]).toEqual([true, false]),
  );
  it.each(BAD)('also refuses %s', (query) => expect([parserAccepts(query), grammarAccepts(query)]).toEqual([false, false]));
});
