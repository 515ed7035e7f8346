import { describe, expect, it } from 'vitest';
import type { AppendSettings } from './append-body.ts';
import { jobOf } from './testing/fixtures.ts';
import { scraper } from './testing/scraper.ts';

const seriesOf = (stored: Record<string, unknown>) => Object.keys(stored).sort();
const own = 'instance="h:1", job="j"';

describe('labels of samples', () => {
  it('adds target labels and renames what the target exposes under the same name', async () => {
    const { scrape, stored } = scraper();
    await scrape('a{instance="mine",job=""} 1\nb{exported_instance="e",instance="i"} 1\nc 1\n');
    expect(seriesOf(await stored())).toEqual([
      'a{exported_instance="mine", instance="h:1", job="j"}',
      'b{exported_exported_instance="i", exported_instance="e", instance="h:1", job="j"}',
      `c{${own}}`,
    ]);
  });

  it('keeps exposed labels with honor_labels, empty ones too', async () => {
    const { scrape, stored } = scraper({ honorLabels: true });
    await scrape('a{instance="mine",job=""} 1\nb{exported_instance="e",instance="i"} 1\nc 1\n');
    expect(seriesOf(await stored())).toEqual(['a{instance="mine"}', 'b{exported_instance="e", instance="i", job="j"}', `c{${own}}`]);
  });

  it('drops and renames by metric relabelling, once for each series', async () => {
    const base = { separator: ';', modulus: 0, replacement: '$1', targetLabel: '' };
    const { scrape, stored } = scraper({
      metricRelabel: [
        { ...base, action: 'drop', sourceLabels: ['__name__'], regex: 'go_.*' },
        { ...base, action: 'replace', sourceLabels: ['path'], regex: '/(\\w+)/.*', targetLabel: 'root' },
      ],
    });
    const body = 'go_threads 4\nhits{path="/api/x"} 1\ngo_gc 2\n';
    expect(await scrape(body, 1000)).toMatchObject({ scraped: 3, kept: 1, seriesAdded: 1 });
    expect(await scrape(body, 2000)).toMatchObject({ scraped: 3, kept: 1, seriesAdded: 0, stale: 0 });
    expect(await stored()).toEqual({
      'hits{instance="h:1", job="j", path="/api/x", root="api"}': [
        [1000, 1],
        [2000, 1],
      ],
    });
  });

  it('fails when relabelling takes the name away', async () => {
    const rule = {
      action: 'labeldrop',
      sourceLabels: [],
      separator: ';',
      regex: '__name__',
      modulus: 0,
      targetLabel: '',
      replacement: '$1',
    } as const;
    const { error } = await scraper({ metricRelabel: [rule] }).scrape('a 1\n');
    expect(String(error)).toContain('missing metric name (__name__ label) in {instance="h:1", job="j"}');
  });
});

describe('counting', () => {
  it('counts series that appear and ends those that disappear', async () => {
    const { scrape, stored } = scraper();
    expect(await scrape('a 1\nb 1\n', 1000)).toMatchObject({ scraped: 2, kept: 2, seriesAdded: 2, stale: 0 });
    expect(await scrape('b 2\nc 2\n', 2000)).toMatchObject({ scraped: 2, kept: 2, seriesAdded: 1, stale: 1 });
    expect(await scrape('a 3\nb 3\n', 3000)).toMatchObject({ seriesAdded: 1, stale: 1 });
    expect(await stored()).toEqual({
      [`a{${own}}`]: [
        [1000, 1],
        [2000, 'stale'],
        [3000, 3],
      ],
      [`b{${own}}`]: [
        [1000, 1],
        [2000, 2],
        [3000, 3],
      ],
      [`c{${own}}`]: [
        [2000, 2],
        [3000, 'stale'],
      ],
    });
  });

  it('counts a series that stands twice in one body as upstream does', async () => {
    const { scrape, stored } = scraper();
    for (const at of [1000, 2000]) {
      expect(await scrape('a 1\na 1\nb 1\nb 2\n', at)).toMatchObject({
        scraped: 4,
        kept: 4,
        refused: { duplicate_other_value: 2 },
        error: undefined,
      });
    }
    expect(await stored()).toEqual({
      [`a{${own}}`]: [
        [1000, 1],
        [2000, 1],
      ],
      [`b{${own}}`]: [
        [1000, 1],
        [2000, 1],
      ],
    });
  });

  it('knows a series by its labels, whatever their order in the text', async () => {
    const { scrape, stored } = scraper();
    await scrape('a{x="1",y="2"} 1\n', 1000);
    expect(await scrape('a{y="2",x="1"} 2\n', 2000)).toMatchObject({ stale: 0, error: undefined });
    expect(Object.values(await stored())).toEqual([
      [
        [1000, 1],
        [2000, 2],
      ],
    ]);
  });

  it('counts samples out of order or out of bounds without failing', async () => {
    const { scrape } = scraper({}, { limits: { maxFutureMs: 600_000, retention: { metricsMs: 99_500, logsMs: 0, tracesMs: 0 } } });
    await scrape('a 1 5000\n');
    const result = await scrape('a 1 4000\nb 1 10\nc 1 9000000000000\nd 1 9223372036854775807\ne 1\n', 6000);
    expect(result).toMatchObject({ scraped: 5, kept: 5, seriesAdded: 1, error: undefined });
    expect(result.refused).toEqual({ out_of_order: 1, too_old: 1, too_far_in_future: 2 });
  });

  it('refuses new series when the store is full, and only those', async () => {
    const { scrape, stored } = scraper({}, { limits: { maxSeries: 2 } });
    await scrape('a 1\nb 1\n', 1000);
    const result = await scrape('a 2\nnew 1\nb 2\n', 2000);
    expect(result).toMatchObject({ scraped: 3, kept: 2, refused: { too_many_series: 1 }, error: undefined });
    expect(result.refusal).toContain('the limit of 2 series is reached');
    expect(seriesOf(await stored())).toEqual([`a{${own}}`, `b{${own}}`]);
  });
});

