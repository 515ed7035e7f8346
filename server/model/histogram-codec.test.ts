import { describe, expect, it } from 'vitest';
import type { FloatHistogram } from './histogram.ts';
import { decodeHistogram, encodeHistogram } from './histogram-codec.ts';

const WHOLE: FloatHistogram = {
  hint: 'not_reset',
  schema: -4,
  zeroThreshold: 2 ** -128,
  zeroCount: 3,
  count: 4_503_599_627_370_000,
  sum: -1.5,
  positiveSpans: [
    { offset: -300, length: 2 },
    { offset: 70_000, length: 1 },
  ],
  negativeSpans: [{ offset: 2, length: 1 }],
  positiveBuckets: Float64Array.of(0, 2 ** 50, 7),
  negativeBuckets: Float64Array.of(1),
};

describe('histograms in bytes', () => {
  it.each<[string, FloatHistogram]>([
    ['whole counts', WHOLE],
    [
      'fractions, infinities and NaN',
      { ...WHOLE, schema: 8, sum: Number.NaN, positiveBuckets: Float64Array.of(0.1, Infinity, Number.NaN) },
    ],
    ['minus zero', { ...WHOLE, hint: 'gauge', negativeBuckets: Float64Array.of(-0) }],
    ['negative and huge counts', { ...WHOLE, positiveBuckets: Float64Array.of(-5, 2 ** 53 + 2, 1e300) }],
    [
      'custom buckets',
      { ...WHOLE, schema: -53, negativeSpans: [], negativeBuckets: new Float64Array(0), customValues: Float64Array.of(-1, 0.5, 10) },
    ],
    [
      'nothing',
      {
        ...WHOLE,
        hint: 'reset',
        positiveSpans: [],
        negativeSpans: [],
        positiveBuckets: new Float64Array(0),
        negativeBuckets: new Float64Array(0),
      },
    ],
  ])('keep %s', (_, histogram) => {
    expect(decodeHistogram(encodeHistogram(histogram))).toEqual(histogram);
  });

  it('take two bytes a bucket when neighbours are alike', () => {
    const buckets = Float64Array.from({ length: 100 }, (_, i) => 1_000 + ((i * 37) % 60));
    const bytes = encodeHistogram({ ...WHOLE, positiveSpans: [{ offset: 0, length: 100 }], positiveBuckets: buckets });
    expect(bytes.length).toBeLessThan(250);
  });

  it('of another version or cut off are refused', () => {
    expect(() => decodeHistogram(Uint8Array.of(9, 0, 0, 0))).toThrow(RangeError);
    expect(() => decodeHistogram(encodeHistogram(WHOLE).subarray(0, 50))).toThrow(RangeError);
  });
});
