import { Counter, Histogram, type Registry } from 'prom-client';

/** What scraping measures about itself. */
export interface ScrapeMetrics {
  readonly scrapes: Counter<'result'>;
  readonly samples: Counter;
  readonly refused: Counter<'reason'>;
  readonly lateness: Histogram;
}

/** Creates the metrics in `registry`. */
export function createScrapeMetrics(registry: Registry): ScrapeMetrics {
  const registers = [registry];
  return {
    scrapes: new Counter({ name: 'alidade_scrapes_total', help: 'Scrapes that ended, by result.', labelNames: ['result'], registers }),
    samples: new Counter({ name: 'alidade_scrape_samples_total', help: 'Samples read from the bodies of targets.', registers }),
    refused: new Counter({
      name: 'alidade_scrape_samples_refused_total',
      help: 'Scraped samples that were not stored, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    lateness: new Histogram({
      name: 'alidade_scrape_lateness_seconds',
      help: 'Time from when a scrape was due to when it began.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    }),
  };
}