describe('explicit timestamps', () => {
  it('are stored, and their series get no stale marker', async () => {
    const { scrape, stored } = scraper();
    await scrape('a 1 500\nb 1\n', 1000);
    expect(await scrape('# nothing\n', 2000)).toMatchObject({ stale: 1 });
    expect(await stored()).toEqual({
      [`a{${own}}`]: [[500, 1]],
      [`b{${own}}`]: [
        [1000, 1],
        [2000, 'stale'],
      ],
    });
  });

  it('are ignored without honor_timestamps', async () => {
    const { scrape, stored } = scraper({ honorTimestamps: false });
    await scrape('a 1 500\n', 1000);
    await scrape('\n', 2000);
    expect(await stored()).toEqual({
      [`a{${own}}`]: [
        [1000, 1],
        [2000, 'stale'],
      ],
    });
  });

  it('get stale markers with track_timestamps_staleness', async () => {
    const { scrape, stored } = scraper({ trackTimestampsStaleness: true });
    await scrape('a 1 500\n', 1000);
    await scrape('\n', 2000);
    expect(await stored()).toEqual({
      [`a{${own}}`]: [
        [500, 1],
        [2000, 'stale'],
      ],
    });
  });

  it('may come several times in one body', async () => {
    const { scrape, stored } = scraper();
    expect(await scrape('a 1 500\na 2 600\n', 1000)).toMatchObject({ scraped: 2, kept: 2, seriesAdded: 1, refused: {} });
    expect(await stored()).toEqual({
      [`a{${own}}`]: [
        [500, 1],
        [600, 2],
      ],
    });
  });
});

describe('a failing body', () => {
  it.each<[string, string, Partial<AppendSettings>, string]>([
    ['a bad line', 'a 2\nb x\n', {}, 'line 2, column 3: value "x" of "b" is not a number'],
    ['too many samples', 'a 2\nb 2\nc 2\n', { sampleLimit: 2 }, 'sample limit exceeded (samples: 3, limit: 2)'],
    ['too many labels', 'a 2\nb{x="1"} 2\n', { labelLimit: 3 }, 'label_limit exceeded (metric: b, number of labels: 4, limit: 3)'],
    [
      'a long label name',
      'a{xxxxxxxxxxx="1"} 2\n',
      { labelNameLengthLimit: 10 },
      'label_name_length_limit exceeded (metric: a, label name: xxxxxxxxxxx, length: 11, limit: 10)',
    ],
    [
      'a long label value',
      'a{x="éééé"} 2\n',
      { labelValueLengthLimit: 7 },
      'label_value_length_limit exceeded (metric: a, label name: x, value: "éééé", length: 8, limit: 7)',
    ],
  ])('%s stores nothing and ends every series', async (_, body, settings, message) => {
    const { scrape, stored, context } = scraper();
    await scrape('a 1\nb 1\n', 1000);
    Object.assign(context.settings, settings);
    const result = await scrape(body, 2000);
    expect(String(result.error)).toContain(message);
    expect(result.stale).toBe(2);
    expect(await stored()).toEqual({
      [`a{${own}}`]: [
        [1000, 1],
        [2000, 'stale'],
      ],
      [`b{${own}}`]: [
        [1000, 1],
        [2000, 'stale'],
      ],
    });
    Object.assign(context.settings, jobOf('j'));
    expect(await scrape('a 3\nb 3\n', 3000)).toMatchObject({ error: undefined, stale: 0 });
    expect((await stored())[`a{${own}}`]).toEqual([
      [1000, 1],
      [2000, 'stale'],
      [3000, 3],
    ]);
  });

  it('counts up to the error, and behind the sample limit', async () => {
    expect(await scraper().scrape('a 1\nb x\nc 1\n')).toMatchObject({ scraped: 1, kept: 1 });
    expect(await scraper({ sampleLimit: 1 }).scrape('a 1\nb 1\nc 1\n')).toMatchObject({ scraped: 3, kept: 3, seriesAdded: 1 });
  });

  it('does not let the cache grow for ever', async () => {
    const { scrape, context } = scraper();
    await scrape('a 1\n', 1000);
    for (let round = 0; round < 20; round++) {
      const lines = Array.from({ length: 200 }, (_, i) => `n${round}_${i} 1\n`).join('');
      await scrape(`a 2\n${lines}bad`, 2000 + round);
      expect(context.cache.size).toBeLessThan(1300);
    }
    expect(await scrape('a 9\n', 9000)).toMatchObject({ seriesAdded: 0 });
  });
});

describe('metadata', () => {
  it('is kept by family and outlives it by ten scrapes', async () => {
    const { scrape, context } = scraper();
    await scrape('# HELP a first\n# TYPE a counter\na 1\n# TYPE b gauge\nb 1\n', 1000);
    expect(context.metadata.entries()).toEqual([
      { metric: 'a', type: 'counter', help: 'first', unit: '' },
      { metric: 'b', type: 'gauge', help: '', unit: '' },
    ]);
    for (let i = 0; i < 12; i++) await scrape('# TYPE a counter\n# HELP a counter\na 1\n', 2000 + i);
    expect(context.metadata.entries()).toEqual([{ metric: 'a', type: 'counter', help: 'counter', unit: '' }]);
    expect(context.metadata.entries('b')).toEqual([]);
  });
});
