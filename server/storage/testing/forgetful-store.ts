import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FakeClock } from '../../model/fake-clock.ts';
import { openStore } from '../clickhouse/open.ts';

const DAY_MS = 24 * 3_600_000;

/** A store on disk whose series can be made forgotten for good; it has no timers, so that days pass quickly. */
export async function openForgetfulStore(clock: FakeClock) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'alidade-forgetful-'));
  const store = await openStore({ dataDir, clock: { nowMs: () => clock.nowMs(), after: () => ({ cancel: () => undefined }) } });
  return {
    store,
    /** Deletes all samples and lets three days pass. */
    async forgetAll() {
      await store.metrics.deleteSamples({ matcherSets: [], startMs: 0, endMs: clock.nowMs() * 2 }, {});
      for (let day = 0; day < 3; day++) {
        await clock.advance(DAY_MS);
        await store.enforceRetention();
      }
    },
    async close() {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
