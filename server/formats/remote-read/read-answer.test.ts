import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '../../model/histogram.ts';
import { encodeHistogram } from '../../model/histogram-codec.ts';
import { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt, writeStaleAt } from '../../model/stale.ts';
import { encodeFrames } from './chunked-answer.ts';
import { encodeReadRequest, readAnswer } from './read-answer.ts';
import { readReadRequest } from './read-request.ts';

interface Sample {
  readonly timestampMs: number;
  readonly value: number | 'stale' | FloatHistogram;
}

const LABELS = Labels.from({ __name__: 'a', b: 'ü' });

/** What a server sends for one series, in parts of `partBytes`. */
async function* answerOf(samples: readonly Sample[], partBytes: number, maxFrameBytes = 300): AsyncGenerator<Uint8Array> {
  const values = new Float64Array(samples.length);
  const bits = bitsOf(values);
  const bodies = samples.map(({ value }, i) => {
    if (value === 'stale') writeStaleAt(bits, i);
    else if (typeof value === 'number') values[i] = value;
    else return encodeHistogram(value);
    return new Uint8Array();
  });
  const offsets = new Uint32Array(samples.length + 1);
  bodies.forEach((body, i) => {
    offsets[i + 1] = (offsets[i] as number) + body.length;
  });
  const columns = {
    timestampsMs: Float64Array.from(samples, ({ timestampMs }) => timestampMs),
    values,
    histograms: { bytes: Buffer.concat(bodies), offsets },
  };
  const frames: Buffer[] = [];
  for (const frame of encodeFrames(LABELS, columns, 0, samples.length, { queryIndex: 0, maxFrameBytes }))
    if (frame) frames.push(Buffer.from(frame));
  const all = Buffer.concat(frames);
  for (let at = 0; at < all.length; at += partBytes) yield all.subarray(at, at + partBytes);
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Sample[]> {
  const found: Sample[] = [];
  for await (const { labels, timestampsMs, values, histograms } of readAnswer(body)) {
    expect(labels).toEqual(LABELS);
    const bits = bitsOf(values);
    timestampsMs.forEach((timestampMs, i) => {
      const value = histograms?.get(i) ?? (isStaleAt(bits, i) ? 'stale' : (values[i] as number));
      found.push({ timestampMs, value });
    });
  }
  return found;
}

const count = fc.integer({ min: 0, max: 2 ** 40 });
const histogram = fc
  .record({
    isWhole: fc.boolean(),
    isGauge: fc.boolean(),
    schema: fc.constantFrom(-4, 0, 3, 8, CUSTOM_BUCKETS_SCHEMA),
    zeroThreshold: fc.constantFrom(0, 0.001, 2 ** -128, 0.5),
    counts: fc.array(count, { minLength: 5, maxLength: 5 }),
    offset: fc.integer({ min: -10, max: 100 }),
    sum: fc.double({ noNaN: true }),
    border: fc.constantFrom(0.5, 1 / 3, 1e9),
  })
  .map(({ isWhole, isGauge, schema, zeroThreshold, counts, offset, sum, border }): FloatHistogram => {
    const isCustom = schema === CUSTOM_BUCKETS_SCHEMA;
    const [a, b, c, d, e] = counts.map((one) => (isWhole ? one : one + 0.25)) as [number, number, number, number, number];
    return {
      hint: isGauge ? 'gauge' : 'unknown',
      schema,
      zeroThreshold: isCustom ? 0 : zeroThreshold,
      zeroCount: isCustom ? 0 : a,
      count: a + b + c + d + e,
      sum,
      positiveSpans: [{ offset: isCustom ? 0 : offset, length: 2 }],
      negativeSpans: isCustom ? [] : [{ offset: 0 - offset, length: 2 }],
      positiveBuckets: Float64Array.of(b, c),
      negativeBuckets: isCustom ? new Float64Array() : Float64Array.of(d, e),
      ...(isCustom && { customValues: Float64Array.of(-1, border) }),
    };
  });
const value = fc.oneof(fc.double(), fc.integer(), fc.constant('stale' as const), histogram);
const samples = fc
  .array(fc.record({ stepMs: fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: 2 ** 42 })), value }), {
    minLength: 1,
    maxLength: 300,
  })
  .map((all) => {
    let timestampMs = 1_700_000_000_000;
    return all.map(({ stepMs, value: one }): Sample => {
      timestampMs += stepMs;
      return { timestampMs, value: one };
    });
  });

describe('an answer in streamed chunks', () => {
  it('is read as it was meant, however it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(samples, fc.integer({ min: 1, max: 2_000 }), async (all, partBytes) => {
        // Whole and other counts do not go into chunks of one kind.
        expect(await readAll(answerOf(all, partBytes))).toEqual(all);
      }),
      { numRuns: 200 },
    );
  });

  it('that is cut or damaged is refused', async () => {
    const all: Sample[] = Array.from({ length: 10 }, (_, i) => ({ timestampMs: i * 1000, value: i }));
    const bytes: Uint8Array[] = [];
    for await (const part of answerOf(all, 1_000)) bytes.push(part);
    const body = Buffer.concat(bytes);
    const from = async function* (part: Uint8Array) {
      yield part;
    };
    await expect(readAll(from(body.subarray(0, -1)))).rejects.toThrow('the answer ends in the middle of a frame');
    const damaged = Buffer.from(body);
    damaged[20] = (damaged[20] as number) ^ 1;
    await expect(readAll(from(damaged))).rejects.toThrow('the checksum of a frame is wrong');
    await expect(readAll(from(Buffer.alloc(100, 255)))).rejects.toThrow('the answer is not in streamed chunks');
  });
});

it('a request is read as it was meant', () => {
  const query = { startMs: -5, endMs: 1_700_000_000_000, matchers: [{ type: '!~' as const, name: 'a', value: 'b.*' }] };
  expect(readReadRequest(encodeReadRequest(query))).toEqual({ queries: [query], acceptedTypes: [1] });
});
