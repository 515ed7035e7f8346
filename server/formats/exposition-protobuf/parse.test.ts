import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../model/app-error.ts';
import { encodeFamilies } from './encode.ts';
import { type ProtobufOptions, ProtobufParser } from './parse.ts';

const NATIVE: ProtobufOptions = { native: true, classicBesideNative: false };

/** Everything that a body holds, or its error. */
function readAll(body: Uint8Array, options = NATIVE): string[] {
  const parser = new ProtobufParser(body, options);
  const found: string[] = [];
  for (;;) {
    const entry = parser.next();
    if (entry === 'end') return found;
    const isSample = entry === 'series' || entry === 'histogram';
    const labels = isSample ? JSON.stringify(Object.fromEntries(parser.labels())) : parser.familyName();
    found.push(`${entry} ${labels} ${isSample ? (parser.histogram?.histogram.count ?? parser.value) : ''}`.trim());
  }
}

const histogram = (count: number) => ({
  hint: 'unknown' as const,
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count,
  sum: 1,
  positiveSpans: [{ offset: 0, length: 1 }],
  negativeSpans: [],
  positiveBuckets: Float64Array.of(count),
  negativeBuckets: new Float64Array(),
});
const BODY = encodeFamilies([
  { name: 'a', type: 'untyped', samples: [{ labels: [['x', 'ü']], timestampMs: 0, value: 1.5 }] },
  { name: 'h', type: 'histogram', samples: [{ labels: [], timestampMs: 5, value: 0, histogram: histogram(3) }] },
]);

describe('the protobuf format', () => {
  it('is read as it was written', () => {
    expect(readAll(BODY)).toEqual([
      'help a',
      'type a',
      'series {"__name__":"a","x":"ü"} 1.5',
      'help h',
      'type h',
      'histogram {"__name__":"h"} 3',
    ]);
  });

  it('has texts of any length', () => {
    const long = 'é'.repeat(300);
    // A family: its name, its help, and one gauge with one label; fields 1, 2, 3 and 4 of the message, each with its length.
    const field = (tag: number, bytes: Uint8Array): number[] => [tag, (bytes.length & 127) | 128, bytes.length >> 7, ...bytes];
    const text = (value: string) => Buffer.from(value);
    const label = Uint8Array.from([...field(10, text('x')), ...field(18, text(long))]);
    const metric = Uint8Array.from([...field(10, label), ...field(18, Uint8Array.from([9, 0, 0, 0, 0, 0, 0, 240, 63]))]);
    const family = Uint8Array.from([...field(10, text('a')), ...field(18, text(long)), 24, 1, ...field(34, metric)]);
    const body = Uint8Array.from([(family.length & 127) | 128, family.length >> 7, ...family]);
    expect(readAll(body)).toEqual(['help a', 'type a', `series {"__name__":"a","x":"${long}"} 1`]);
  });

  it('has bytes that stand for a series in every body', () => {
    const first = new ProtobufParser(BODY, NATIVE);
    const again = new ProtobufParser(BODY, NATIVE);
    for (let entry = first.next(); entry !== 'end'; entry = first.next()) {
      const { body, seriesStart, seriesEnd } = first;
      if (entry !== 'series' && entry !== 'histogram') {
        expect(again.skipKnown(body, seriesStart, seriesEnd)).toBe(false);
        expect(again.next()).toBe(entry);
        continue;
      }
      expect(again.skipKnown(body, seriesStart, seriesEnd - 1)).toBe(false);
      expect(again.skipKnown(body, seriesStart, seriesEnd)).toBe(true);
      expect(again.labels()).toEqual(first.labels());
      expect([again.value, again.timestampMs, again.histogram]).toEqual([first.value, first.timestampMs, first.histogram]);
    }
    expect(again.next()).toBe('end');
  });

  it('names the place of a fault', () => {
    expect(() => readAll(BODY.subarray(0, -3))).toThrow(
      /^metric family 2, byte \d+: a field of \d+ bytes reaches beyond the end of its message$/,
    );
    expect(() => readAll(Buffer.from('a 1\n'))).toThrow(/^metric family 1, byte \d+: /);
    expect(() => readAll(encodeFamilies([{ name: '', type: 'untyped', samples: [{ labels: [], timestampMs: 0, value: 1 }] }]))).toThrow(
      'metric family 1, byte 20: invalid metric name: ""',
    );
  });

  it('never fails in another way than with an error of the format, and always ends', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(BODY.length - 1), fc.nat(255)).map(([at, value]) => BODY.map((byte, i) => (i === at ? value : byte))),
    );
    fc.assert(
      fc.property(bytes, fc.boolean(), (body, classicBesideNative) => {
        try {
          readAll(body, { native: true, classicBesideNative });
        } catch (error) {
          expect(isAppError(error) && error.code.startsWith('exposition.')).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
