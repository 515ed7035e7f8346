import { describe, expect, it } from 'vitest';
import { type ClassicHistogram, toCustomBuckets } from './classic-histogram.ts';
import { makeHistogram } from './testdata/make-histogram.ts';

const BUCKETS = [
  { le: 2, count: 5 },
  { le: 0.5, count: 2 },
  { le: 1, count: 2 },
];

describe('classic histograms with custom buckets', () => {
  it.each<[string, ClassicHistogram]>([
    ['with +Inf', { buckets: [...BUCKETS, { le: Infinity, count: 9 }], count: 9, sum: 7 }],
    ['without +Inf', { buckets: BUCKETS, count: 9, sum: 7 }],
    ['without a count', { buckets: [...BUCKETS, { le: Infinity, count: 9 }], sum: 7 }],
    ['with a bound twice', { buckets: [...BUCKETS, { le: 1, count: 4 }], count: 9, sum: 7 }],
  ])('%s', (_, classic) => {
    const histogram = makeHistogram({ hint: 'unknown', sum: 7, customValues: [0.5, 1, 2], positive: { 0: 2, 2: 3, 3: 4 } });
    expect(toCustomBuckets(classic)).toEqual({ histogram });
  });

  it('may have no more than a count', () => {
    expect(toCustomBuckets({ buckets: [], count: 3 }, 'gauge')).toEqual({
      histogram: makeHistogram({ customValues: [], positive: { 0: 3 } }),
    });
    expect(toCustomBuckets({ buckets: [{ le: 1, count: 0 }], count: 0 })).toMatchObject({ histogram: { count: 0, positiveSpans: [] } });
  });

  it.each<[string, ClassicHistogram]>([
    ['there are neither buckets nor a count', { buckets: [] }],
    ['a bucket has the bound NaN', { buckets: [{ le: Number.NaN, count: 1 }] }],
    ['bucket le="1" has the count NaN', { buckets: [{ le: 1, count: Number.NaN }] }],
    ['bucket le="1" has the count -1', { buckets: [{ le: 1, count: -1 }] }],
    [
      'bucket le="2" counts 1, fewer than the 3 of a lower one',
      {
        buckets: [
          { le: 1, count: 3 },
          { le: 2, count: 1 },
        ],
      },
    ],
    ['bucket le="+Inf" counts 4, fewer than the 5 of a lower one', { buckets: BUCKETS, count: 4 }],
    ['the buckets count 9 observations, the histogram 8', { buckets: [...BUCKETS, { le: Infinity, count: 9 }], count: 8 }],
  ])('is none where %s', (problem, classic) => {
    expect(toCustomBuckets(classic)).toEqual({ problem });
  });
});
