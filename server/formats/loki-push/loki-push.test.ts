import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import { decodeLegacyPushJson as readLegacyPushJson, decodePushJson as readPushJson } from './decode-json.ts';
import { decodePushProtobuf as readPushProtobuf } from './decode-protobuf.ts';
import { decodeAtOnce, decodeInTurns, LINES_AT_ONCE } from './decoding.ts';
import { LabelCache } from './label-cache.ts';
import type { PushBody } from './push-body.ts';
import { formatStreamLabels, parseStreamLabels } from './stream-labels.ts';
import { encodePush, type TestStream } from './testing/encode.ts';

const decodePushJson = (body: string, cache: LabelCache) => decodeAtOnce(readPushJson(body, cache));
const decodeLegacyPushJson = (body: string, cache: LabelCache) => decodeAtOnce(readLegacyPushJson(body, cache));
const decodePushProtobuf = (body: Uint8Array, cache: LabelCache) => decodeAtOnce(readPushProtobuf(body, cache));
const fails = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return `${(error as AppError).code}: ${(error as AppError).message}`;
  }
  throw new Error('nothing was thrown');
};
const json = (body: unknown) => decodePushJson(JSON.stringify(body), new LabelCache());
const told = ({ streams, unreadable }: PushBody) => ({
  streams: streams.map(({ labels, entries }) => ({
    labels: labels.toObject(),
    entries: entries.map(({ timestampNs, line, metadata }) => [timestampNs, line, metadata.toObject()]),
  })),
  unreadable,
});

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
const labelSet = fc.dictionary(name, text, { minKeys: 1, maxKeys: 5 });
const entry = fc.record({
  timestampNs: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  line: text,
  metadata: fc.dictionary(name, text, { maxKeys: 3 }),
});
const streamList = fc.array(fc.record({ labels: labelSet, entries: fc.array(entry, { maxLength: 4 }) }), { maxLength: 4 });
const withoutEmpty = (object: Record<string, string>) => Labels.from(object).toObject();
const expected = (
  streams: readonly { labels: Record<string, string>; entries: readonly (typeof entry extends fc.Arbitrary<infer T> ? T : never)[] }[],
) => ({
  streams: streams.map(({ labels, entries }) => ({
    labels: withoutEmpty(labels),
    entries: entries.map(({ timestampNs, line, metadata }) => [timestampNs, line, withoutEmpty(metadata)]),
  })),
  unreadable: [],
});

describe('a push in protobuf', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(streamList, (streams) => {
        const written: TestStream[] = streams.map(({ labels, entries }) => ({
          labels: `{${Object.entries(labels)
            .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
            .join(', ')}}`,
          entries,
        }));
        expect(told(decodePushProtobuf(encodePush(written), new LabelCache()))).toEqual(expected(streams));
      }),
    );
  });

  it('throws only errors that name the place, whatever the bytes are', () => {
    const good = encodePush([
      { labels: '{a="b"}', entries: [{ timestampNs: 1_700_000_000_123_456_789n, line: 'hello', metadata: { trace_id: 'x' } }] },
      { labels: '{a="c"}', entries: [{ timestampNs: 5n, line: 'x' }] },
    ]);
    const decode = (bytes: Uint8Array) => {
      try {
        decodePushProtobuf(bytes, new LabelCache());
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect((error as AppError).message).toMatch(/^(the body|streams\[\d+\]).*: not a push request in protobuf: /);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decode));
    for (let cut = 0; cut < good.length; cut++) decode(good.subarray(0, cut));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Uint8Array.from(good);
        damaged[at] = byte;
        decode(damaged);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names the place of a fault', () => {
    const nested = Uint8Array.of(0x0a, 4, 0x12, 9, 0x12, 1);
    expect(fails(() => decodePushProtobuf(nested, new LabelCache()))).toMatch(
      /^loki_push.bad_protobuf: streams\[0\]: not a push request in protobuf: a field of 9 bytes reaches beyond/,
    );
    const badNanos = encodePush([{ labels: '{a="b"}', entries: [{ timestampNs: 1n, line: 'x' }] }]);
    const at = badNanos.indexOf(16);
    badNanos[at + 1] = 0xff;
    expect(fails(() => decodePushProtobuf(badNanos, new LabelCache()))).toMatch(/streams\[0\].entries\[0\]: /);
  });

  it('takes the streams whose labels can be read and tells about the others', () => {
    const entries = [{ timestampNs: 1n, line: 'x' }];
    const body = encodePush([
      { labels: '{a="b"', entries },
      { labels: '{a="b"}', entries },
      { labels: '{a-b="c"}', entries },
    ]);
    expect(told(decodePushProtobuf(body, new LabelCache()))).toEqual({
      streams: [{ labels: { a: 'b' }, entries: [[1n, 'x', {}]] }],
      unreadable: [
        {
          message: `Error parsing labels '{a="b"' with error: 1:7: parse error: unexpected end of input in label set, expected "," or "}"`,
          lines: 1,
        },
        { message: `Error parsing labels '{a-b="c"}' with error: 1:3: parse error: unexpected "-" in label set, expected "="`, lines: 1 },
      ],
    });
  });
});

