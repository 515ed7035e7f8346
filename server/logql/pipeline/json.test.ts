import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelsOf, runPipeline } from './testing/run-pipeline.ts';

const EXAMPLE = JSON.stringify({
  protocol: 'HTTP/2.0',
  servers: ['129.0.1.1', '10.2.1.3'],
  request: { time: '6.032', method: 'GET', host: 'foo.grafana.net', size: '55', headers: { Accept: '*/*', 'User-Agent': 'curl/7.68.0' } },
  response: { status: 401, size: '228', latency_seconds: '6.031' },
});

describe('json, all fields', () => {
  it('flattens objects and leaves arrays out', () => {
    expect(labelsOf('| json', EXAMPLE)).toEqual({
      protocol: 'HTTP/2.0',
      request_time: '6.032',
      request_method: 'GET',
      request_host: 'foo.grafana.net',
      request_size: '55',
      request_headers_Accept: '*/*',
      request_headers_User_Agent: 'curl/7.68.0',
      response_status: '401',
      response_size: '228',
      response_latency_seconds: '6.031',
    });
  });

  it('keeps numbers as they are written, booleans as words, and drops null and empty text', () => {
    const line = '{"a":1.50,"b":1e3,"c":12345678901234567890,"d":-0,"t":true,"f":false,"n":null,"e":"","o":{},"l":[1,{"x":2}]}';
    expect(labelsOf('| json', line)).toEqual({ a: '1.50', b: '1e3', c: '12345678901234567890', d: '-0', t: 'true', f: 'false' });
  });

  it('makes names of what is none', () => {
    expect(labelsOf('| json', '{"User-Agent":"a","1st":"b","a.b":{"2nd":"c"},"größe":"d","":"e"," x ":"f"}')).toEqual({
      User_Agent: 'a',
      _1st: 'b',
      a_b_2nd: 'c',
      gr__e: 'd',
      x: 'f',
    });
  });

  it('reads escapes in keys and values', () => {
    expect(labelsOf('| json', '{"k\\u0041":"a \\"q\\" \\\\ \\u00fc\\n","path":"C:\\\\","next":"x"}')).toEqual({
      kA: 'a "q" \\ ü\n',
      path: 'C:\\',
      next: 'x',
    });
  });

  it('puts _extracted behind names of the stream and of the metadata', () => {
    const input = { stream: { level: 'warn' }, metadata: ['trace', 'abc'] };
    expect(labelsOf('| json', '{"level":"info","trace":1,"x":2}', input)).toEqual({
      level: 'warn',
      level_extracted: 'info',
      trace: 'abc',
      trace_extracted: '1',
      x: '2',
    });
  });

  it('keeps the first of equal names', () => {
    expect(labelsOf('| json', '{"a":1,"a":2,"b":{"c":3},"b_c":4}')).toEqual({ a: '1', b_c: '3' });
    expect(labelsOf('| json | logfmt', '{"a":1} a=2 b=3')).toEqual({ a: '1', b: '3' });
    expect(labelsOf('| label_format a="x" | json', '{"a":1}')).toEqual({ a: '1' });
  });

  it.each([
    '',
    'no json',
    '[1,2]',
    '"text"',
    '12',
    '{',
    '{"a"',
    '{"a":',
    '{"a":x}',
    '{"a":"b',
    '{"a":{"b":1',
    '{"a" "b"}',
    '{"a":1 "b":2}',
    '{a:1}',
  ])('notes an error for %j', (line) => {
    const { __error__, __error_details__ } = labelsOf('| json', line);
    expect(__error__).toBe(line === '' ? undefined : 'JSONParserErr');
    expect(__error_details__ === undefined).toBe(line === '');
  });

  it('keeps what stands before an error, but nothing of an object that is never closed', () => {
    expect(labelsOf('| json', '{"a":1,"b":{"c":2,"d":{"e":3}')).toMatchObject({ a: '1', __error__: 'JSONParserErr' });
    expect(labelsOf('| json', '{"a":1,"b":{"c":2,"d":{"e":3}')).not.toHaveProperty('b_c');
    expect(labelsOf('| json', '{"a":1,"b":{"c":2 "d":3}}')).toMatchObject({ a: '1', b_c: '2', __error__: 'JSONParserErr' });
  });

  it('is as lenient as Loki: text behind the object, a comma before the brace, control characters in text', () => {
    expect(labelsOf('| json', ' { "a" : 1 , } rest')).toEqual({ a: '1' });
    expect(labelsOf('| json', '{"a":"x\ty\\u0041"}')).toEqual({ a: 'x\tyA' });
  });

  it('survives objects that are too deep', () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    expect(labelsOf('| json', deep)).toMatchObject({ __error__: 'JSONParserErr' });
  });

  it('reads lines of different shapes one after the other', () => {
    const lines = ['{"a":1,"b":2}', '{"b":3,"a":4}', '{"a":5}', '{"ab":6,"b":{"a":7}}', 'x', '{"a":8,"b":9}'];
    const outcomes = runPipeline('| json', lines).map((outcome) => outcome?.labels);
    expect(outcomes.map((labels) => ({ ...labels, __error_details__: undefined }))).toEqual([
      { a: '1', b: '2' },
      { a: '4', b: '3' },
      { a: '5' },
      { ab: '6', b_a: '7' },
      { __error__: 'JSONParserErr' },
      { a: '8', b: '9' },
    ]);
  });

  it('knows no more names than it may', () => {
    const lines = Array.from({ length: 51_000 }, (_, i) => `{"k${i}":{"x":${i}},"same":1}`);
    const outcomes = runPipeline('| json', lines);
    expect(outcomes.at(-1)?.labels).toEqual({ k50999_x: '50999', same: '1' });
    expect(outcomes.at(5)?.labels).toEqual({ k5_x: '5', same: '1' });
  });

  it('sets only the labels that are needed, and finds errors all the same', () => {
    const input = { neededLabels: new Set(['response_status']) };
    expect(labelsOf('| json', EXAMPLE, input)).toEqual({ response_status: '401' });
    expect(labelsOf('| json | request_method="GET"', EXAMPLE, input)).toEqual({ response_status: '401', request_method: 'GET' });
    expect(labelsOf('| json', '{"response_status":1,"x":2', input)).toMatchObject({ response_status: '1', __error__: 'JSONParserErr' });
    expect(labelsOf('| json | line_format "{{.protocol}}"', EXAMPLE, input)).toEqual({ response_status: '401', protocol: 'HTTP/2.0' });
    expect(labelsOf('| json | line_format "{{range $k, $v := .}}{{$k}}{{end}}"', EXAMPLE, input)).toHaveProperty('request_host');
  });
});

