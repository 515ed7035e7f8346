import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { parseQuery } from '../parse/parser.ts';
import { compileIpSearch } from './ip.ts';
import { detectLevel } from './level.ts';
import { compileRegexpSearch } from './line-filter.ts';
import { LineLabels } from './line-labels.ts';
import { pushableFilters } from './pushdown.ts';
import { labelsOf, runLine } from './testing/run-pipeline.ts';

const passes = (pipeline: string, line: string, input = {}) => runLine(pipeline, line, input) !== undefined;

describe('line filters', () => {
  it.each([
    ['|= "err"', 'an err', true],
    ['|= "err"', 'an Err', false],
    ['|= "a" or "b"', 'xb', true],
    ['!= "a" or "b"', 'xb', false],
    ['!= "a" or "b"', 'xc', true],
    ['|~ "e.r"', 'a ear', true],
    ['|~ "a.b"', 'a\nb', false],
    ['|~ "(?i)ERROR|fail"', 'some Failure', true],
    ['|~ "(?i)ERROR|fail"', 'fine', false],
    ['|~ "(?i)MASK"', 'ma\u017fk', true],
    ['|~ "(?i)di"', 'd\u0130', false],
    ['!~ "\\\\d{3}"', 'a 500', false],
    ['!~ "\\\\d{3}" or "x"', 'a 50', true],
    ['|= ""', 'anything', true],
    ['|> "<_> level=debug <_>"', 'ts=1 level=debug msg=x', true],
    ['|> "<_> level=debug <_>"', 'level=debug msg=x', false],
    ['|> "<_>x"', 'abx', true],
    ['|> "<_>x"', 'abxy', false],
    ['!> "a<_>" or "b<_>"', 'bc', false],
    ['!> "a<_>" or "b<_>"', 'cb', true],
    ['|= ip("10.0.0.0/8")', 'from 10.2.3.4:80 to 1.1.1.1', true],
    ['!= ip("10.0.0.0/8")', 'from 10.2.3.4:80', false],
    ['|= ip("192.168.4.5-192.168.4.20")', '[192.168.4.21]', false],
  ])('%s of %j', (filter, line, expected) => {
    expect(passes(filter, line)).toBe(expected);
  });

  it('answers as RE2 does where it takes a short way', () => {
    const expressions = [
      'a.*b',
      '.*ab.*',
      'ab?c',
      'a(bc)?d',
      '[ab]c',
      'ab|c',
      'a\\.b',
      '(?i)ab',
      '(?i)s',
      'a{2}b',
      'ab+c',
      '^ab',
      'ab$',
      'x*',
      '(a|b)c',
      '\\d+a',
      'a|',
      'a\\w+b',
      '[^]a]b',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...expressions),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'A', 'B', '.', '\n', '1', 'ſ', 'İ', 'x', ']') }),
        (expression, line) => {
          expect(compileRegexpSearch(expression)(line)).toBe(RE2JS.compile(expression).matcher(line).find());
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['1.2.3.4', 'a 1.2.3.4 b', true],
    ['1.2.3.4', '11.2.3.4', false],
    ['1.2.3.4', '1.2.3.45', false],
    ['1.2.3.4', 'is 1.2.3.4.', true],
    ['::1', 'listen [::1]:80', true],
    ['2001:db8::/32', 'from 2001:0db8:85a3::8a2e:370:7334 ok', true],
    ['2001:db8::/32', 'from 2001:db9::1 ok', false],
    ['2001:db8::1-2001:db8::8', '2001:db8::5', true],
    ['0.0.0.0/0', 'no address 1.2.3', false],
  ])('ip %s in %j', (pattern, text, expected) => {
    expect(compileIpSearch(pattern)(text)).toBe(expected);
  });

  it.each(['', 'x', '1.2.3.4/33', '1.2.3.9-1.2.3.4', '1.2.3.4-::1', '1.2.3'])('refuses ip(%j)', (pattern) => {
    expect(() => compileIpSearch(pattern)).toThrow(/ip: invalid pattern/);
  });

  it('refuses names in patterns of lines', () => {
    expect(() => runLine('|> "<name> x"', 'a x')).toThrow(/only <_>/);
  });
});

