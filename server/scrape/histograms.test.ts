import { describe, expect, it } from 'vitest';
import { encodeExposition, type HistogramFields, type MetricFields } from './testing/protobuf-encoder.ts';
import { scraper } from './testing/scraper.ts';

const own = 'instance="h:1", job="j"';
const NATIVE: HistogramFields = {
  count: 12,
  sum: 18.4,
  schema: 1,
  zeroThreshold: 0.001,
  zeroCount: 2,
  positiveSpans: [
    [0, 2],
    [1, 2],
  ],
  positiveDeltas: [1, 1, -1, 0],
  negativeSpans: [
    [0, 2],
    [1, 2],
  ],
  negativeDeltas: [1, 1, -1, 0],
};
const CLASSIC: HistogramFields = {
  count: 3,
  sum: 4,
  buckets: [
    { le: 1, count: 1 },
    { le: 5, count: 2 },
    { le: Number.POSITIVE_INFINITY, count: 3 },
  ],
};
const family = (histogram: HistogramFields, metric: Partial<MetricFields> = {}) =>
  encodeExposition([{ name: 'h', help: 'Help.', type: 'histogram', metrics: [{ labels: { a: 'b' }, histogram, ...metric }] }]);
const native = (changes = {}, options = {}) => scraper({ scrapeNativeHistograms: true, ...changes }, { format: 'protobuf', ...options });

const NATIVE_JSON =
  '{"count":"12","sum":"18.4","buckets":[[1,"-4","-2.82842712474619","1"],[1,"-2.82842712474619","-2","1"],[1,"-1.414213562373095","-1","2"],[1,"-1","-0.7071067811865475","1"],[3,"-0.001","0.001","2"],[0,"0.7071067811865475","1","1"],[0,"1","1.414213562373095","2"],[0,"2","2.82842712474619","1"],[0,"2.82842712474619","4","1"]]}';

describe('a native histogram', () => {
  it('is one sample of one series', async () => {
    const { scrape, stored } = native();
    expect(await scrape(family(NATIVE))).toMatchObject({ scraped: 1, kept: 1, seriesAdded: 1, error: undefined });
    expect(await scrape(family({ ...NATIVE, isPacked: true }), 2000)).toMatchObject({
      scraped: 1,
      kept: 1,
      seriesAdded: 0,
      error: undefined,
    });
    expect(await scrape(encodeExposition([]), 3000)).toMatchObject({ stale: 1 });
    expect(await stored()).toEqual({
      [`h{a="b", ${own}}`]: [
        [1000, NATIVE_JSON],
        [2000, NATIVE_JSON],
        [3000, 'stale'],
      ],
    });
  });
});

describe('a histogram that is native and classic', () => {
  const both = family({ ...NATIVE, ...CLASSIC, count: 12, sum: 18.4 });
  const classicNames = [
    'h_bucket{a="b", instance="h:1", job="j", le="+Inf"}',
    'h_bucket{a="b", instance="h:1", job="j", le="1.0"}',
    'h_bucket{a="b", instance="h:1", job="j", le="5.0"}',
    `h_count{a="b", ${own}}`,
    `h_sum{a="b", ${own}}`,
  ];

  it('is read as native, unless the classic part is wanted, too, or alone', async () => {
    const onlyNative = native();
    await onlyNative.scrape(both);
    expect(Object.keys(await onlyNative.stored())).toEqual([`h{a="b", ${own}}`]);
    const asBoth = native({ alwaysScrapeClassicHistograms: true });
    expect(await asBoth.scrape(both)).toMatchObject({ scraped: 6 });
    expect(Object.keys(await asBoth.stored()).sort()).toEqual([...classicNames, `h{a="b", ${own}}`].sort());
    const asClassic = native({ scrapeNativeHistograms: false });
    await asClassic.scrape(both);
    expect(Object.keys(await asClassic.stored()).sort()).toEqual(classicNames.sort());
  });
});
