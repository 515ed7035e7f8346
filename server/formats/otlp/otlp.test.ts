import { BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../model/app-error.ts';
import type { Span } from '../../model/span.ts';
import { decodeTracesJson } from './decode-json.ts';
import { decodeTraces, decodeTracesInTurns } from './decode-protobuf.ts';
import { formatTracesInTurns } from './encode-json.ts';
import { encodeTraces } from './encode-protobuf.ts';
import { groupSpans } from './group-spans.ts';
import { anySpan, testSpan } from './testing/spans.ts';

/** The order in which grouping by resource and scope leaves spans. */
const grouped = (spans: readonly Span[]) => groupSpans(spans).flatMap(({ scopes }) => scopes.flatMap((scope) => scope.spans));

/** Tempo's JSON with hex ids is OTLP's. */
async function otlpJson(spans: readonly Span[]): Promise<string> {
  const resourceSpans: unknown = JSON.parse(await formatTracesInTurns(spans));
  return JSON.stringify({ resourceSpans }, (name, value: unknown) =>
    /^(traceId|spanId|parentSpanId)$/.test(name) && typeof value === 'string' ? Buffer.from(value, 'base64').toString('hex') : value,
  );
}

function thrownBy(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  throw new Error('nothing was thrown');
}

/** Field 1 or 2 of a message, with a body. */
function field(number: number, body: Uint8Array): Uint8Array {
  return new BinaryWriter()
    .uint32(number * 8 + 2)
    .bytes(body)
    .finish();
}

describe('traces in protobuf', () => {
  const repeated = (twoBytes: readonly number[], times: number) => Buffer.alloc(2 * times, Buffer.from(twoBytes));
  it.each([
    ['spans', field(1, field(2, repeated([0x12, 0], 300_000))), 'more than 250000 spans, log records or metrics'],
    ['scopes', field(1, repeated([0x12, 0], 300_000)), 'more than 250000 spans, log records or metrics'],
    ['resources', repeated([0x0a, 0], 300_000), 'a request has more than 250000 resources, scopes and spans'],
    ['attributes', field(1, field(2, field(2, repeated([0x4a, 0], 300_000)))), 'one item has more than 262144 fields'],
    ['names', field(1, field(2, field(2, repeated([0x2a, 0], 300_000)))), 'one item has more than 262144 fields'],
    ['unknown fields', field(1, field(2, field(2, repeated([0x50, 0], 300_000)))), 'one item has more than 262144 fields'],
  ])('are bounded: too many %s of two bytes each', (_name, body, message) => {
    const error = thrownBy(() => decodeTraces(body));
    expect([error.code, error.message]).toEqual(['otlp.too_large', expect.stringContaining(message)]);
  });

  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 5 }), (spans) => {
        expect(decodeTraces(encodeTraces(spans))).toEqual(grouped(spans));
      }),
    );
  });

  it('let other work have its turn while many are read', async () => {
    const spans = Array.from({ length: 30_000 }, (_, i) => testSpan({ attributes: { i: BigInt(i), text: 'x'.repeat(50) } }));
    const body = encodeTraces(spans);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    expect(await decodeTracesInTurns(body)).toHaveLength(spans.length);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  it('may have their fields in any order, and fields that nobody knows', () => {
    const writer = new BinaryWriter();
    writer.uint32(0x0a).fork();
    // scopeSpans before the resource, and spans before their scope.
    writer.uint32(0x12).fork();
    writer.uint32(0x12).fork().uint32(0x2a).string('work').uint32(0x78).int32(3).uint32(0x7_f8).int64(-1n).join();
    writer.uint32(0x0a).fork().uint32(0x0a).string('lib').join();
    writer.join();
    writer.uint32(0x0a).fork();
    writer.uint32(0x0a).fork().uint32(0x0a).string('service.name').uint32(0x12).fork().uint32(0x0a).string('api').join().join();
    writer.join();
    writer.join();
    expect(decodeTraces(writer.finish())).toMatchObject([{ name: 'work', service: 'api', scopeName: 'lib' }]);
  });

  it('that are damaged are refused, whatever they are', () => {
    const good = encodeTraces(fc.sample(anySpan, { numRuns: 5, seed: 1 }));
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length)).map(([at, byte, length]) => {
      const bytes = Uint8Array.from(good);
      bytes[at] = byte;
      return bytes.subarray(0, length);
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        try {
          decodeTraces(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).code).toBe('otlp.bad_protobuf');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('are refused with the place of the fault', () => {
    const writer = new BinaryWriter();
    writer.uint32(0x0a).fork().uint32(0x12).fork();
    writer.uint32(0x12).fork().join();
    writer.uint32(0x12).fork().uint32(0x0a).bytes(new Uint8Array(3)).join();
    writer.join().join();
    expect(thrownBy(() => decodeTraces(writer.finish())).message).toBe(
      'resourceSpans[0].scopeSpans[0].spans[1].traceId: want 16 bytes, got 3',
    );
    expect(thrownBy(() => decodeTraces(Buffer.from('{"resourceSpans":[]}'))).message).toMatch(/^this is not OTLP in protobuf: /);
  });

  it('are bounded: a few bytes can be many objects', () => {
    const inSpans = (spans: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[${spans}]}]}]}`;
    const messages = ['{},'.repeat(300_000), '['.repeat(1_100_000), `"${'x'.repeat(17_000_000)}"`].map((spans) => {
      const error = thrownBy(() => decodeTracesJson(inSpans(spans.replace(/,$/, ''))));
      expect(error.code).toBe('otlp.too_large');
      return error.message;
    });
    expect(messages).toEqual([
      'a request has more than 250000 spans, log records or metrics; send smaller batches',
      'a request in JSON may have 1000000 objects and arrays; send smaller batches',
      expect.stringContaining('a request in JSON may have 16777216 bytes, this has 170000'),
    ]);
  });

  it('cannot exhaust the stack by what a message shows', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const text of [
      deep,
      `{"resourceSpans":[${deep}]}`,
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":${deep},"kind":${deep}}]}]}]}`,
    ])
      expect(thrownBy(() => decodeTracesJson(text)).message).toContain('got an array');
  });

  it('cannot exhaust the stack by nesting', () => {
    let bytes = new BinaryWriter().uint32(0x0a).string('x').finish();
    for (let i = 0; i < 50; i++) bytes = new BinaryWriter().uint32(0x2a).fork().uint32(0x0a).bytes(bytes).join().finish();
    const writer = new BinaryWriter();
    writer.uint32(0x0a).fork().uint32(0x0a).fork().uint32(0x0a).fork().uint32(0x12).bytes(bytes).join().join().join();
    expect(thrownBy(() => decodeTraces(writer.finish())).message).toBe(
      'resourceSpans[0].resource.attributes: values are nested more than 32 deep',
    );
  });
});

