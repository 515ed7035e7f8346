import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../model/app-error.ts';
import { type ExpositionFamily, formatExposition } from './format.ts';
import type { RawLabel } from './metric-parser.ts';
import { canonicalBound } from './number.ts';
import { ExpositionParser } from './parse.ts';

interface Line {
  readonly labels: readonly RawLabel[];
  readonly value: number;
  readonly timestampMs?: number;
}

function read(body: string | Uint8Array): Line[] {
  const parser = new ExpositionParser(typeof body === 'string' ? Buffer.from(body) : body);
  const lines: Line[] = [];
  for (let entry = parser.next(); entry !== 'end'; entry = parser.next()) {
    if (entry !== 'series') continue;
    lines.push({ labels: parser.labels(), value: parser.value, ...(parser.hasTimestamp && { timestampMs: parser.timestampMs }) });
  }
  return lines;
}

function metadata(body: string): string[] {
  const parser = new ExpositionParser(Buffer.from(body));
  const found: string[] = [];
  for (let entry = parser.next(); entry !== 'end'; entry = parser.next()) {
    if (entry === 'help') found.push(`${parser.familyName()}: ${parser.helpText()}`);
    if (entry === 'type') found.push(`${parser.familyName()} is ${parser.type}`);
  }
  return found;
}

function errorOf(body: string | Uint8Array): string {
  try {
    read(body);
  } catch (error) {
    if (isAppError(error)) return error.message;
    throw error;
  }
  return '';
}

const named = (name: string, ...labels: RawLabel[]): RawLabel[] => [['__name__', name], ...labels];