describe('a push in JSON', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(streamList, (streams) => {
        const body = {
          streams: streams.map(({ labels, entries }) => ({
            stream: labels,
            values: entries.map(({ timestampNs, line, metadata }) => [`${timestampNs}`, line, metadata]),
          })),
        };
        expect(told(json(body))).toEqual(expected(streams));
      }),
    );
  });

  it('takes what Loki takes: no metadata, null and absent lists, unknown fields', () => {
    expect(
      told(
        json({
          streams: [
            { stream: { a: 'b' }, values: [['1', 'x']], hash: 7 },
            { stream: {}, values: null },
          ],
          x: 1,
        }),
      ),
    ).toEqual({
      streams: [
        { labels: { a: 'b' }, entries: [[1n, 'x', {}]] },
        { labels: {}, entries: [] },
      ],
      unreadable: [],
    });
    expect(told(json({}))).toEqual({ streams: [], unreadable: [] });
  });

  it.each<[unknown, string]>([
    [[], 'the body: want an object with "streams", got a list'],
    [{ streams: {} }, 'streams: want a list, got an object'],
    [{ streams: [7] }, 'streams[0]: want an object, got 7'],
    [{ streams: [{ stream: 'x', values: [] }] }, 'streams[0].stream: want an object with text values, got "x"'],
    [{ streams: [{ stream: { a: 1 }, values: [] }] }, 'streams[0].stream["a"]: want text, got 1'],
    [{ streams: [{ stream: { a: 'b' }, values: 'x' }] }, 'streams[0].values: want a list, got "x"'],
    [{ streams: [{ stream: { a: 'b' }, values: [['1', 'x'], 'y'] }] }, 'streams[0].values[1]: want a list of time and line, got "y"'],
    [
      { streams: [{ stream: { a: 'b' }, values: [[1_700_000_000, 'x']] }] },
      'streams[0].values[0][0]: want nanoseconds since the epoch as text, such as "1700000000000000000", got 1700000000',
    ],
    [
      { streams: [{ stream: { a: 'b' }, values: [['9999999999999999999', 'x']] }] },
      'streams[0].values[0][0]: want a time that 64 bits can hold, got "9999999999999999999"',
    ],
    [{ streams: [{ stream: { a: 'b' }, values: [['1']] }] }, 'streams[0].values[0][1]: want the line as text, got nothing'],
    [{ streams: [{ stream: { a: 'b' }, values: [['1', { m: 1 }]] }] }, 'streams[0].values[0][1]: want the line as text, got an object'],
    [{ streams: [{ stream: { a: 'b' }, values: [['1', 'x', { m: 1 }]] }] }, 'streams[0].values[0][2]["m"]: want text, got 1'],
    [
      { streams: [{ stream: { a: 'b' }, values: [['1', 'x', null]] }] },
      'streams[0].values[0][2]: want an object with text values, got null',
    ],
  ])('names the place of what is wrong in %j', (body, message) => {
    expect(fails(() => json(body))).toBe(`loki_push.bad_json: ${message}`);
  });

  it('says where text is no JSON, and survives depth', () => {
    expect(fails(() => decodePushJson('{"streams": [}', new LabelCache()))).toMatch(/^loki_push.bad_json: the body is not JSON: /);
    expect(fails(() => decodePushJson('', new LabelCache()))).toMatch(/^loki_push.bad_json: the body is not JSON: /);
    const deep = '['.repeat(100_000);
    expect(fails(() => decodePushJson(deep, new LabelCache()))).toMatch(/^loki_push.bad_json/);
    expect(fails(() => decodePushJson(`{"streams":${deep}${']'.repeat(100_000)}}`, new LabelCache()))).toMatch(/^loki_push.bad_json/);
  });

  it('never throws anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (stream, values) => {
        for (const body of [stream, { streams: stream }, { streams: [{ stream, values: [values] }] }])
          for (const decode of [decodePushJson, decodeLegacyPushJson])
            try {
              decode(JSON.stringify(body), new LabelCache());
            } catch (error) {
              expect(error).toBeInstanceOf(AppError);
            }
      }),
    );
  });

  it('refuses a stream with a label name that is none, alone', () => {
    const values = [['1', 'x']];
    expect(
      told(
        json({
          streams: [
            { stream: { 'my-app': 'x' }, values },
            { stream: { a: 'b' }, values },
          ],
        }),
      ),
    ).toEqual({
      streams: [{ labels: { a: 'b' }, entries: [[1n, 'x', {}]] }],
      unreadable: [
        {
          message: `Error parsing labels '{my-app="x"}' with error: 1:4: parse error: unexpected "-" in label set, expected a name of letters, digits and _`,
          lines: 1,
        },
      ],
    });
  });

  it('reads the older shape', () => {
    const body = {
      streams: [
        { labels: '{job="x"}', entries: [{ ts: '2024-05-01T12:00:00.123456789+02:00', line: 'hello' }, { ts: '2024-05-01T10:00:00Z' }] },
      ],
    };
    const start = BigInt(Date.UTC(2024, 4, 1, 10)) * 1_000_000n;
    expect(told(decodeLegacyPushJson(JSON.stringify(body), new LabelCache())).streams).toEqual([
      {
        labels: { job: 'x' },
        entries: [
          [start + 123_456_789n, 'hello', {}],
          [start, '', {}],
        ],
      },
    ]);
    const bad = { streams: [{ labels: '{job="x"}', entries: [{ ts: 'soon', line: 'x' }] }] };
    expect(fails(() => decodeLegacyPushJson(JSON.stringify(bad), new LabelCache()))).toBe(
      'loki_push.bad_json: streams[0].entries[0].ts: want a time such as "2024-05-01T10:00:00.123Z", got "soon"',
    );
  });
});

