import { expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { appendBody } from './append-body.ts';
import { SeriesCache } from './cache.ts';
import { MetadataCache } from './metadata-cache.ts';
import { jobOf } from './testing/fixtures.ts';

it('gives an exemplar the labels of its series, also when the series is one known from the scrape before', async () => {
  const store = openMemoryStore(new FakeClock(100_000));
  const target = Labels.from({ job: 'j', instance: 'h:1' });
  const cache = new SeriesCache();
  const context = { target, settings: jobOf('j'), cache, metadata: new MetadataCache(), exemplars: store.exemplars };
  const scrape = async (exemplar: string, scrapeMs: number) => {
    const body = `# TYPE h histogram\nh_bucket{route="/a",le="1"} 1${exemplar}\nh_bucket{route="/a",le="+Inf"} 1\nh_count{route="/a"} 1\nh_sum{route="/a"} 1\n# EOF\n`;
    const appender = store.metrics.appender();
    cache.begin();
    const result = await appendBody({ body: Buffer.from(body), format: 'openmetrics' }, scrapeMs, context, appender);
    expect(result.error).toBeUndefined();
    cache.finish();
    await appender.commit();
  };
  await scrape('', 1_000);
  await scrape(' # {trace_id="abc"} 0.5 1.5', 2_000);
  const found = store.exemplars.select([[]], 0, 10_000);
  expect(found.map(({ seriesLabels, exemplars }) => [seriesLabels.toString(), exemplars.length])).toEqual([
    ['h_bucket{instance="h:1", job="j", le="1.0", route="/a"}', 1],
  ]);
});
