import { describe, expect, it } from 'vitest';
import type { FloatHistogram } from './histogram.ts';
import { negateHistogram, subtractHistograms } from './histogram-arithmetic.ts';
import { histogramFraction, histogramQuantile, histogramStddev, histogramStdvar } from './histogram-quantile.ts';
import { makeHistogram } from './testdata/make-histogram.ts';

// Expected numbers are answers of Prometheus 3.5.3.
const HISTOGRAMS = {
  positive: makeHistogram({ positive: { 1: 4 }, zeroCount: 4, zeroThreshold: 0.5 }),
  negative: makeHistogram({ negative: { 1: 4 }, zeroCount: 4, zeroThreshold: 0.5 }),
  both: makeHistogram({ positive: { 1: 4 }, negative: { 1: 4 }, zeroCount: 4, zeroThreshold: 0.5 }),
  zero: makeHistogram({ zeroCount: 4, zeroThreshold: 0.5 }),
  custom: makeHistogram({ customValues: [1, 2, 4], positive: { 0: 4, 1: 2, 3: 2 } }),
  customBelowZero: makeHistogram({ customValues: [-2, 0, 2], positive: { 0: 4, 1: 2, 2: 1, 3: 2 } }),
  customAroundZero: makeHistogram({ customValues: [-2, 2], positive: { 0: 1, 1: 4 } }),
  customUnbound: makeHistogram({ customValues: [], positive: { 0: 4 } }),
  empty: makeHistogram(),
  withNaN: makeHistogram({ positive: { 1: 2, 2: 2 }, count: 6, sum: Number.NaN }),
  onlyNaN: makeHistogram({ count: 3, sum: Number.NaN }),
} satisfies Record<string, FloatHistogram>;
type Name = keyof typeof HISTOGRAMS;

describe('quantiles', () => {
  it.each<[number, Name, number]>([
    [0.25, 'positive', 0.25],
    [0.875, 'positive', 1.6817928305074292],
    [0.125, 'negative', -1.6817928305074292],
    [0.75, 'negative', -0.25],
    [0.25, 'both', -1.189207115002721],
    [0.5, 'both', 0],
    [0.75, 'zero', 0.25],
    [0.25, 'custom', 0.5],
    [0.6, 'custom', 1.4],
    [0.9, 'custom', 4],
    [0.2, 'customBelowZero', -2],
    [0.6, 'customBelowZero', -0.6000000000000001],
    [0.5, 'customAroundZero', -0.5],
    [0.5, 'customUnbound', Infinity],
    [0.5, 'empty', Number.NaN],
    [-0.1, 'positive', -Infinity],
    [1.1, 'positive', Infinity],
    [Number.NaN, 'positive', Number.NaN],
  ])('%d of %s is %d', (phi, name, value) => {
    expect(histogramQuantile(phi, HISTOGRAMS[name])).toEqual({ value, isSkewedByNaN: false, isNaNByNaN: false });
  });

  it.each<[number, Name, number, boolean]>([
    [0.25, 'withNaN', 3.3635856610148585, true],
    [0.5, 'withNaN', 2.82842712474619, true],
    [0.75, 'withNaN', Number.NaN, false],
    [0.5, 'onlyNaN', Number.NaN, false],
  ])('%d of %s tells of observations of NaN', (phi, name, value, isSkewedByNaN) => {
    expect(histogramQuantile(phi, HISTOGRAMS[name])).toEqual({ value, isSkewedByNaN, isNaNByNaN: !isSkewedByNaN });
  });

  it('of negative counts, and of none that buckets have', () => {
    expect(histogramQuantile(0.5, negateHistogram(HISTOGRAMS.both)).value).toBe(2);
    const difference = subtractHistograms(HISTOGRAMS.both, { ...HISTOGRAMS.both, count: 24 });
    expect(difference.problem === undefined && histogramQuantile(0.5, difference.histogram).value).toBe(0);
  });
});

describe('fractions', () => {
  it.each<[number, number, Name, number]>([
    [0, 1.5, 'custom', 0.625],
    [3, Infinity, 'custom', 0.25],
    [0, 5, 'custom', 0.75],
    [-Infinity, 0, 'customBelowZero', 0.4444444444444444],
    [-4, -3, 'customBelowZero', Number.NaN],
    [-2, 1, 'customAroundZero', 0.4],
    [0, 0.25, 'positive', 0.25],
    [-0.25, 0, 'positive', 0],
    [-0.25, 0, 'both', 0.08333333333333333],
    [2, 1, 'both', 0],
    [Number.NaN, 1, 'both', Number.NaN],
    [0, 1, 'empty', Number.NaN],
  ])('from %d to %d of %s is %d', (lower, upper, name, value) => {
    expect(histogramFraction(lower, upper, HISTOGRAMS[name])).toEqual({ value, hasNaN: false });
  });

  it('leave observations of NaN out, and tell', () => {
    expect(histogramFraction(-Infinity, Infinity, HISTOGRAMS.withNaN)).toEqual({ value: 4 / 6, hasNaN: true });
    expect(histogramFraction(0, 2, HISTOGRAMS.withNaN)).toEqual({ value: 2 / 6, hasNaN: true });
  });
});

describe('spread', () => {
  it('is taken from the middles of buckets', () => {
    expect(histogramStdvar(HISTOGRAMS.both)).toBe(1.3333333333333337);
    expect(histogramStddev(HISTOGRAMS.both)).toBe(Math.sqrt(1.3333333333333337));
    expect(histogramStddev(HISTOGRAMS.custom)).toBe(Infinity);
    expect(histogramStddev(HISTOGRAMS.withNaN)).toBeNaN();
  });
});