describe('traces in JSON', () => {
  it('come back as they were written', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anySpan, { maxLength: 5 }), async (spans) => {
        expect(decodeTracesJson(await otlpJson(spans))).toEqual(grouped(spans));
      }),
    ));

  it('may use snake case, enum names, numbers for 64-bit integers, null and fields that nobody knows', () => {
    const text = `{"resource_spans":[{"resource":{"attributes":[{"key":"service.name","value":{"string_value":"api"}}]},"extra":1,
      "scope_spans":[{"scope":null,"spans":[{"trace_id":"0AF7651916CD43DD8448EB211C80319C","spanId":"b7ad6b7169203331","parent_span_id":"0000000000000000",
      "kind":"SPAN_KIND_CLIENT","start_time_unix_nano":1700000000123456789,"endTimeUnixNano":"1700000001000000000","status":{"code":"STATUS_CODE_ERROR"},
      "attributes":[{"key":"n","value":{"intValue":9007199254740993}},{"key":"d","value":{"doubleValue":"NaN"}},{"key":"b","value":{"bytesValue":"-_8"}},{"key":"e"}]}]}]}]}`;
    expect(decodeTracesJson(text)).toMatchObject([
      {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        parentSpanId: '',
        kind: 'client',
        startNs: 1_700_000_000_123_456_789n,
        status: 'error',
        service: 'api',
        attributes: { n: 9_007_199_254_740_993n, d: Number.NaN, b: '+/8=', e: '' },
      },
    ]);
  });

  it.each([
    [
      '{"resourceSpans":[{"scopeSpans":[{},{"spans":[{},{"traceId":"abc"}]}]}]}',
      'resourceSpans[0].scopeSpans[1].spans[1].traceId: want 32 hex digits, got "abc"',
    ],
    ['{"resourceSpans":{}}', 'resourceSpans: want an array, got an object'],
    ['{"resourceSpans":[7]}', 'resourceSpans[0]: want an object, got 7'],
    [
      '{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"intValue":"1.5"}}]}}]}',
      'resourceSpans[0].resource.attributes[0].value.intValue: want an integer from',
    ],
    ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SERVER"}]}]}]}', 'kind: want a number or one of SPAN_KIND_UNSPECIFIED'],
    ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":-1}]}]}]}', 'startTimeUnixNano: want an integer from 0 to'],
    ['[]', 'want an object with resourceSpans, got an array'],
    ['{', 'this is not JSON: '],
    ['', 'this is not JSON: '],
  ])('that are wrong are refused with the place: %s', (text, message) => {
    const error = thrownBy(() => decodeTracesJson(text));
    expect(error.code).toBe('otlp.bad_json');
    expect(error.message).toContain(message);
  });

  it('of any shape are read or refused', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('resourceSpans', 'resource_spans', 'x'), (json, name) => {
        for (const text of [json, `{"${name}":${json}}`, `{"${name}":[{"scopeSpans":[{"spans":[${json}]}],"resource":${json}}]}`]) {
          try {
            decodeTracesJson(text);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
        }
      }),
    );
  });

  it('are bounded: a few bytes can be many objects', () => {
    const inSpans = (spans: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[${spans}]}]}]}`;
    const messages = ['{},'.repeat(300_000), '['.repeat(1_100_000), `"${'x'.repeat(17_000_000)}"`].map((spans) => {
      const error = thrownBy(() => decodeTracesJson(inSpans(spans.replace(/,$/, ''))));
      expect(error.code).toBe('otlp.too_large');
      return error.message;
    });
    expect(messages).toEqual([
      'a request has more than 250000 spans, log records or metrics; send smaller batches',
      'a request in JSON may have 1000000 objects and arrays; send smaller batches',
      expect.stringContaining('a request in JSON may have 16777216 bytes, this has 170000'),
    ]);
  });

  it('cannot exhaust the stack by what a message shows', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const text of [
      deep,
      `{"resourceSpans":[${deep}]}`,
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":${deep},"kind":${deep}}]}]}]}`,
    ])
      expect(thrownBy(() => decodeTracesJson(text)).message).toContain('got an array');
  });

  it('cannot exhaust the stack by nesting', () => {
    const depth = 5_000;
    const value = `${'{"arrayValue":{"values":['.repeat(depth)}{}${']}}'.repeat(depth)}`;
    const text = `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":${value}}]}}]}`;
    expect(thrownBy(() => decodeTracesJson(text)).message).toContain('nested more than 32 deep');
  });
});