describe('series lines', () => {
  it.each<[string, Line[]]>([
    ['a 1\n', [{ labels: named('a'), value: 1 }]],
    ['a 1', [{ labels: named('a'), value: 1 }]],
    [
      '\n\n  \na 1 \n\tb\t2\t\n',
      [
        { labels: named('a'), value: 1 },
        { labels: named('b'), value: 2 },
      ],
    ],
    ['a{} 1\n', [{ labels: named('a'), value: 1 }]],
    ['a { x = "1" , y = "2" , } 3 \n', [{ labels: named('a', ['x', '1'], ['y', '2']), value: 3 }]],
    ['a{x="1"}3\n', [{ labels: named('a', ['x', '1']), value: 3 }]],
    ['a{x="1" y="2"} 3\n', [{ labels: named('a', ['x', '1'], ['y', '2']), value: 3 }]],
    ['a{x=""} 1\n', [{ labels: named('a', ['x', '']), value: 1 }]],
    ['a{x="q\\"b\\\\n\\n t\\t"} 1\n', [{ labels: named('a', ['x', 'q"b\\n\n t\\t']), value: 1 }]],
    [
      'a{x="l1\nl2"} 1\nb 2\n',
      [
        { labels: named('a', ['x', 'l1\nl2']), value: 1 },
        { labels: named('b'), value: 2 },
      ],
    ],
    ['a:b_9{_x="é"} 1\n', [{ labels: named('a:b_9', ['_x', 'é']), value: 1 }]],
    ['{"a.b",x="y"} 1\n', [{ labels: named('a.b', ['x', 'y']), value: 1 }]],
    ['{x="y","a b"} 1\n', [{ labels: named('a b', ['x', 'y']), value: 1 }]],
    ['a{"x.y"="z"} 1\n', [{ labels: named('a', ['x.y', 'z']), value: 1 }]],
    [
      'a 1 1395066363000\nb  1   5   \n',
      [
        { labels: named('a'), value: 1, timestampMs: 1395066363000 },
        { labels: named('b'), value: 1, timestampMs: 5 },
      ],
    ],
    ['a 1\n\0b 2\n', [{ labels: named('a'), value: 1 }]],
    ['', []],
  ])('reads %j', (body, want) => expect(read(body)).toEqual(want));

  it.each([
    ['1', 1],
    ['-0', -0],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['1e-400', 0],
    ['123456789012345', 123456789012345],
    ['0.1234567890123456789', 0.12345678901234568],
    ['9007199254740993', 9007199254740992],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['Inf', Infinity],
    ['+inf', Infinity],
    ['-INFINITY', -Infinity],
    ['NaN', NaN],
    ['nan', NaN],
    ['0.1', 0.1],
    ['2.12345678901234', 2.12345678901234],
    ['000001.50', 1.5],
  ])('reads the value %s', (text, want) => expect(read(`a ${text}\n`)[0]?.value).toBe(want));

  it.each([
    ['a\n', 'line 1, column 2: expected value after metric, got "\\n" in "a"'],
    ['a', 'line 1, column 2: expected value after metric, got the end in "a"'],
    ['ok 1\n\na{b="c"} \n', 'line 3, column 10: expected value after metric, got "\\n" in "a{b=\\"c\\"} "'],
    ['a 0x1F\n', 'line 1, column 3: value "0x1F" of "a" is not a number'],
    ['a 0x1p4\n', 'line 1, column 3: value "0x1p4" of "a" is not a number'],
    ['a 1_000\n', 'line 1, column 3: value "1_000" of "a" is not a number'],
    ['a +NaN\n', 'line 1, column 3: value "+NaN" of "a" is not a number'],
    ['a .\n', 'line 1, column 3: value "." of "a" is not a number'],
    ['a-b 1\n', 'line 1, column 2: value "-b" of "a" is not a number'],
    ['a 1e400\n', 'line 1, column 3: value "1e400" of "a" is out of the range of a 64-bit float (write +Inf for infinity)'],
    ['a 1\r\n', 'line 1, column 3: value "1\\r" of "a" ends in a carriage return: lines of the text format end in a line feed alone'],
    ['a 1 -5\n', 'line 1, column 5: expected timestamp or a new line, got "-5" in "a 1 -5"'],
    ['a 1 1.5\n', 'line 1, column 6: expected a new line, got ".5" in "a 1 1.5"'],
    ['a 1 2 3\n', 'line 1, column 7: expected a new line, got "3" in "a 1 2 3"'],
    ['a 1 # {t="1"} 3\n', 'line 1, column 5: expected timestamp or a new line, got "# {t=\\"1\\"} 3" in "a 1 # {t=\\"1\\"} 3"'],
    ['a 1 99999999999999999999\n', 'line 1, column 5: timestamp "99999999999999999999" is out of the range of 64 bits'],
    ['1a 1\n', 'line 1, column 1: expected a metric name, "{" or "#", got "1a 1"'],
    ['<html>\n', 'line 1, column 1: expected a metric name, "{" or "#", got "<html>"'],
    ['a{,b="c"} 1\n', 'line 1, column 3: expected label name, got ",b=\\"c\\"} 1" in "a{,b=\\"c\\"} 1"'],
    ['a{b="c",,d="e"} 1\n', 'line 1, column 9: expected label name, got ",d=\\"e\\"} 1" in "a{b=\\"c\\",,d=\\"e\\"} 1"'],
    ['a{x:y="1"} 1\n', 'line 1, column 4: expected equal, got ":y=\\"1\\"} 1" in "a{x:y=\\"1\\"} 1"'],
    ['a{foo} 1\n', 'line 1, column 6: expected equal, got "} 1" in "a{foo} 1"'],
    ["a{x='1'} 1\n", 'line 1, column 5: expected label value, got "\'1\'} 1" in "a{x=\'1\'} 1"'],
    ['b 1\na{x="l1} 1\nb 2\n', 'line 2, column 5: expected label value, got "\\"l1} 1" in "a{x=\\"l1} 1"'],
    ['a{x="l1"\n', 'line 1, column 9: expected label name, got "\\n" in "a{x=\\"l1\\""'],
    ['a{x="l1"', 'line 1, column 9: expected label name, got the end in "a{x=\\"l1\\""'],
    ['{x="y"} 1\n', 'line 1, column 1: metric name not set in "{x=\\"y\\"}"'],
    ['{__name__="b"} 1\n', 'line 1, column 1: metric name not set in "{__name__=\\"b\\"}"'],
    ['{"a","b"} 1\n', 'line 1, column 6: metric name already set in "{\\"a\\",\\"b\\""'],
    ['a{"b"} 1\n', 'line 1, column 3: metric name already set in "a{\\"b\\""'],
    ['a{__name__="b"} 1\n', 'line 1, column 3: label name "__name__" is not unique: invalid sample'],
    ['a{x="1",x="1"} 1\n', 'line 1, column 9: label name "x" is not unique: invalid sample'],
  ])('refuses %j', (body, want) => expect(errorOf(body)).toBe(want));

  it('refuses what is not UTF-8 and keeps the message short', () => {
    expect(errorOf(Buffer.from('a{x="\xff"} 1\n', 'latin1'))).toBe('line 1, column 6: invalid UTF-8 label value: "\ufffd"');
    expect(errorOf(Buffer.from('{"\xff"} 1\n', 'latin1'))).toBe('line 1, column 3: invalid UTF-8: "\ufffd"');
    expect(errorOf(Buffer.from('# HELP a \xff\na 1\n', 'latin1'))).toContain('is not a valid utf8 string');
    expect(errorOf(`a{x="${'y'.repeat(5000)}"} zz`).length).toBeLessThan(300);
  });
});

