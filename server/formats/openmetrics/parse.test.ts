import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../model/app-error.ts';
import { OpenMetricsParser } from './parse.ts';

/** Every entry of a body in words. */
function read(body: string | Uint8Array): string[] {
  const parser = new OpenMetricsParser(typeof body === 'string' ? Buffer.from(body) : body);
  const found: string[] = [];
  for (let entry = parser.next(); entry !== 'end'; entry = parser.next()) {
    if (entry === 'help') found.push(`help ${parser.familyName()} ${parser.helpText()}`);
    else if (entry === 'type') found.push(`type ${parser.familyName()} ${parser.type}`);
    else if (entry === 'unit') found.push(`unit ${parser.familyName()} ${parser.unitText()}`);
    else found.push(sample(parser));
  }
  return found;
}

function sample(parser: OpenMetricsParser): string {
  const labels = parser.labels().map((pair) => pair.join('='));
  const time = parser.hasTimestamp ? ` @${parser.timestampMs}` : '';
  const { exemplar } = parser;
  if (!exemplar) return `${labels} ${parser.value}${time}`;
  const { labels: pairs, value, timestampMs } = exemplar;
  return `${labels} ${parser.value}${time} <- ${pairs.map((pair) => pair.join('='))} ${value} @${timestampMs}`;
}

function errorOf(body: string | Uint8Array): string {
  try {
    read(body);
  } catch (error) {
    if (isAppError(error)) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a body', () => {
  it('has metadata, samples with times in seconds, and exemplars', () => {
    expect(
      read(
        [
          '# HELP req_seconds How long.',
          '# TYPE req_seconds histogram',
          '# UNIT req_seconds seconds',
          'req_seconds_bucket{le="0.1"} 8 # {} 0.054',
          'req_seconds_bucket{le="1"} 10 1520879607.789 # {trace_id="abc",x="a\\"b"} 0.67 1520879607.5',
          'req_seconds_count 10 # {trace_id="def"} 3',
          '# TYPE up stateset',
          'up{up="a"} 1',
          '# EOF\n',
        ].join('\n'),
      ),
    ).toEqual([
      'help req_seconds How long.',
      'type req_seconds histogram',
      'unit req_seconds seconds',
      '__name__=req_seconds_bucket,le=0.1 8 <-  0.054 @undefined',
      '__name__=req_seconds_bucket,le=1.0 10 @1520879607789 <- trace_id=abc,x=a"b 0.67 @1520879607500',
      '__name__=req_seconds_count 10 <- trace_id=def 3 @undefined',
      'type up stateset',
      '__name__=up,up=a 1',
    ]);
  });

  it('unescapes quotes of help texts too', () => {
    const parser = new OpenMetricsParser(Buffer.from('# HELP a say \\"x\\", \\\\ and \\n\n# EOF\n'));
    expect([parser.next(), parser.helpText()]).toEqual(['help', 'say "x", \\ and \n']);
  });

  it('forgets the exemplar of the line before', () => {
    expect(read('a 1 # {b="c"} 2\nd 3\n# EOF')).toEqual(['__name__=a 1 <- b=c 2 @undefined', '__name__=d 3']);
  });

  it('of a known series is read without its labels', () => {
    const known = Buffer.from('a{b="c"}');
    const parser = new OpenMetricsParser(Buffer.from('a{b="c"} 5 # {t="u"} 6\na{b="c"} 7\n# EOF\n'));
    expect(parser.skipKnown(known, 0, known.length)).toBe(true);
    expect([parser.value, parser.exemplar]).toEqual([5, { labels: [['t', 'u']], value: 6, timestampMs: undefined }]);
    expect(parser.skipKnown(known, 0, known.length)).toBe(true);
    expect([parser.value, parser.exemplar]).toEqual([7, undefined]);
    expect(parser.next()).toBe('end');
    expect(parser.skipKnown(known, 0, known.length)).toBe(false);
  });
});

