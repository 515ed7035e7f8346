import { describe, expect, it } from 'vitest';
import type { FloatHistogram } from './histogram.ts';
import { type BucketWalk, bucketBound, forEachBucket } from './histogram-buckets.ts';
import { makeHistogram } from './testdata/make-histogram.ts';

const MAX = Number.MAX_VALUE;

describe('borders of buckets', () => {
  it.each([
    [0, 0, 1],
    [0, 3, 8],
    [0, -3, 0.125],
    [-4, 1, 65536],
    [-4, 0, 1],
    [1, 3, 2.82842712474619],
    [3, 1, 1.0905077326652577],
    [8, 1, 1.0027112750502025],
    [8, 255, 1.9945921121709396],
    [8, -1, 0.9972960560854698],
  ])('schema %d, index %d: %d, to the digit of Prometheus 3.5', (schema, index, bound) => {
    expect(bucketBound(schema, index)).toBe(bound);
  });

  it.each([-4, -2, 0, 3, 8])('the last bucket of schema %d that holds numbers ends at the largest one, the next at infinity', (schema) => {
    const last = 1024 * 2 ** schema;
    expect(bucketBound(schema, last)).toBe(MAX);
    expect(bucketBound(schema, last + 1)).toBe(Infinity);
    expect(bucketBound(schema, last - 1)).toBeLessThan(MAX);
  });

  it('ends in zero, over the subnormal numbers', () => {
    expect(bucketBound(0, -1074)).toBe(5e-324);
    expect(bucketBound(0, -1075)).toBe(0);
    expect(bucketBound(-4, -68)).toBe(0);
  });

  it.each([0, 1, 2, 5, 8])('rises, and every other border of schema %d is one of the schema below', (schema) => {
    for (let index = -600; index < 600; index++) expect(bucketBound(schema, index)).toBeLessThan(bucketBound(schema, index + 1));
    if (schema > 0)
      for (let index = -600; index < 600; index++) expect(bucketBound(schema, 2 * index)).toBe(bucketBound(schema - 1, index));
  });

  it('lists custom borders, infinite on both ends', () => {
    expect([-1, 0, 1, 2].map((index) => bucketBound(-53, index, [1, 2.5]))).toEqual([-Infinity, 1, 2.5, Infinity]);
  });
});

describe('walking over buckets', () => {
  const h = makeHistogram({ positive: { 1: 3, 2: 0, 3: 1 }, negative: { 0: 2, 1: 5 }, zeroCount: 4, zeroThreshold: 0.25 });

  it('goes from the lowest to the highest, empty ones left out', () => {
    expect(walked(h)).toEqual([
      [-2, -1, true, false, 5, 1, 'negative'],
      [-1, -0.5, true, false, 2, 0, 'negative'],
      [-0.25, 0.25, true, true, 4, 0, 'zero'],
      [1, 2, false, true, 3, 1, 'positive'],
      [4, 8, false, true, 1, 3, 'positive'],
    ]);
  });

  it('goes the other way, with empty ones, and stops when told', () => {
    expect(walked(h, { reverse: true, withEmpty: true }).map((bucket) => (bucket as number[])[4])).toEqual([1, 0, 3, 4, 2, 5]);
    const counts: number[] = [];
    forEachBucket(h, (_lower, _upper, _lowerInclusive, _upperInclusive, count) => counts.push(count) < 2);
    expect(counts).toEqual([5, 2]);
  });

  it('lets buckets end at the zero bucket, unless told not to', () => {
    const overlapping = makeHistogram({ positive: { 1: 3 }, negative: { 1: 5 }, zeroCount: 4, zeroThreshold: 1.5 });
    const borders = (walk: BucketWalk) => walked(overlapping, walk).map((bucket) => (bucket as number[]).slice(0, 2));
    expect(borders({})).toEqual([
      [-2, -1.5],
      [-1.5, 1.5],
      [1.5, 2],
    ]);
    expect(borders({ raw: true })).toEqual([
      [-2, -1],
      [-1.5, 1.5],
      [1, 2],
    ]);
  });

  it('leaves out zero buckets with a negative count or NaN', () => {
    for (const zeroCount of [-1, Number.NaN]) {
      expect(walked(makeHistogram({ zeroCount }))).toEqual([]);
      expect(walked(makeHistogram({ zeroCount }), { raw: true })).toHaveLength(1);
    }
  });

  it('closes the lowest custom bucket', () => {
    expect(walked(makeHistogram({ customValues: [1], positive: { 0: 2, 1: 3 } }))).toEqual([
      [-Infinity, 1, true, true, 2, 0, 'positive'],
      [1, Infinity, false, true, 3, 1, 'positive'],
    ]);
  });
});

function walked(h: FloatHistogram, walk?: BucketWalk): unknown[] {
  const buckets: unknown[] = [];
  forEachBucket(h, (...bucket) => buckets.push(bucket), walk);
  return buckets;
}