describe('a large push', () => {
  const entries = Array.from({ length: 3 * LINES_AT_ONCE }, (_, i) => ({ timestampNs: BigInt(i), line: `${i}` }));
  const values = entries.map(({ timestampNs, line }) => [`${timestampNs}`, line]);
  it.each([
    ['protobuf', () => readPushProtobuf(encodePush([{ labels: '{a="b"}', entries }]), new LabelCache())],
    ['json', () => readPushJson(JSON.stringify({ streams: [{ stream: { a: 'b' }, values }] }), new LabelCache())],
  ])('in %s lets other work run', async (_name, read) => {
    let others = 0;
    const tick = () => {
      others++;
      timer = setImmediate(tick);
    };
    let timer = setImmediate(tick);
    const { streams } = await decodeInTurns(read());
    clearImmediate(timer);
    expect(streams[0]?.entries.map(({ line }) => line)).toEqual(entries.map(({ line }) => line));
    expect(others).toBeGreaterThanOrEqual(2);
  });
});

describe('labels as text', () => {
  it.each<[string, Record<string, string>]>([
    ['{}', {}],
    ['{a="b"}', { a: 'b' }],
    [' { b = "2" , a=\'1\', } ', { a: '1', b: '2' }],
    ['{a=`raw\\n`}', { a: 'raw\\n' }],
    ['{a="tab\\t\\"quote\\" \\\\ \\u00e9 \\x41 \\101"}', { a: 'tab\t"quote" \\ é A A' }],
    ['{a="", b="x"}', { b: 'x' }],
  ])('%s', (label, labels) => {
    expect(parseStreamLabels(label).toObject()).toEqual(labels);
  });

  it.each([
    ['', '1:1: parse error: unexpected end of input in label set, expected "{"'],
    ['{a="b"} x', '1:9: parse error: unexpected "x" in label set, expected the end'],
    ['{a="b" c="d"}', '1:8: parse error: unexpected "c" in label set, expected "," or "}"'],
    ['{a=~"b"}', '1:4: parse error: unexpected "~" in label set, expected a quoted value'],
    ['{\n  1="b"}', '2:3: parse error: unexpected "1" in label set, expected a label name or "}"'],
    ['{a="b', '1:4: parse error: unexpected "\\"" in label set, expected a quoted value'],
    ['{a="\\q"}', '1:4: parse error: invalid escape "\\\\q" in a value'],
    ['{a="\\ud800"}', '1:4: parse error: invalid escape "\\\\ud800" in a value'],
  ])('%j is refused with its place', (label, problem) => {
    expect(fails(() => parseStreamLabels(label))).toBe(`loki_push.bad_labels: Error parsing labels '${label}' with error: ${problem}`);
  });

  it('with a name twice are refused', () => {
    expect(fails(() => parseStreamLabels('{a="b", a="c"}'))).toBe(
      `loki_push.bad_labels: stream '{a="b", a="c"}' has duplicate label name: 'a'`,
    );
  });

  it('round-trip', () => {
    fc.assert(
      fc.property(labelSet, (labels) => {
        expect(parseStreamLabels(formatStreamLabels(Labels.from(labels))).toObject()).toEqual(withoutEmpty(labels));
      }),
    );
  });

  it('of a stream seen before are the same object, and the memory is bounded', () => {
    const cache = new LabelCache(10);
    const first = cache.ofText('{a="1"}');
    expect(cache.ofText('{a="1"}')).toBe(first);
    for (let i = 0; i < 1000; i++) cache.ofText(`{b="${i}"}`);
    expect(cache.ofText('{a="1"}')).not.toBe(first);
    expect(cache.ofText('{a="1"}')).toEqual(first);
    expect(cache.ofText(`{a="${'x'.repeat(200_000)}"}`)).toBeInstanceOf(AppError);
  });
});
