import { describe, expect, it } from 'vitest';
import { HistogramSum } from './histogram-sum.ts';
import { histogramText } from './histogram-text.ts';
import { makeHistogram } from './testdata/make-histogram.ts';

function sumOf(...[first, ...rest]: ReturnType<typeof makeHistogram>[]): HistogramSum {
  const sum = new HistogramSum(first as ReturnType<typeof makeHistogram>);
  for (const h of rest) expect(sum.add(h)).toBe(true);
  return sum;
}

describe('a running sum of histograms', () => {
  it('adapts to every layout it meets', () => {
    const sum = sumOf(
      makeHistogram({ schema: 1, positive: { 1: 1, 4: 2 } }),
      makeHistogram({ schema: 0, positive: { 1: 1 }, zeroThreshold: 0.5, zeroCount: 7 }),
      makeHistogram({ schema: 2, positive: { 1: 1, 9: 4 }, negative: { 0: 1 } }),
    );
    expect(sum.size).toBe(3);
    expect(histogramText(sum.result())).toBe('{count:17, sum:0, [-1,-0.5):1, [-0.5,0.5]:7, (1,2]:3, (2,4]:2, (4,8]:4}');
    expect(sum.mean()).toMatchObject({ count: 17 / 3, zeroCount: 7 / 3 });
  });

  it('loses nothing to rounding', () => {
    const huge = makeHistogram({ positive: { 1: 2 ** 60 }, sum: 1e100 });
    const one = makeHistogram({ positive: { 1: 1 }, sum: 1 });
    const sum = new HistogramSum(huge);
    for (let i = 0; i < 10; i++) sum.add(one);
    sum.add(huge, -1);
    expect(sum.result()).toMatchObject({ count: 10, sum: 10, positiveBuckets: Float64Array.of(10) });
  });

  it('has a mean where the sum overflows', () => {
    const sum = sumOf(...Array.from({ length: 4 }, () => makeHistogram({ positive: { 1: 2 ** 1023 }, sum: 2 ** 1023 })));
    expect(sum.result()).toMatchObject({ count: Infinity, sum: Infinity });
    expect(sum.mean()).toMatchObject({ count: 2 ** 1023, sum: 2 ** 1023, positiveBuckets: Float64Array.of(2 ** 1023) });
  });

  it('keeps infinities and NaN', () => {
    const sum = sumOf(makeHistogram({ sum: Infinity }), makeHistogram({ sum: 1 }));
    expect(sum.result().sum).toBe(Infinity);
    sum.add(makeHistogram({ sum: -Infinity }));
    expect(sum.result().sum).toBeNaN();
  });

  it('does not take the other kind of buckets', () => {
    const sum = new HistogramSum(makeHistogram({ positive: { 1: 1 } }));
    expect(sum.add(makeHistogram({ customValues: [1], positive: { 0: 5 } }))).toBe(false);
    expect(sum.result()).toMatchObject({ count: 1 });
    expect(sum.size).toBe(1);
  });

  it('tells of contradicting hints wherever they were, and of custom borders', () => {
    const [unknown, reset, notReset] = (['unknown', 'reset', 'not_reset'] as const).map((hint) => makeHistogram({ hint }));
    const sum = sumOf(unknown as never, reset as never, notReset as never);
    expect(sum.counterResetCollision).toBe(true);
    expect(sum.result().hint).toBe('unknown');
    expect(sumOf(reset as never, reset as never).counterResetCollision).toBe(false);
    expect(sumOf(makeHistogram({ customValues: [1, 2] }), makeHistogram({ customValues: [1] })).boundsReconciled).toBe(true);
  });

  it('leaves what it was given as it was', () => {
    const first = makeHistogram({ positive: { 1: 1 } });
    sumOf(first, first, first);
    expect(first.positiveBuckets).toEqual(Float64Array.of(1));
  });
});