describe('metadata', () => {
  it.each([
    ['# HELP a text\n# TYPE a counter\n', ['a: text', 'a is counter']],
    ['#\tHELP a  two  \\n \\\\x \\" \n', ['a:  two  \n \\x \\" ']],
    ['# HELP a\n# HELP b', ['a: ', 'b: ']],
    ['#foo\n# bar\n# HELPme\n#\n# \n#HELP a b\n# HELP', []],
    ['# TYPE "q.r" untyped\n# HELP "a b" t\n', ['q.r is unknown', 'a b: t']],
    ['# HELP a-b text\n', ['a: b text']],
  ])('reads %j', (body, want) => expect(metadata(body)).toEqual(want));

  it.each([
    [
      '# TYPE a foo\n',
      'line 1, column 10: invalid metric type "foo" (it is one of counter, gauge, histogram, summary, untyped, with nothing around it)',
    ],
    ['# TYPE a  counter\n', 'line 1, column 10: invalid metric type " counter"'],
    ['# TYPE a\n', 'line 1, column 9: invalid metric type ""'],
    ['# HELP \na 1\n', 'line 1, column 8: expected metric name after HELP, got ""'],
    ['a 1\n# TYPE 1x counter\n', 'line 2, column 8: expected metric name after TYPE, got "1x counter"'],
  ])('refuses %j', (body, want) => expect(errorOf(body)).toContain(want));

  it('writes bucket bounds and quantiles in one notation, as Prometheus 3', () => {
    const body =
      '# TYPE h histogram\nh_bucket{le="1"} 1\nother{quantile="1"} 1\n# TYPE s summary\ns{quantile="0.50",le="4"} 1\n# TYPE g gauge\ng{le="9"} 1\n';
    const bounds = read(body).map((line) =>
      line.labels
        .slice(1)
        .map(([name, value]) => `${name}=${value}`)
        .join(),
    );
    expect(bounds).toEqual(['le=1.0', 'quantile=1', 'quantile=0.5,le=4', 'le=9']);
  });

  it.each([
    ['1', '1.0'],
    ['5', '5.0'],
    ['0', '0.0'],
    ['-1', '-1.0'],
    ['1e3', '1000.0'],
    ['0.50', '0.5'],
    ['1000000', '1e+06'],
    ['123456', '123456.0'],
    ['1234567.5', '1.2345675e+06'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['1e100', '1e+100'],
    ['+Inf', '+Inf'],
    ['inf', '+Inf'],
    ['nan', 'NaN'],
    ['x', 'x'],
    ['', ''],
  ])('bound %j becomes %j', (text, want) => expect(canonicalBound(text)).toBe(want));
});

describe('skipKnown', () => {
  const known = (text: string) => Buffer.from(text);
  const skip = (body: string, text: string) => new ExpositionParser(Buffer.from(body)).skipKnown(known(text), 0, text.length);

  it('recognises a series by its bytes and reads value and time', () => {
    const parser = new ExpositionParser(Buffer.from('a{x="1"} 2 3\nb 4\n'));
    expect(parser.skipKnown(known('a{x="1"}'), 0, 8)).toBe(true);
    expect([parser.value, parser.hasTimestamp, parser.timestampMs]).toEqual([2, true, 3]);
    expect(parser.skipKnown(known('_b_'), 1, 2)).toBe(true);
    expect([parser.value, parser.hasTimestamp]).toEqual([4, false]);
    expect(parser.next()).toBe('end');
  });

  it.each([
    ['ab 1\n', 'a'],
    ['a{x="1"} 1\n', 'a'],
    ['a {x="1"} 1\n', 'a'],
    ['a:b 1\n', 'a'],
    ['a', 'a'],
    [' a 1\n', 'a'],
    ['# a 1\n', 'a'],
    ['b 1\n', 'a'],
  ])('does not take %j for %j', (body, text) => expect(skip(body, text)).toBe(false));

  it('fails on a bad value like next', () => {
    expect(() => skip('ok{} x\n', 'ok{}')).toThrow('line 1, column 6: value "x" of "ok{}" is not a number');
  });
});

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const value = fc.double();
const families: fc.Arbitrary<ExpositionFamily[]> = fc.array(
  fc.record({
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    type: fc.constantFrom('counter', 'gauge', 'histogram', 'summary', 'unknown'),
    help: text,
    samples: fc.array(
      fc.record({
        labels: fc.dictionary(
          text.filter((name) => name !== '__name__' && name !== 'le' && name !== 'quantile'),
          text,
          { maxKeys: 4 },
        ),
        value,
        timestampMs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      }),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 4 },
);

describe('properties', () => {
  it('reads back what formatExposition wrote', () => {
    fc.assert(
      fc.property(families, (written) => {
        const want = written.flatMap(({ name, samples }) =>
          samples.map(({ labels = {}, value, timestampMs = 0 }) => ({
            labels: named(name, ...Object.entries(labels)),
            value,
            timestampMs,
          })),
        );
        expect(read(formatExposition(written))).toEqual(want);
      }),
      { numRuns: 500 },
    );
  });

  it('reads every double as JavaScript does', () => {
    fc.assert(
      fc.property(value, fc.boolean(), (number, isLong) => {
        const spelled = Number.isFinite(number) && isLong ? number.toPrecision(21) : formatValue(number);
        expect(read(`a ${spelled}\n`)[0]?.value).toBe(Number.isFinite(number) ? Number(spelled) : number);
      }),
      { numRuns: 2000 },
    );
  });

  it('never does anything but read or refuse, whatever the bytes', () => {
    const noise = fc.array(fc.constantFrom(...'a1{}=",\\ \n\t#.:e-+\0', '# HELP ', '# TYPE a counter', 'le="1"', '\u00ff', 'NaN', '{"'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(noise, (pieces) => {
        const body = Buffer.from(pieces.join(''), 'latin1');
        try {
          read(body);
        } catch (error) {
          expect(isAppError(error) && error.message).toMatch(/^line \d+, column \d+: /);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('skips known series exactly where next would read them', () => {
    fc.assert(
      fc.property(families, (written) => {
        const body = formatExposition(written);
        const ranges: [number, number][] = [];
        const first = new ExpositionParser(body);
        for (let entry = first.next(); entry !== 'end'; entry = first.next())
          if (entry === 'series') ranges.push([first.seriesStart, first.seriesEnd]);
        const values: number[] = [];
        const second = new ExpositionParser(body);
        for (let i = 0, entry = ''; entry !== 'end'; ) {
          const range = ranges[i];
          if (range && second.skipKnown(body, ...range)) {
            values.push(second.value);
            i++;
          } else entry = second.next();
        }
        expect(values).toEqual(read(body).map((line) => line.value));
      }),
      { numRuns: 300 },
    );
  });
});

function formatValue(number: number): string {
  return Number.isNaN(number)
    ? 'NaN'
    : number === Infinity
      ? '+Inf'
      : number === -Infinity
        ? '-Inf'
        : Object.is(number, -0)
          ? '-0'
          : String(number);
}
