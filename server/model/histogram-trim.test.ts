import { describe, expect, it } from 'vitest';
import type { FloatHistogram } from './histogram.ts';
import { histogramText } from './histogram-text.ts';
import { trimLower, trimUpper } from './histogram-trim.ts';
import { makeHistogram } from './testdata/make-histogram.ts';

// Expected numbers follow from the specification of native histograms: no Prometheus with these operators was at hand.
const WIDE = makeHistogram({
  hint: 'unknown',
  sum: 99,
  positive: { 1: 4, 2: 8, 3: 2 },
  negative: { 1: 6 },
  zeroCount: 2,
  zeroThreshold: 0.5,
});
const CUSTOM = makeHistogram({ sum: 99, customValues: [1, 2, 4], positive: { 0: 4, 1: 2, 2: 6, 3: 1 } });

describe('trimming', () => {
  it.each<[string, FloatHistogram, string]>([
    ['at a border', trimUpper(WIDE, 2), `{count:12, sum:${4 * Math.SQRT2 - 6 * Math.SQRT2}, [-2,-1):6, [-0.5,0.5]:2, (1,2]:4}`],
    ['from a border', trimLower(WIDE, 4), `{count:2, sum:${2 * Math.sqrt(32)}, (4,8]:2}`],
    ['below all', trimUpper(WIDE, -3), '{count:0, sum:0}'],
    ['above all', trimLower(WIDE, 9), '{count:0, sum:0}'],
    ['at minus infinity', trimUpper(WIDE, -Infinity), '{count:0, sum:0}'],
    ['from infinity', trimLower(WIDE, Infinity), '{count:0, sum:0}'],
    [
      'the zero bucket in its middle',
      trimLower(WIDE, 0),
      `{count:15, sum:${0.25 + 4 * Math.sqrt(2) + 8 * Math.sqrt(8) + 2 * Math.sqrt(32)}, [-0.5,0.5]:1, (1,2]:4, (2,4]:8, (4,8]:2}`,
    ],
    ['custom buckets', trimUpper(CUSTOM, 3), '{count:9, sum:12.5, [-Inf,1]:4, (1,2]:2, (2,4]:3}'],
    ['the highest custom bucket, as if all were infinite', trimUpper(CUSTOM, 1e300), '{count:12, sum:23, [-Inf,1]:4, (1,2]:2, (2,4]:6}'],
    ['the lowest custom bucket, likewise', trimLower(CUSTOM, -1e300), '{count:9, sum:25, (1,2]:2, (2,4]:6, (4,+Inf]:1}'],
    ['a bucket without ends, as if all were 0', trimLower(makeHistogram({ customValues: [], positive: { 0: 3 } }), 1), '{count:0, sum:0}'],
  ])('%s', (_, trimmed, text) => {
    expect(histogramText(trimmed)).toBe(text);
  });

  it('cuts a bucket where its logarithm is cut', () => {
    const cut = trimUpper(WIDE, Math.SQRT2);
    expect(cut.positiveBuckets).toHaveLength(1);
    expect(cut.positiveBuckets[0]).toBeCloseTo(2, 12);
    const below = trimLower(WIDE, -Math.SQRT2);
    expect(below.negativeBuckets[0]).toBeCloseTo(3, 12);
    // From -√2 to -1 the geometric mean is -2^¼.
    expect(below.sum).toBeCloseTo(4 * 2 ** 0.5 + 8 * 2 ** 1.5 + 2 * 2 ** 2.5 - 3 * 2 ** 0.25, 12);
  });

  it('changes nothing where nothing is beyond the limit', () => {
    for (const same of [trimUpper(WIDE, 8), trimUpper(WIDE, Infinity), trimLower(WIDE, -2), trimLower(WIDE, Number.NaN)])
      expect(same).toBe(WIDE);
    expect(trimUpper(CUSTOM, Infinity)).toBe(CUSTOM);
    expect(trimLower(CUSTOM, -Infinity)).toBe(CUSTOM);
  });

  it('keeps the hint', () => {
    expect(trimUpper(WIDE, 1).hint).toBe('unknown');
  });
});
