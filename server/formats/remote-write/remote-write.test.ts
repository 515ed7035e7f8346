import { BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../model/app-error.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { isStaleAt } from '../../model/stale.ts';
import { SampleColumns } from './sample-columns.ts';
import { readLabels } from './series-labels.ts';
import { encodeWrite, type WrittenSeries } from './testing/encode.ts';
import type { WriteProtocol, WriteRequest } from './write-request.ts';
import { readWriteRequest } from './write-request-v1.ts';
import { readRequestV2 } from './write-request-v2.ts';

const read = (body: Uint8Array, protocol: WriteProtocol, withTypeAndUnit = false): WriteRequest =>
  protocol === '1.0' ? readWriteRequest(body) : readRequestV2(body, { withTypeAndUnit });

/** Everything in a request, as plain data. */
function readAll(request: WriteRequest) {
  const columns = new SampleColumns();
  const all: object[] = [];
  while (request.next()) {
    const { labels, fault } = readLabels(request.labelBytes);
    const samples: string[] = [];
    while (request.readSamples(columns))
      for (let i = 0; i < columns.count; i++)
        samples.push(`${columns.timesMs[i]} ${isStaleAt(columns.bits, i) ? 'stale' : columns.values[i]}`);
    const histograms = [...request.histograms()].map(({ histogram, timestampMs, isStale, fault: wrong }) => ({
      timestampMs,
      isStale,
      wrong,
      schema: histogram.schema,
      counts: [...histogram.positiveBuckets],
    }));
    const exemplars = [...request.exemplars()].map((one) =>
      typeof one === 'string' ? one : `${one.labels} ${one.value}@${one.timestampMs}`,
    );
    all.push({
      labels: labels.toString(),
      fault: request.labelFault ?? fault,
      samples,
      histograms,
      exemplars,
      metadata: request.metadata(),
    });
  }
  return { all, families: request.families() };
}

const HISTOGRAM: FloatHistogram = {
  hint: 'unknown',
  schema: 10,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 7,
  sum: 1,
  positiveSpans: [{ offset: -5, length: 3 }],
  negativeSpans: [],
  positiveBuckets: Float64Array.of(1, 4, 2),
  negativeBuckets: new Float64Array(),
};
const SERIES: readonly WrittenSeries[] = [
  {
    labels: { __name__: 'a', b: 'ü' },
    samples: [
      { timestampMs: 1_700_000_000_000, value: 1.5 },
      { timestampMs: -5, value: Number.NaN },
      { timestampMs: 2 ** 52, isStale: true },
    ],
    exemplars: [{ labels: { trace_id: 'x' }, value: 2, timestampMs: 3 }],
    metadata: { type: 'counter', help: 'Help', unit: 'bytes' },
  },
  { labels: { __name__: 'h' }, samples: [{ timestampMs: 4, histogram: HISTOGRAM }] },
  { labels: { __name__: 'none' } },
];

describe.each(['1.0', '2.0'] as const)('a request of version %s', (protocol) => {
  it('is read whole', () => {
    const { all, families } = readAll(read(encodeWrite(SERIES, protocol), protocol));
    const metadata = { type: 'counter', help: 'Help', unit: 'bytes' };
    const none = { samples: [], histograms: [], exemplars: [], fault: undefined, metadata: undefined };
    expect(all).toEqual([
      {
        ...none,
        labels: 'a{b="ü"}',
        samples: ['1700000000000 1.5', '-5 NaN', '4503599627370496 stale'],
        exemplars: ['{trace_id="x"} 2@3'],
        metadata: protocol === '2.0' ? metadata : undefined,
      },
      // A schema that is too fine is reduced: buckets -5, -4 and -3 become -1, -1 and 0.
      { ...none, labels: 'h', histograms: [{ timestampMs: 4, isStale: false, wrong: undefined, schema: 8, counts: [5, 2] }] },
      { ...none, labels: 'none' },
    ]);
    expect(families).toEqual(protocol === '1.0' ? [{ metric: 'a', ...metadata }] : []);
  });

  it('hands out many samples in pieces', () => {
    const samples = Array.from({ length: 10_000 }, (_, i) => ({ timestampMs: i, value: i }));
    const request = read(encodeWrite([{ labels: { __name__: 'a' }, samples }], protocol), protocol);
    const columns = new SampleColumns();
    expect(request.next()).toBe(true);
    expect(request.sampleCount).toBe(10_000);
    let seen = 0;
    while (request.readSamples(columns)) {
      expect(columns.timesMs[columns.count - 1]).toBe(seen + columns.count - 1);
      seen += columns.count;
      expect(columns.count).toBeLessThanOrEqual(4_096);
    }
    expect(seen).toBe(10_000);
  });

  it('throws nothing but its error at bytes that are broken', () => {
    const good = encodeWrite(SERIES, protocol);
    const attempt = (bytes: Uint8Array) => {
      try {
        readAll(read(bytes, protocol));
      } catch (error) {
        expect(isAppError(error, 'remote_write.bad_protobuf'), String(error)).toBe(true);
      }
    };
    for (let cut = 0; cut < good.length; cut++) attempt(good.subarray(0, cut));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 500 });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => attempt(good.with(at, byte))),
      { numRuns: 1_000 },
    );
  });

  it('has the same bytes for the same labels in both versions', () => {
    const request = read(encodeWrite(SERIES, protocol), protocol);
    const other = read(encodeWrite(SERIES, protocol === '1.0' ? '2.0' : '1.0'), protocol === '1.0' ? '2.0' : '1.0');
    const hex = ({ labelBytes: { bytes, start, end } }: WriteRequest) => Buffer.from(bytes.subarray(start, end)).toString('hex');
    while (request.next() && other.next()) expect(hex(request)).toBe(hex(other));
  });
});

