import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import { BitWriter } from './bit-writer.ts';
import { crc32c } from './castagnoli.ts';
import { encodeFrames } from './chunked-answer.ts';
import { readReadRequest } from './read-request.ts';
import { encodeReadResponse, QueryResult } from './sampled-answer.ts';
import { encodeChunks } from './series-chunks.ts';
import { decodeChunked, encodeReadRequest } from './testing/messages.ts';

/** Reads what BitWriter writes, bit by bit. */
class BitReader {
  readonly #bits: string;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  }

  bits(count: number): bigint {
    const text = this.#bits.slice(this.#at, this.#at + count);
    expect(text).toHaveLength(count);
    this.#at += count;
    return count === 0 ? 0n : BigInt(`0b${text}`);
  }

  /** Counts ones up to a zero, `most` at most. */
  ones(most: number): number {
    let ones = 0;
    while (ones < most && this.bits(1) === 1n) ones++;
    return ones;
  }

  uvarint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bits(8);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  }

  /** As Prometheus reads it: half of the patterns are negative, the largest positive one has the highest bit, too. */
  signed(count: number): bigint {
    const value = this.bits(count);
    return value > 1n << BigInt(count - 1) ? value - (1n << BigInt(count)) : value;
  }
}

const VARBIT_SIZES = [0, 3, 6, 9, 12, 18, 25, 56, 64];

describe('bits', () => {
  const whole = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }));

  it('hold whole numbers in as few as they need', () => {
    fc.assert(
      fc.property(fc.array(whole), (numbers) => {
        const out = new BitWriter();
        for (const number of numbers) out.varbitInt(number);
        const reader = new BitReader(out.finish());
        for (const number of numbers) {
          const size = VARBIT_SIZES[reader.ones(8)] as number;
          expect(size === 64 ? BigInt.asIntN(64, reader.bits(64)) : reader.signed(size)).toBe(BigInt(number));
        }
      }),
    );
  });

  it('hold numbers that are never negative', () => {
    fc.assert(
      fc.property(fc.array(whole.map(Math.abs)), (numbers) => {
        const out = new BitWriter();
        for (const number of numbers) out.varbitUint(number);
        const reader = new BitReader(out.finish());
        for (const number of numbers) expect(reader.bits(VARBIT_SIZES[reader.ones(8)] as number)).toBe(BigInt(number));
      }),
    );
  });
});

interface Sample {
  readonly timestampMs: bigint;
  readonly bits: bigint;
}

/** Samples of a chunk of floats. */
function decodeXor(data: Uint8Array): Sample[] {
  const reader = new BitReader(data);
  const samples: Sample[] = [];
  let [timestampMs, delta, bits, leading, trailing] = [0n, 0n, 0n, 0, 0];
  for (let left = reader.bits(16); left > 0n; left--) {
    if (samples.length === 0) {
      const zigzag = reader.uvarint();
      timestampMs = zigzag & 1n ? -(zigzag >> 1n) - 1n : zigzag >> 1n;
      bits = reader.bits(64);
    } else {
      if (samples.length === 1) delta = reader.uvarint();
      else {
        const size = [0, 14, 17, 20, 64][reader.ones(4)] as number;
        delta += size === 64 ? BigInt.asIntN(64, reader.bits(64)) : size === 0 ? 0n : reader.signed(size);
      }
      timestampMs += delta;
      if (reader.bits(1) === 1n) {
        if (reader.bits(1) === 1n) {
          leading = Number(reader.bits(5));
          const size = Number(reader.bits(6));
          trailing = 64 - leading - (size === 0 ? 64 : size);
        }
        bits ^= reader.bits(64 - leading - trailing) << BigInt(trailing);
      }
    }
    samples.push({ timestampMs, bits });
  }
  return samples;
}

const SAMPLES = fc
  .array(
    fc.record({
      step: fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: 2 ** 31 })),
      bits: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    }),
    {
      minLength: 1,
      maxLength: 300,
    },
  )
  .map((steps) => {
    let timestampMs = -5_000_000;
    return steps.map(({ step, bits }) => {
      timestampMs += step;
      return { timestampMs: BigInt(timestampMs), bits };
    });
  });

function columnsOf(samples: readonly Sample[]) {
  const timestampsMs = Float64Array.from(samples, (sample) => Number(sample.timestampMs));
  return { timestampsMs, values: new Float64Array(BigUint64Array.from(samples, (sample) => sample.bits).buffer) };
}

describe('chunks', () => {
  it('hold floats to the bit', () => {
    fc.assert(
      fc.property(SAMPLES, (samples) => {
        const chunks = [...encodeChunks(columnsOf(samples), 0, samples.length)];
        expect(chunks.flatMap(({ data }) => decodeXor(data))).toEqual(samples);
        expect(chunks).toHaveLength(Math.ceil(samples.length / 120));
      }),
    );
  });

  it('come in frames that are closed when they are large enough', () => {
    const samples = Array.from({ length: 1_000 }, (_, i) => ({ timestampMs: BigInt(i), bits: BigInt(i) ** 6n }));
    const labels = Labels.from({ __name__: 'a', b: 'c' });
    const frames = [...encodeFrames(labels, columnsOf(samples), 0, 1_000, { queryIndex: 2, maxFrameBytes: 2_000 })];
    const decoded = decodeChunked(Buffer.concat(frames.filter((frame) => frame !== undefined)));
    expect(decoded.flatMap(({ chunks }) => chunks.flatMap(({ data }) => decodeXor(data)))).toEqual(samples);
    expect(decoded.length).toBeGreaterThan(2);
    for (const { labels: sent, queryIndex, frameBytes } of decoded) {
      expect(sent).toEqual({ __name__: 'a', b: 'c' });
      expect(queryIndex).toBe(2);
      expect(frameBytes).toBeLessThan(4_000);
    }
  });

  it('are guarded by the checksum that everybody knows', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  });
});

describe('an answer in samples', () => {
  it('is bounded', () => {
    const columns = columnsOf([{ timestampMs: 1n, bits: 1n }]);
    const result = new QueryResult(40);
    result.addSeries(Labels.from({ a: 'b' }), columns, 0, 1);
    expect(encodeReadResponse([result]).length).toBeLessThan(40);
    expect(() => result.addSeries(Labels.from({ a: 'c' }), columns, 0, 1)).toThrow(/more than 40 bytes; ask for .* streamed chunks/);
  });
});

describe('a request', () => {
  const matchers = [{ type: '!~', name: 'a', value: 'ü' }] as const;
  const body = encodeReadRequest([{ startMs: -5, endMs: 2 ** 50, matchers, hints: { startMs: 1, endMs: 2 } }], ['chunks', 7]);

  it('is read', () => {
    expect(readReadRequest(body)).toEqual({ queries: [{ startMs: -5, endMs: 2 ** 50, matchers }], acceptedTypes: [1, 7] });
    expect(readReadRequest(new Uint8Array())).toEqual({ queries: [], acceptedTypes: [] });
  });

  it('throws nothing but its error when it is broken', () => {
    const attempt = (bytes: Uint8Array) => {
      try {
        readReadRequest(bytes);
      } catch (error) {
        expect(isAppError(error, 'remote_read.bad_protobuf'), String(error)).toBe(true);
      }
    };
    for (let cut = 0; cut < body.length; cut++) attempt(body.subarray(0, cut));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 500 });
    fc.assert(fc.property(fc.nat(body.length - 1), fc.nat(255), (at, byte) => attempt(body.with(at, byte))));
  });
});
