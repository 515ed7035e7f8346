import { describe, expect, it } from 'vitest';
import { histogramJson, histogramText } from './histogram-text.ts';
import { makeHistogram } from './testdata/make-histogram.ts';

const HISTOGRAM = makeHistogram({
  sum: 2_349_209.324,
  zeroCount: 3,
  positive: { [-20]: 1.5, 0: 0, 21: 2e21 },
  negative: { 0: 2 },
  zeroThreshold: 1e-7,
});

describe('histograms as text', () => {
  it('lists populated buckets with Go’s shortest numbers', () => {
    expect(histogramText(HISTOGRAM)).toBe(
      '{count:2e+21, sum:2.349209324e+06, [-1,-0.5):2, [-1e-07,1e-07]:3, (4.76837158203125e-07,9.5367431640625e-07]:1.5, (1.048576e+06,2.097152e+06]:2e+21}',
    );
  });

  it('of nothing', () => {
    expect(histogramText(makeHistogram())).toBe('{count:0, sum:0}');
    expect(histogramJson(makeHistogram({ sum: Number.NaN }))).toBe('{"count":"0","sum":"NaN"}');
  });
});

describe('histograms in JSON', () => {
  it('tells with each bucket which of its borders it includes', () => {
    expect(histogramJson(HISTOGRAM)).toBe(
      '{"count":"2e+21","sum":"2349209.324","buckets":[[1,"-1","-0.5","2"],[3,"-1e-07","1e-07","3"],[0,"4.76837158203125e-07","9.5367431640625e-07","1.5"],[0,"1048576","2097152","2e+21"]]}',
    );
  });

  it('of custom buckets', () => {
    expect(histogramJson(makeHistogram({ customValues: [1, 2, 4], positive: { 0: 4, 1: 2, 3: 2 } }))).toBe(
      '{"count":"8","sum":"0","buckets":[[3,"-Inf","1","4"],[0,"1","2","2"],[0,"4","+Inf","2"]]}',
    );
  });
});