describe('labels', () => {
  const faultOf = (labels: WrittenSeries['labels']) => {
    const request = read(encodeWrite([{ labels }]), '1.0');
    request.next();
    return readLabels(request.labelBytes).fault;
  };

  it('must have a name, each one only', () => {
    expect(faultOf({ __name__: 'a', b: 'c' })).toBeUndefined();
    expect(faultOf({})).toBe('invalid metric name or labels, got {}');
    expect(faultOf({ 'a b': 'c\t"' })).toBe('invalid metric name or labels, got {"a b"="c\\t\\""}');
    expect(
      faultOf([
        ['b', '1'],
        ['__name__', 'x'],
        ['b', '2'],
      ]),
    ).toBe('invalid labels for series, labels {__name__="x", b="1", b="2"}, duplicated label b');
  });

  it('are found wherever they stand in their series', () => {
    const label = (writer: BinaryWriter, name: string, value: string) =>
      writer.uint32(10).fork().uint32(10).string(name).uint32(18).string(value).join();
    const writer = new BinaryWriter();
    writer.uint32(10).fork();
    writer.uint32(18).fork().uint32(16).int64(5).join();
    label(writer, '__name__', 'a');
    writer.uint32(18).fork().uint32(16).int64(6).join();
    label(writer, 'b', 'c');
    writer.join();
    expect(readAll(read(writer.finish(), '1.0')).all).toMatchObject([{ labels: 'a{b="c"}', samples: ['5 0', '6 0'] }]);
  });

  it('must be UTF-8', () => {
    const writer = new BinaryWriter();
    writer.uint32(10).fork().uint32(10).fork().uint32(10).string('__name__').uint32(18).bytes(Uint8Array.of(0x61, 0xff)).join().join();
    expect(readAll(read(writer.finish(), '1.0')).all).toMatchObject([{ fault: expect.stringMatching(/^invalid metric name or labels/) }]);
  });

  it('cannot be read of references that lead nowhere', () => {
    const request = (...refs: number[]) => {
      const writer = new BinaryWriter();
      for (const symbol of ['', '__name__', 'a']) writer.uint32(34).string(symbol);
      writer.uint32(42).fork().uint32(10).fork();
      for (const ref of refs) writer.uint32(ref);
      return readAll(read(writer.join().join().finish(), '2.0')).all;
    };
    expect(request(1, 2)).toMatchObject([{ labels: 'a', fault: undefined }]);
    expect(request(1, 3)).toMatchObject([
      { fault: 'parsing labels for series [1 3]: labelRefs 1 (name) = 3 (value) outside of symbols table (size 3)' },
    ]);
    expect(request(1, 2, 1)).toMatchObject([{ fault: 'parsing labels for series [1 2 1]: invalid labelRefs length 3' }]);
  });

  it('say type and unit when they should, instead of what was sent', () => {
    const labels = { __name__: 'a', __type__: 'gauge', x: 'y' };
    const body = encodeWrite([{ labels, samples: [], metadata: { type: 'counter', unit: 'bytes' } }], '2.0');
    expect(readAll(read(body, '2.0', true)).all).toMatchObject([{ labels: 'a{__type__="counter", __unit__="bytes", x="y"}' }]);
    expect(readAll(read(body, '2.0')).all).toMatchObject([{ labels: 'a{__type__="gauge", x="y"}' }]);
  });
});

