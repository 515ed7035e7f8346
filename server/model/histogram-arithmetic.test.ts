import { describe, expect, it } from 'vitest';
import type { CounterResetHint, FloatHistogram } from './histogram.ts';
import {
  addHistograms,
  compactHistogram,
  divideHistogram,
  emptyLike,
  type HistogramResult,
  negateHistogram,
  reduceResolution,
  scaleHistogram,
  subtractHistograms,
  withHint,
} from './histogram-arithmetic.ts';
import { histogramText } from './histogram-text.ts';
import { makeHistogram } from './testdata/make-histogram.ts';

// Expected numbers are answers of Prometheus 3.5.3, but for custom borders that differ, which it does not add.
const ROUND = makeHistogram({ zeroCount: 1, positive: { 0: 2, 1: 4, 2: 8 }, negative: { 0: 1 } });

function textOf(result: HistogramResult): string {
  return result.problem === undefined ? histogramText(result.histogram) : result.problem;
}

describe('sums and differences', () => {
  it('widen the narrower zero bucket, to the end of a bucket that it cuts', () => {
    const wide = makeHistogram({ zeroThreshold: 1.5, zeroCount: 3, positive: { 2: 1 } });
    expect(textOf(addHistograms(ROUND, wide))).toBe('{count:20, sum:0, [-2,2]:11, (2,4]:9}');
    expect(textOf(addHistograms(wide, ROUND))).toBe('{count:20, sum:0, [-2,2]:11, (2,4]:9}');
    expect(textOf(subtractHistograms(ROUND, wide))).toBe('{count:12, sum:0, [-2,2]:5, (2,4]:7}');
  });

  it('are of the lower schema', () => {
    const fine = makeHistogram({ schema: 1, positive: { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5 }, negative: { [-1]: 1, 0: 2 } });
    const coarse = makeHistogram({ schema: -1, positive: { 1: 10 } });
    expect(textOf(addHistograms(fine, coarse))).toBe('{count:28, sum:0, [-1,-0.25):3, (1,4]:20, (4,16]:5}');
    expect(textOf(subtractHistograms(coarse, fine))).toBe('{count:-8, sum:0, [-1,-0.25):-3, (4,16]:-5}');
  });

  it('keep of different custom borders the common ones, and tell', () => {
    const a = makeHistogram({ customValues: [1, 2, 5], positive: { 0: 1, 1: 2, 2: 4, 3: 8 } });
    const b = makeHistogram({ customValues: [1, 3, 5, 7], positive: { 0: 10, 1: 20, 2: 40, 3: 80, 4: 160 } });
    const sum = addHistograms(a, b);
    expect(textOf(sum)).toBe('{count:325, sum:0, [-Inf,1]:11, (1,5]:66, (5,+Inf]:248}');
    expect(sum).toMatchObject({ boundsReconciled: true });
    expect(addHistograms(a, a)).toMatchObject({ boundsReconciled: false });
    expect(textOf(addHistograms(a, makeHistogram({ customValues: [4], positive: { 0: 1 } })))).toBe('{count:16, sum:0, [-Inf,+Inf]:16}');
  });

  it('do not mix custom and exponential buckets', () => {
    const custom = makeHistogram({ customValues: [1] });
    expect(textOf(addHistograms(ROUND, custom))).toBe('incompatible_schemas');
    expect(textOf(subtractHistograms(custom, ROUND))).toBe('incompatible_schemas');
  });

  it.each<[CounterResetHint, CounterResetHint, CounterResetHint, boolean]>([
    ['unknown', 'unknown', 'unknown', false],
    ['unknown', 'reset', 'unknown', false],
    ['not_reset', 'unknown', 'unknown', false],
    ['reset', 'reset', 'reset', false],
    ['not_reset', 'not_reset', 'not_reset', false],
    ['reset', 'not_reset', 'unknown', true],
    ['not_reset', 'reset', 'unknown', true],
    ['gauge', 'reset', 'gauge', false],
    ['unknown', 'gauge', 'gauge', false],
  ])('of %s and %s: the sum is %s', (a, b, hint, counterResetCollision) => {
    const sum = addHistograms(withHint(ROUND, a), withHint(ROUND, b));
    expect(sum).toMatchObject({ histogram: { hint }, counterResetCollision });
    expect(subtractHistograms(withHint(ROUND, a), withHint(ROUND, b))).toMatchObject({
      histogram: { hint: 'gauge' },
      counterResetCollision,
    });
  });

  it('leave their operands as they are', () => {
    const before = histogramText(ROUND);
    addHistograms(ROUND, ROUND);
    expect(histogramText(ROUND)).toBe(before);
  });
});

describe('multiples and parts', () => {
  it('multiply every number', () => {
    expect(histogramText(scaleHistogram({ ...ROUND, sum: 3 }, 0.5))).toBe(
      '{count:8, sum:1.5, [-1,-0.5):0.5, [-0.001,0.001]:0.5, (0.5,1]:1, (1,2]:2, (2,4]:4}',
    );
    expect(scaleHistogram(ROUND, 0)).toMatchObject({ count: 0, positiveSpans: [], negativeSpans: [] });
  });

  it('are gauges when negative', () => {
    const counter = withHint(ROUND, 'not_reset');
    expect([scaleHistogram(counter, 2).hint, divideHistogram(counter, 2).hint]).toEqual(['not_reset', 'not_reset']);
    expect([scaleHistogram(counter, -2).hint, divideHistogram(counter, -2).hint, negateHistogram(counter).hint]).toEqual(
      Array(3).fill('gauge'),
    );
    expect(negateHistogram(counter)).toMatchObject({ count: -16, sum: -0, zeroCount: -1 });
  });

  it('have no buckets but the zero bucket after a division by zero', () => {
    expect(divideHistogram(ROUND, 0)).toMatchObject({
      count: Infinity,
      sum: NaN,
      zeroCount: Infinity,
      positiveSpans: [],
      negativeSpans: [],
    });
    expect(divideHistogram({ ...ROUND, sum: -1 }, 0)).toMatchObject({ sum: -Infinity });
    expect(divideHistogram(makeHistogram({ customValues: [1], positive: { 0: 4 } }), 0)).toMatchObject({
      count: Infinity,
      positiveSpans: [],
    });
  });
});

describe('other forms of a histogram', () => {
  const sparse = makeHistogram({ positive: { [-2]: 0, 0: 1, 1: 0, 2: 2, 3: 0, 4: 0, 5: 3, 6: 0 } });

  it.each([
    [0, { 0: 1, 2: 2, 5: 3 }],
    [1, { 0: 1, 1: 0, 2: 2, 5: 3 }],
    [2, { 0: 1, 1: 0, 2: 2, 3: 0, 4: 0, 5: 3 }],
  ])('compact, with up to %d empty buckets between others', (maxEmpty, positive) => {
    expect(compactHistogram(sparse, maxEmpty)).toEqual(makeHistogram({ positive }));
  });

  it('of a lower schema', () => {
    const fine = makeHistogram({ schema: 2, positive: { [-4]: 1, [-3]: 2, 0: 4, 1: 8, 4: 16, 5: 32 } });
    expect(reduceResolution(fine, 0)).toEqual(makeHistogram({ positive: { [-1]: 1, 0: 6, 1: 24, 2: 32 } }));
  });

  it('empty', () => {
    const empty: FloatHistogram = emptyLike(withHint(ROUND, 'reset'));
    expect(empty).toEqual({ ...makeHistogram(), hint: 'reset' });
    expect(histogramText(empty)).toBe('{count:0, sum:0}');
  });
});
