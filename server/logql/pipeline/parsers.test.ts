import { describe, expect, it } from 'vitest';
import { labelsOf, runLine, runPipeline } from './testing/run-pipeline.ts';

describe('logfmt', () => {
  it('extracts pairs', () => {
    const line = 'at=info method=GET path=/ host=grafana.net fwd="124.133.124.161" service=8ms status=200';
    const all = { at: 'info', method: 'GET', path: '/', host: 'grafana.net', fwd: '124.133.124.161', service: '8ms', status: '200' };
    expect(labelsOf('| logfmt', line)).toEqual(all);
    expect(labelsOf('| logfmt', line, { neededLabels: new Set(['status']) })).toEqual({ status: '200' });
    expect(labelsOf('| logfmt host, fwd_ip="fwd", miss="x"', line)).toEqual({ host: 'grafana.net', fwd_ip: '124.133.124.161' });
  });

  it('reads quotes and escapes, and makes names', () => {
    expect(labelsOf('| logfmt', 'msg="say \\"hi\\"\\n" p="C:\\\\" a.b-c=1 9x=2 e="" ü=3')).toEqual({
      msg: 'say "hi"\n',
      p: 'C:\\',
      a_b_c: '1',
      _9x: '2',
      _: '3',
    });
  });

  it('keeps the first of equal names and puts _extracted behind known ones', () => {
    expect(labelsOf('| logfmt', 'a=1 a=2 app=3', { stream: { app: 'x' } })).toEqual({ a: '1', app: 'x', app_extracted: '3' });
  });

  it('takes what it can read of a broken line', () => {
    const line = 'a=1 b"c=2 d=e=f bad="x\\q" g=3 h="open';
    expect(labelsOf('| logfmt', line)).toEqual({ a: '1', g: '3' });
    expect(labelsOf('| logfmt --strict', line)).toEqual({
      a: '1',
      __error__: 'LogfmtParserErr',
      __error_details__: `logfmt syntax error at pos 6 on line 1: unexpected '"'`,
    });
    expect(labelsOf('| logfmt --strict', 'a=1 =2')).toMatchObject({
      __error_details__: "logfmt syntax error at pos 5 on line 1: unexpected '='",
    });
    expect(labelsOf('| logfmt --strict', 'a="')).toMatchObject({
      __error_details__: 'logfmt syntax error at pos 4 on line 1: unterminated quoted value',
    });
  });

  it('leaves out keys without a value, which --keep-empty makes labels without a value', () => {
    expect(labelsOf('| logfmt', 'flag a=1 b= c')).toEqual({ a: '1' });
    expect(labelsOf('| logfmt --keep-empty', 'flag a=1 b=')).toEqual({ a: '1' });
  });

  it('reads lines of different shapes one after the other', () => {
    const lines = ['a=1 b=2', 'b=3 a=4', 'a=5 ab=6', 'a=7', 'a b=8', 'a="9" b=10'];
    expect(runPipeline('| logfmt', lines).map((outcome) => outcome?.labels)).toEqual([
      { a: '1', b: '2' },
      { a: '4', b: '3' },
      { a: '5', ab: '6' },
      { a: '7' },
      { b: '8' },
      { a: '9', b: '10' },
    ]);
  });
});