describe('samples of 1.0 in unusual wire formats', () => {
  /** A varint with `padding` bytes more than it needs. */
  const varint = (value: bigint, padding: number): number[] => {
    const bytes: number[] = [];
    for (let rest = BigInt.asUintN(64, value); rest > 0n || bytes.length === 0; rest >>= 7n) bytes.push(Number(rest & 127n));
    for (let i = 0; i < padding && bytes.length < 10; i++) bytes.push(0);
    return bytes.map((byte, i) => (i < bytes.length - 1 ? byte | 128 : byte));
  };
  const message = (tag: number, bytes: readonly number[], padding = 0) => [tag, ...varint(BigInt(bytes.length), padding), ...bytes];
  const unknown = [0x7d, 1, 2, 3, 4];
  const label = (i: number) => message(0x0a, [...message(0x0a, [...Buffer.from(`l${i}`)]), ...message(0x12, [...Buffer.from(`v${i}`)])]);

  const sample = fc.record({
    time: fc.oneof(fc.bigInt(-(2n ** 53n) + 1n, 2n ** 53n - 1n), fc.constant(1_750_000_000_123n), fc.constantFrom(0n, -1n)),
    value: fc.double(),
    padding: fc.nat(3),
    lengthPadding: fc.nat(1),
    shape: fc.constantFrom('usual', 'usual', 'reversed', 'twice', 'unknown', 'no value', 'no time'),
  });
  type Sample = typeof sample extends fc.Arbitrary<infer T> ? T : never;

  const encodeSample = ({ time, value, padding, lengthPadding, shape }: Sample): number[] => {
    const double = [0x09, ...new Uint8Array(Float64Array.of(value).buffer)];
    const timestamp = [0x10, ...varint(time, padding)];
    const fields = {
      usual: [...double, ...timestamp],
      reversed: [...timestamp, ...double],
      twice: [0x10, 5, ...double, ...timestamp],
      unknown: [...double, ...unknown, ...timestamp],
      'no value': timestamp,
      'no time': double,
    }[shape];
    return message(0x12, fields, lengthPadding);
  };
  const expected = ({ time, value, shape }: Sample) => `${shape === 'no time' ? 0 : Number(time)} ${shape === 'no value' ? 0 : value}`;

  it('are read as they are meant, wherever labels stand', () => {
    const series = fc.record({ samples: fc.array(sample, { maxLength: 300 }), labels: fc.nat(4), mixed: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(series, { maxLength: 4 }), (all) => {
        const body = all.flatMap(({ samples, labels, mixed }) => {
          const fields = [...Array.from({ length: labels }, (_, i) => label(i)), ...samples.map(encodeSample)];
          // Some fields change their places; unknown ones stand between them.
          for (let i = 0; i < mixed && fields.length > 0; i++) fields.push(unknown, fields.shift() as number[]);
          return message(0x0a, fields.flat(), mixed % 2);
        });
        const found = readAll(readWriteRequest(Uint8Array.from(body))).all as { labels: string; samples: string[] }[];
        expect(found.map((one) => [one.labels, one.samples.toSorted()])).toEqual(
          all.map(({ samples, labels }) => [
            `{${Array.from({ length: labels }, (_, i) => `l${i}="v${i}"`).join(', ')}}`,
            samples.map(expected).toSorted(),
          ]),
        );
      }),
    );
  });

  it('are refused when they end too early, and nothing is read beyond', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 3 }), fc.nat(), (samples, cut) => {
        const body = message(0x0a, [...label(1), ...samples.flatMap(encodeSample)]);
        const kept = body.slice(0, 1 + (cut % (body.length - 1)));
        expect(() => readAll(readWriteRequest(Uint8Array.from(kept)))).toThrow();
      }),
    );
  });
});
