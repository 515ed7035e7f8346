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

describe('limits of histograms', () => {
  const FINE: HistogramFields = { count: 40, sum: 1, schema: 8, positiveSpans: [[-20, 40]], positiveDeltas: [1, ...Array(39).fill(0)] };

  it('lower the resolution as far as it goes, and then fail the scrape', async () => {
    const { scrape, stored } = native({ nativeHistogramBucketLimit: 2 });
    expect(await scrape(family(FINE))).toMatchObject({ error: undefined, kept: 1 });
    expect(Object.values(await stored())[0]?.[0]?.[1]).toBe(
      '{"count":"40","sum":"1","buckets":[[0,"0.9170040432046711","1","21"],[0,"1","1.0905077326652577","19"]]}',
    );
    const coarse = { ...FINE, schema: -4, count: 3, positiveSpans: [[-3, 3]] as const, positiveDeltas: [1, 0, 0] };
    expect(await scrape(family(coarse), 2000)).toMatchObject({
      error: { message: 'histogram bucket limit exceeded (limit: 2 buckets, at the lowest resolution)' },
      stale: 1,
    });
  });

  it('count histograms as samples', async () => {
    const two = encodeExposition([
      { name: 'h', type: 'histogram', metrics: [{ histogram: NATIVE }, { histogram: NATIVE, labels: { i: '2' } }] },
    ]);
    expect(await native({ sampleLimit: 2 }).scrape(two)).toMatchObject({ error: undefined, kept: 2 });
    expect(await native({ sampleLimit: 1 }).scrape(two)).toMatchObject({
      error: { message: 'sample limit exceeded (samples: 2, limit: 1)' },
      kept: 2,
    });
  });

  it('refuse what does not fit together', async () => {
    expect(await native().scrape(family({ ...NATIVE, schema: -7 }))).toMatchObject({
      error: { message: expect.stringContaining('invalid schema') },
      kept: 0,
    });
    expect(await native().scrape(family({ ...NATIVE, count: 3 }))).toMatchObject({
      error: { message: expect.stringContaining('12 observations found in buckets, but the Count field is 3') },
    });
  });
});

describe('a family of native and classic histograms by turns', () => {
  it('has each as it is', async () => {
    const { scrape, stored } = native();
    const body = encodeExposition([
      {
        name: 'h',
        type: 'histogram',
        metrics: [
          { histogram: NATIVE, labels: { i: '1' } },
          { histogram: CLASSIC, labels: { i: '2' } },
        ],
      },
    ]);
    expect(await scrape(body)).toMatchObject({ error: undefined, scraped: 6 });
    expect(Object.keys(await stored())).toHaveLength(6);
  });
});

describe('classic histograms that are converted', () => {
  const TEXT =
    '# TYPE h histogram\nh_bucket{a="b",le="1"} 4\nh_bucket{a="b",le="+Inf"} 12\nh_sum{a="b"} 18.4\nh_count{a="b"} 12\n# TYPE g gauge\ng 1\n';
  const JSON_OF = '{"count":"12","sum":"18.4","buckets":[[3,"-Inf","1","4"],[0,"1","+Inf","8"]]}';

  it('are one sample, known from scrape to scrape, and end like others', async () => {
    const { scrape, stored } = scraper({ convertClassicHistogramsToNhcb: true });
    expect(await scrape(TEXT)).toMatchObject({ scraped: 2, kept: 2, seriesAdded: 2, error: undefined });
    expect(await scrape(TEXT, 2000)).toMatchObject({ scraped: 2, kept: 2, seriesAdded: 0, stale: 0 });
    expect(await scrape('# TYPE g gauge\ng 1\n', 3000)).toMatchObject({ scraped: 1, stale: 1 });
    expect((await stored())[`h{a="b", ${own}}`]).toEqual([
      [1000, JSON_OF],
      [2000, JSON_OF],
      [3000, 'stale'],
    ]);
    expect(Object.keys(await stored())).toHaveLength(2);
  });

  it('become series again when their type is gone', async () => {
    const { scrape, stored } = scraper({ convertClassicHistogramsToNhcb: true });
    await scrape(TEXT);
    expect(await scrape(TEXT.replace('# TYPE h histogram\n', ''), 2000)).toMatchObject({ scraped: 5, seriesAdded: 4, stale: 1 });
    expect(Object.keys(await stored())).toHaveLength(6);
    expect(await scrape(TEXT, 3000)).toMatchObject({ scraped: 2, stale: 4 });
  });
});

describe('type and unit as labels', () => {
  it('make another series when the type changes', async () => {
    const { scrape, stored } = scraper({}, { features: { typeAndUnitLabels: true } });
    await scrape('# TYPE a gauge\na 1\n');
    expect(await scrape('# TYPE a counter\na 2\n', 2000)).toMatchObject({ seriesAdded: 1, stale: 1 });
    expect(await scrape('# TYPE a counter\na 3\n', 3000)).toMatchObject({ seriesAdded: 0, stale: 0 });
    expect(await stored()).toEqual({
      [`a{__type__="gauge", ${own}}`]: [
        [1000, 1],
        [2000, 'stale'],
      ],
      [`a{__type__="counter", ${own}}`]: [
        [2000, 2],
        [3000, 3],
      ],
    });
  });
});

describe('a time of creation', () => {
  it('is a zero sample, once', async () => {
    const { scrape, stored } = native({}, { features: { createdTimestampZeroIngestion: true } });
    const body = (value: number) => encodeExposition([{ name: 'c_total', type: 'counter', metrics: [{ value, createdMs: 500 }] }]);
    await scrape(body(3));
    await scrape(body(4), 2000);
    expect(await stored()).toEqual({
      [`c_total{${own}}`]: [
        [500, 0],
        [1000, 3],
        [2000, 4],
      ],
    });
  });
});