describe('pattern', () => {
  const line =
    '0.191.12.2 - - [10/Jun/2021:09:14:29 +0000] "GET /api/plugins/versioncheck HTTP/1.1" 200 2 "-" "Go-http-client/2.0" "13.76.247.102, 34.120.177.193" "TLSv1.2" "US" ""';

  it('captures what stands between texts', () => {
    expect(labelsOf('| pattern `<ip> - - <_> "<method> <uri> <_>" <status> <size> <_> "<agent>" <_>`', line)).toEqual({
      ip: '0.191.12.2',
      method: 'GET',
      uri: '/api/plugins/versioncheck',
      status: '200',
      size: '2',
      agent: 'Go-http-client/2.0',
    });
  });

  it('is anchored at the start, and gives the rest to a capture whose end is missing', () => {
    expect(labelsOf('| pattern "level=<level> <msg>"', 'x level=a b')).toEqual({});
    expect(labelsOf('| pattern "<_> level=<level> <msg>"', 'x level=warn')).toEqual({ level: 'warn' });
    expect(labelsOf('| pattern "[<a>] <b>"', '[1] two three', { stream: { a: 'x' } })).toEqual({
      a: 'x',
      a_extracted: '1',
      b: 'two three',
    });
  });

  it.each([
    ['no capture', /at least one capture/],
    ['<_> x', /at least one capture/],
    ['<a><b>', /consecutive/],
    ['<a> <a>', /duplicate/],
  ])('refuses %j', (pattern, error) => {
    expect(() => labelsOf(`| pattern \`${pattern}\``, line)).toThrow(error);
  });
});

describe('regexp', () => {
  it('takes named groups of the first match', () => {
    const line = 'POST /api/prom/api/v1/query_range (200) 1.5s';
    expect(labelsOf('| regexp `(?P<method>\\w+) (?P<path>[\\w|/]+) \\((?P<status>\\d+?)\\) (?P<duration>.*)`', line)).toEqual({
      method: 'POST',
      path: '/api/prom/api/v1/query_range',
      status: '200',
      duration: '1.5s',
    });
    expect(labelsOf('| regexp "x(?P<a>.)"', 'none')).toEqual({});
    expect(labelsOf('| regexp "x(?P<a>.)?"', 'x')).toEqual({});
  });

  it('refuses expressions without names, and those that are none', () => {
    expect(() => labelsOf('| regexp "a(b)"', '')).toThrow(/named capture/);
    expect(() => labelsOf('| regexp "(?P<a>"', '')).toThrow(/invalid regular expression|missing/);
  });
});

describe('unpack', () => {
  it('brings back labels and line of a packed line', () => {
    const line = '{"container":"myapp","pod":"pod-3223f","n":1,"_entry":"original \\"log\\" message"}';
    expect(runLine('| unpack', line, { stream: { pod: 'x' } })).toEqual({
      line: 'original "log" message',
      labels: { container: 'myapp', pod: 'x', pod_extracted: 'pod-3223f' },
    });
  });

  it('leaves lines that were not packed, and notes those that are no JSON', () => {
    expect(runLine('| unpack', '{"a":"b"}')).toEqual({ line: '{"a":"b"}', labels: {} });
    expect(labelsOf('| unpack', 'text')).toMatchObject({ __error__: 'JSONParserErr' });
    expect(labelsOf('| unpack', '{"a":"b","_entry":"x"')).toMatchObject({ __error__: 'JSONParserErr' });
  });
});

describe('decolorize, drop, keep', () => {
  it('takes colours out', () => {
    expect(runLine('| decolorize', '\u001b[31mred\u001b[0m \u001b[1;32mbold\u001b[m \u001b]0;title\u0007end')?.line).toBe('red bold end');
    expect(runLine('| decolorize', '[31mplain')?.line).toBe('[31mplain');
  });

  it('drops labels, of the stream and with a condition too', () => {
    const input = { stream: { app: 'x', env: 'dev' } };
    expect(labelsOf('| json | drop app, level="info", method=~"P.*"', '{"level":"info","method":"GET","a":1}', input)).toEqual({
      env: 'dev',
      method: 'GET',
      a: '1',
    });
    expect(labelsOf('| json | drop __error__, __error_details__', 'text')).toEqual({});
  });

  it('keeps labels, and errors always', () => {
    const input = { stream: { app: 'x' } };
    expect(labelsOf('| json | keep level="info", method', '{"level":"info","method":"GET","a":1}', input)).toEqual({
      level: 'info',
      method: 'GET',
    });
    expect(labelsOf('| json | keep level="warn"', '{"level":"info"}', input)).toEqual({});
    expect(labelsOf('| json | keep a', 'text', input)).toMatchObject({ __error__: 'JSONParserErr' });
  });
});