describe("Tempo's JSON", () => {
  it('has base64 ids, names of enums and 64-bit integers as text', async () => {
    const span = testSpan({
      status: 'error',
      scopeName: 'lib',
      attributes: { n: 5n, d: 0.5, ok: false, list: ['a', 1n], map: { k: 'v' } },
    });
    expect(JSON.parse(await formatTracesInTurns([span]))).toEqual([
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] },
        scopeSpans: [
          {
            scope: { name: 'lib' },
            spans: [
              {
                traceId: 'CvdlGRbNQ92ESOshHIAxnA==',
                spanId: 't61rcWkgMzE=',
                name: 'GET /',
                kind: 'SPAN_KIND_SERVER',
                startTimeUnixNano: '1700000000000000000',
                endTimeUnixNano: '1700000000250000000',
                attributes: [
                  { key: 'n', value: { intValue: '5' } },
                  { key: 'd', value: { doubleValue: 0.5 } },
                  { key: 'ok', value: { boolValue: false } },
                  { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } } },
                  { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } } },
                ],
                status: { code: 'STATUS_CODE_ERROR' },
              },
            ],
          },
        ],
      },
    ]);
  });

  it('keeps spans of equal resources together, and of unequal ones apart', () => {
    const spans = [
      testSpan({ resource: { a: 1n } }),
      testSpan({ resource: { a: 1 } }),
      testSpan({ resource: { a: 1n } }),
      testSpan({ resource: { a: 1n }, scopeName: 'x' }),
    ];
    expect(groupSpans(spans).map(({ scopes }) => scopes.map((scope) => scope.spans.length))).toEqual([[2, 1], [1]]);
  });
});
