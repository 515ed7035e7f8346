import { describe, expect, it } from 'vitest';
import type { FloatHistogram } from './histogram.ts';
import { withHint } from './histogram-arithmetic.ts';
import { equalHistograms, isCounterReset } from './histogram-compare.ts';
import { makeHistogram } from './testdata/make-histogram.ts';

const BASE = makeHistogram({ hint: 'unknown', positive: { 1: 2, 2: 3 }, negative: { 1: 1 }, zeroCount: 4, sum: Number.NaN });

describe('equal histograms', () => {
  it('have the same floats, NaN included, whatever their hints', () => {
    expect(equalHistograms(BASE, withHint(BASE, 'gauge'))).toBe(true);
  });

  it.each<[string, Partial<FloatHistogram>]>([
    ['schema', { schema: 1 }],
    ['count', { count: 11 }],
    ['sum', { sum: 1 }],
    ['zero threshold', { zeroThreshold: 0.1 }],
    ['zero count', { zeroCount: 3 }],
    ['a bucket', { positiveBuckets: Float64Array.of(2, 4) }],
    ['an index', { negativeSpans: [{ offset: 2, length: 1 }] }],
    ['an empty bucket', { positiveSpans: [{ offset: 1, length: 3 }], positiveBuckets: Float64Array.of(2, 3, 0) }],
    [
      'where spans are cut',
      {
        positiveSpans: [
          { offset: 1, length: 1 },
          { offset: 0, length: 1 },
        ],
      },
    ],
  ])('differ in %s', (_, change) => {
    expect(equalHistograms(BASE, { ...BASE, ...change })).toBe(false);
  });

  it('may have spans of no length', () => {
    const spans = [
      { offset: -3, length: 0 },
      { offset: 4, length: 2 },
    ];
    expect(equalHistograms(BASE, { ...BASE, positiveSpans: spans })).toBe(true);
  });

  it('have the same custom borders', () => {
    const custom = makeHistogram({ customValues: [1, 2], positive: { 0: 1 } });
    expect(equalHistograms(custom, { ...custom, customValues: Float64Array.of(1, 2) })).toBe(true);
    expect(equalHistograms(custom, { ...custom, customValues: Float64Array.of(1, 3) })).toBe(false);
  });
});

describe('counter resets', () => {
  const before = makeHistogram({ hint: 'unknown', positive: { 1: 2, 2: 3 }, negative: { 1: 1 }, zeroCount: 4 });
  const grown = (change: Parameters<typeof makeHistogram>[0]) =>
    makeHistogram({ hint: 'unknown', positive: { 1: 20, 2: 30 }, negative: { 1: 10 }, zeroCount: 40, ...change });

  it.each([
    ['all rise', {}, false],
    ['the sum falls', { sum: -5 }, false],
    ['the count falls', { count: 9 }, true],
    ['the zero bucket falls', { zeroCount: 3 }, true],
    ['a positive bucket falls', { positive: { 1: 1, 2: 30 } }, true],
    ['a negative bucket goes', { negative: {} }, true],
    ['a bucket comes', { positive: { 0: 1, 1: 20, 2: 30 } }, false],
    ['the resolution rises', { schema: 1, positive: { 2: 20, 4: 30 }, negative: { 2: 10 } }, true],
    ['the resolution falls', { schema: -1, positive: { 1: 20, 0: 0 } }, false],
    ['the resolution falls, and a bucket', { schema: -1, positive: { 1: 4 } }, true],
    ['the zero bucket narrows', { zeroThreshold: 0.0005 }, true],
    ['the zero bucket takes in buckets', { zeroThreshold: 2, positive: { 2: 30 }, negative: {} }, false],
    ['the zero bucket takes in buckets but counts fewer', { zeroThreshold: 2, zeroCount: 6, positive: { 2: 30 }, negative: {} }, true],
    ['the zero bucket ends in a bucket', { zeroThreshold: 1.5, positive: { 2: 30 }, negative: {} }, true],
    ['the hint says so', { hint: 'reset' as const }, true],
    ['the hint says otherwise', { hint: 'not_reset' as const, count: 0 }, false],
    ['it is a gauge that falls', { hint: 'gauge' as const, count: 0 }, true],
    ['its buckets become custom ones', { customValues: [1], positive: { 0: 50 }, negative: {}, zeroCount: 0 }, true],
  ])('when %s', (_, change, isReset) => {
    expect(isCounterReset(before, grown(change))).toBe(isReset);
  });

  it('are told from the common custom borders', () => {
    const custom = makeHistogram({ hint: 'unknown', customValues: [1, 2, 3], positive: { 0: 1, 1: 2, 2: 3 } });
    const wider = (positive: Record<number, number>) => makeHistogram({ hint: 'unknown', customValues: [1, 3], positive });
    expect(isCounterReset(custom, wider({ 0: 1, 1: 5 }))).toBe(false);
    expect(isCounterReset(custom, wider({ 0: 2, 1: 4 }))).toBe(true);
  });
});
