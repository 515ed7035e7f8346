// What one scrape of 10,000 series costs on the main thread, storage left out: as last time, in another order, and for the first time.
// Run with `vitest bench --project server server/scrape`.
import { bench, describe } from 'vitest';
import { Labels } from '../model/labels.ts';
import type { MetricAppender } from '../storage/store.ts';
import { appendBody } from './append-body.ts';
import { SeriesCache } from './cache.ts';
import { hostJob } from './host-job.ts';
import { MetadataCache } from './metadata-cache.ts';

const SERIES = 10_000;

function lineOf(i: number, step: number): string {
  const labels = `method="GET",handler="/api/v1/items/${i % 10}",status="200",instance_id="node-${i}",region="eu-west-1",team="platform"`;
  return `http_requests_family_${Math.floor(i / 50)}_total{${labels}} ${i % 3 === 0 ? (i * 1.2345678 + step) / 7 : i * 17 + step}\n`;
}

const numbers = Array.from({ length: SERIES }, (_, i) => i);
const bodyOf = (order: readonly number[], step: number) => Buffer.from(order.map((i) => lineOf(i, step)).join(''));
const bodies = Array.from({ length: 4 }, (_, step) => bodyOf(numbers, step));
const backwards = bodyOf(numbers.toReversed(), 5);

// Counts and forgets: storage has benchmarks of its own.
let refs = 0;
const appender: MetricAppender = {
  seriesRef: () => ++refs,
  append: () => 'ok',
  appendHistogram: () => 'ok',
  appendStale: () => 'ok',
  appendRun: () => 0,
  newest: () => undefined,
  commit: async () => undefined,
  rollback: () => undefined,
};
const contextOf = () => ({
  target: Labels.from({ job: 'j', instance: 'h:1' }),
  settings: hostJob,
  cache: new SeriesCache(),
  metadata: new MetadataCache(),
});

async function scrape(context: ReturnType<typeof contextOf>, body: Uint8Array): Promise<void> {
  context.cache.begin();
  context.metadata.begin();
  const { scraped, error } = await appendBody({ body, format: 'text' }, 1000, context, appender);
  if (error || scraped !== SERIES) throw new Error(`scraped ${scraped}`);
  context.cache.finish();
  context.metadata.finish();
}

describe(`a scrape of ${SERIES} series`, () => {
  const same = contextOf();
  let step = 0;
  bench('in the same order', () => scrape(same, bodies[step++ % bodies.length] as Buffer));

  const shuffled = contextOf();
  let turn = 0;
  bench('in the opposite order each time', () => scrape(shuffled, turn++ % 2 === 0 ? (bodies[0] as Buffer) : backwards));

  bench('for the first time', () => scrape(contextOf(), bodies[0] as Buffer));
});