describe('times of creation', () => {
  const createdOf = (body: string, options = {}) => {
    const parser = new OpenMetricsParser(Buffer.from(body), options);
    const found: string[] = [];
    for (let entry = parser.next(); entry !== 'end'; entry = parser.next())
      if (entry === 'series') found.push(`${parser.labels().map(([, value]) => value)} ${parser.createdMs}`);
    return found;
  };

  it('are told by a line of their own behind the series, which is no series to who asks', () => {
    const counters = '# TYPE a counter\na_total{i="1"} 5\na_created{i="1"} 7.5\na_total{i="2"} 5\na_total{i="3"} 5\na_created{i="3"} 8\n';
    expect(createdOf(`${counters}# EOF\n`)).toEqual(['a_total,1 7500', 'a_total,2 0', 'a_total,3 8000']);
    const buckets = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_created 9\nh_count 1\n# TYPE g gauge\ng_created 1\n';
    expect(createdOf(`${buckets}# EOF\n`)).toEqual(['h_bucket,1.0 9000', 'h_bucket,+Inf 9000', 'h_count 9000', 'g_created 0']);
    expect(createdOf('# TYPE "a.b" counter\n{"a.b_total"} 5\n{"a.b_created"} 7\n# EOF\n')).toEqual(['a.b_total 7000']);
  });

  it('are lines like others until somebody asks', () => {
    const body = '# TYPE a counter\na_total 5\na_created 7\n# EOF\n';
    expect(read(body)).toEqual(['type a counter', '__name__=a_total 5', '__name__=a_created 7']);
    const lone = '# TYPE a counter\na_created 7\n# EOF\n';
    expect([createdOf(lone), createdOf(lone, { hidesCreated: true })]).toEqual([['a_created 0'], []]);
    const parser = new OpenMetricsParser(Buffer.from(lone), { hidesCreated: true });
    parser.next();
    expect([parser.skipKnown(Buffer.from('a_created'), 0, 9), parser.next()]).toEqual([false, 'end']);
  });

  it('are looked for once, however many series have none', () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => `a_total{i="${i}"} 1\n`).join('');
    expect(createdOf(`# TYPE a counter\n${lines}a_created{i="49999"} 2\n# EOF\n`).at(-1)).toBe('a_total,49999 2000');
  });

  it('are not looked for behind a fault', () => {
    const parser = new OpenMetricsParser(Buffer.from('# TYPE a counter\na_total 5\n}\na_created 7\n# EOF\n'));
    parser.next();
    parser.next();
    expect(parser.createdMs).toBe(0);
    expect(() => parser.next()).toThrow('expected a metric name');
  });
});

describe('a bad body', () => {
  it.each([
    ['a 1\n', 'data does not end with # EOF'],
    ['', 'data does not end with # EOF'],
    ['a 1\n# EOF\na 2\n', 'unexpected data after # EOF'],
    ['\n# EOF', 'a blank line, which OpenMetrics does not allow'],
    ['# just a remark\n# EOF', 'expected # HELP, # TYPE, # UNIT or # EOF, got "# just a remark"'],
    ['# TYPE a untyped\n# EOF', 'invalid metric type "untyped" (it is one of counter, gauge'],
    ['# UNIT a seconds\n# EOF', 'unit "seconds" is not a suffix of metric "a"'],
    ['a 1 # x\n# EOF', 'expected the labels of an exemplar, got "x"'],
    ['a 1 # {x="y"}\n# EOF', 'value of an exemplar "" is not a number'],
    ['a 1 nan\n# EOF', 'invalid timestamp "nan"'],
    ['a 1 1 1\n# EOF', 'expected a new line, got "1"'],
    ['a 1', 'expected a new line'],
  ])('%j', (body, message) => {
    expect(errorOf(body)).toContain(message);
  });

  it('never ends in anything but a placed error', () => {
    const piece = fc.constantFrom('a', '{', '}', '"', '=', ' ', '1', '#', '\n', '# EOF', '# TYPE a counter\n', '\\', ',', '.5', '\xff');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(typeof errorOf(Buffer.from(pieces.join(''), 'latin1'))).toBe('string');
      }),
    );
  });
});
