import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import type { StoreLimits } from '../../storage/options.ts';
import { type AppendResult, type AppendSettings, appendBody, type BodyFormat } from '../append-body.ts';
import { SeriesCache } from '../cache.ts';
import type { ScrapeFeatures } from '../features.ts';
import { MetadataCache } from '../metadata-cache.ts';
import { jobOf } from './fixtures.ts';
import { storedSamples } from './stored.ts';

const TARGET = Labels.from({ job: 'j', instance: 'h:1' });

/** What `scraper` can be told besides the settings of the job. */
export interface ScraperOptions {
  readonly limits?: StoreLimits;
  readonly format?: BodyFormat;
  readonly features?: Partial<ScrapeFeatures>;
}

/** Appends bodies of one target to a store in memory, without HTTP and loop. */
export function scraper(changes: Partial<AppendSettings> = {}, { limits = {}, format = 'text', features = {} }: ScraperOptions = {}) {
  const store = openMemoryStore(new FakeClock(100_000), limits);
  const context = {
    target: TARGET,
    settings: { ...jobOf('j'), ...changes },
    cache: new SeriesCache(),
    metadata: new MetadataCache(),
    exemplars: store.exemplars,
    features: { typeAndUnitLabels: false, createdTimestampZeroIngestion: false, ...features },
  };
  return {
    context,
    exemplars: store.exemplars,
    stored: () => storedSamples(store.metrics),
    async scrape(body: string | Uint8Array, scrapeMs = 1000): Promise<AppendResult & { stale: number }> {
      const appender = store.metrics.appender();
      context.cache.begin();
      context.metadata.begin();
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const result = await appendBody({ body: bytes, format }, scrapeMs, context, appender);
      if (result.error) appender.rollback();
      const ended = result.error ? context.cache.abandon() : context.cache.finish();
      for (const ref of ended) appender.appendStale(ref, scrapeMs);
      if (!result.error) context.metadata.finish();
      await appender.commit();
      return { ...result, stale: ended.length };
    },
  };
}