/** The documented rules, without any care for speed. */
function flatten(value: unknown, path: readonly string[], into: Map<string, string>): void {
  if (Array.isArray(value)) return;
  if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) flatten(child, [...path, key], into);
    return;
  }
  const clean = path.map((key) => key.trim().replace(/[^a-zA-Z0-9_]/gu, '_'));
  const found = clean.findIndex((key) => key !== '');
  const used = found < 0 ? [] : clean.slice(found);
  const name = used.join('_').replace(/^([0-9])/, '_$1');
  if (name !== '' && !into.has(name)) into.set(name, value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value));
}

describe('json against a plain reading', () => {
  const key = fc.oneof(fc.constantFrom('a', 'b', 'level', 'a-b', '1', 'x y'), fc.string({ unit: 'grapheme', maxLength: 6 }));
  const { tree } = fc.letrec<{ tree: Record<string, unknown>; value: unknown }>((tie) => ({
    tree: fc.dictionary(
      key.filter((name) => name !== '__proto__'),
      tie('value'),
      { maxKeys: 6 },
    ),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.oneof(fc.integer(), fc.string()), { maxLength: 3 }),
      tie('tree'),
    ),
  }));

  it('finds the same labels, with any layout, in any order of lines', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tree, fc.constantFrom(undefined, 1, '\t')), { minLength: 1, maxLength: 5 }), (objects) => {
        const outcomes = runPipeline(
          '| json',
          objects.map(([object, layout]) => JSON.stringify(object, null, layout)),
        );
        for (const [i, [object]] of objects.entries()) {
          const expected = new Map<string, string>();
          flatten(object, [], expected);
          expect(outcomes[i]?.labels).toEqual(Object.fromEntries([...expected].filter(([, value]) => value !== '')));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('sets the same values when only some labels are needed', () => {
    const needed = new Set(['a', 'b_a', 'level', 'level_extracted', 'a_extracted']);
    const stream = { level: 'x' };
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 4 }), (objects) => {
        const lines = objects.map((object) => JSON.stringify(object));
        const all = runPipeline('| json', lines, { stream });
        const some = runPipeline('| json', lines, { stream, neededLabels: needed });
        for (const [i, outcome] of some.entries()) {
          const wanted = Object.entries(all[i]?.labels ?? {}).filter(([label]) => needed.has(label));
          expect(outcome?.labels).toEqual(Object.fromEntries(wanted));
        }
      }),
    );
  });

  it('never throws, whatever the line', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'a', '1', 'null', 'true', ' ', '"a"', '"b":');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const line = pieces.join('');
        runPipeline('| json | json a="a.b[1]", b="[0]" | logfmt | unpack', [line, `{${line}`]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('json with expressions', () => {
  it('takes paths of keys and indexes', () => {
    expect(labelsOf('| json first_server="servers[0]", ua="request.headers[\\"User-Agent\\"]", method="request.method"', EXAMPLE)).toEqual({
      first_server: '129.0.1.1',
      ua: 'curl/7.68.0',
      method: 'GET',
    });
  });

  it('gives objects and arrays as they are written', () => {
    const line = '{"a":{"b": [1,  2]},"n":null,"t":"x\\ny","z":1.0}';
    expect(labelsOf('| json o="a", l="a.b", e="a.b[1]", n, t, z, miss="q.r"', line)).toEqual({
      o: '{"b": [1,  2]}',
      l: '[1,  2]',
      e: '2',
      t: 'x\ny',
      z: '1.0',
    });
    expect(labelsOf('| json first="[0].a"', '[{"a":5}]')).toEqual({ first: '5' });
  });

  it('puts _extracted behind known names, and notes errors', () => {
    expect(labelsOf('| json level', '{"level":"info"}', { stream: { level: 'x' } })).toEqual({ level: 'x', level_extracted: 'info' });
    expect(labelsOf('| json a', 'text')).toMatchObject({ __error__: 'JSONParserErr' });
    expect(labelsOf('| json a', '{"a":1,')).toMatchObject({ a: '1', __error__: 'JSONParserErr' });
  });

  it.each(['a.', '.a', 'a[', 'a["b]', 'a[x]', 'a b', '', '["a"', '3'])('refuses the expression %j', (expression) => {
    expect(() => labelsOf(`| json x=${JSON.stringify(expression)}`, '{}')).toThrow(/cannot parse expression/);
  });
});
