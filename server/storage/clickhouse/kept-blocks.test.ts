import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { Store } from '../store.ts';
import { bySelector, samplesOf } from '../testing/metric-samples.ts';
import { openStore } from './open.ts';

const NOW = Date.UTC(2026, 4, 20);
const SERIES = 10;

describe('blocks that are kept in memory', () => {
  let dataDir = '';
  let store: Store;
  let written = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-kept-'));
    // A fifth of a megabyte for the blocks of one metric: enough for a sample every 15 s, not for one a second.
    store = await openStore({ dataDir, clock: new FakeClock(NOW), flushSamples: 20_000, metricCacheBytes: 1 << 20, maxFutureMs: 1e9 });
  });

  afterAll(async () => {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Ten minutes of a sample a second for each series, values that do not compress. */
  const writeMore = async (): Promise<void> => {
    const appender = store.metrics.appender();
    for (let i = 0; i < SERIES; i++) {
      const ref = appender.seriesRef(Labels.from({ __name__: 'm', i: `${i}` }));
      for (let n = written; n < written + 600; n++) appender.append(ref, NOW + n * 1000, n / 7 + i);
    }
    await appender.commit();
    written += 600;
  };

  it('leave nothing out when there are more of them than was assumed, whatever was kept before', async () => {
    for (let round = 0; round < 14; round++) {
      await writeMore();
      // A flush begins at once; some are still under way when the next is asked for.
      await new Promise((resolve) => setTimeout(resolve, 30));
      for (const from of [0, Math.floor(written / 2), 0]) {
        const [set] = await store.metrics.select([bySelector('m', { startMs: NOW + from * 1000, endMs: NOW + written * 1000 })], {});
        expect(set?.labels).toHaveLength(SERIES);
        expect(Object.values(samplesOf(set))[3]).toEqual(
          Array.from({ length: written - from }, (_, k) => [NOW + (from + k) * 1000, (from + k) / 7 + 3]),
        );
      }
    }
  }, 60_000);
});