describe('label filters', () => {
  const line = 'a=5 d=250ms b=1.5KB s=text neg=-3 ip=10.1.2.3 e=1e2 c=1,024';
  it.each([
    ['a > 4', true],
    ['a == 5', true],
    ['a != 5.0', false],
    ['a <= 4.9', false],
    ['neg < 0', true],
    ['neg >= -3', true],
    ['e = 100', true],
    ['d > 100ms', true],
    ['d >= 0.25s', true],
    ['d < 1ms', false],
    ['b > 1KB', true],
    ['b == 1500B', true],
    ['c >= 1KiB', true],
    ['s = "text"', true],
    ['s = "tex"', false],
    ['s =~ "te.."', true],
    ['s =~ "te"', false],
    ['s !~ "te"', true],
    ['missing = ""', true],
    ['missing != "x"', true],
    ['missing > 0', false],
    ['missing < 100', false],
    ['missing = ip("10.0.0.0/8")', false],
    ['ip = ip("10.0.0.0/8")', true],
    ['ip != ip("10.0.0.0/8")', false],
    ['a > 4 and s = "x"', false],
    ['a > 4, s = "text"', true],
    ['a > 4 s = "x"', false],
    ['a > 9 or s = "text"', true],
    ['(a > 9 or s = "text") and d > 1s', false],
  ])('%s is %s', (filter, expected) => {
    expect(passes(`| logfmt | ${filter}`, line)).toBe(expected);
  });

  it('keeps lines whose label cannot be read, with an error', () => {
    expect(labelsOf('| logfmt | s > 1', line)).toMatchObject({
      __error__: 'LabelFilterErr',
      __error_details__: 'strconv.ParseFloat: parsing "text": invalid syntax',
    });
    expect(labelsOf('| logfmt | a > 1s', line).__error_details__).toBe('time: missing unit in duration "5"');
    expect(labelsOf('| logfmt | s > 1KB', line).__error__).toBe('LabelFilterErr');
    expect(passes('| logfmt | s > 1 | __error__=""', line)).toBe(false);
  });

  it('lets lines with an error pass', () => {
    expect(passes('| json | a > 1000', 'text')).toBe(true);
    expect(passes('| json | a = "x"', 'text')).toBe(false);
    expect(passes('| json | __error__="JSONParserErr"', 'text')).toBe(true);
    expect(passes('| json | __error__!="JSONParserErr"', 'text')).toBe(false);
  });
});

describe('filters for the store', () => {
  const push = (pipeline: string) => {
    const expr = parseQuery(`{app="x"} ${pipeline}`);
    if (expr.kind !== 'log') throw new Error('no log query');
    const { filters, rest } = pushableFilters(expr.stages);
    return { filters, rest: rest.map(({ kind }) => kind) };
  };

  it('takes line filters as long as the line is as stored', () => {
    expect(push('|= "a" !~ "b" or "c" | json |= "d" | line_format "{{.x}}" |= "e"')).toEqual({
      filters: [
        { type: '|=', values: ['a'] },
        { type: '!~', values: ['b', 'c'] },
        { type: '|=', values: ['d'] },
      ],
      rest: ['json', 'line_format', 'line_filter'],
    });
  });

  it('leaves addresses and patterns', () => {
    expect(push('|= ip("1.2.3.4") |> "<_>a" |= "x"')).toEqual({
      filters: [{ type: '|=', values: ['x'] }],
      rest: ['line_filter', 'line_filter'],
    });
  });
});

describe('levels', () => {
  it.each([
    [{ level: 'WARNING' }, 'error here', 'warn'],
    [{ severity: 'Notice' }, '', 'info'],
    [{ detected_level: 'crit' }, '', 'critical'],
    [{ level: 'strange' }, 'level=debug', 'debug'],
    [{}, '{"time":"x","level":"error","msg":"info"}', 'error'],
    [{}, '{"level": 30, "msg":"x"}', 'info'],
    [{}, 'ts=1 lvl=warn msg="an error"', 'warn'],
    [{}, '{"severity":"ERR"}', 'error'],
    [{}, '2024-01-01 [INFO] started', 'info'],
    [{}, 'E something', 'unknown'],
    [{}, 'Traceback: fatal', 'fatal'],
    [{}, 'terrorist information', 'unknown'],
    [{}, '', 'unknown'],
  ])('%j and %j', (stream, line, level) => {
    const labels = new LineLabels();
    labels.reset(Labels.from(stream as Record<string, string>), []);
    expect(detectLevel({ line, labels })).toBe(level);
  });
});
