import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Clock, systemClock } from '../../model/clock.ts';
import type { FakeClock } from '../../model/fake-clock.ts';
import { openStore } from '../clickhouse/open.ts';

const DAY_MS = 24 * 3_600_000;

/** A store on disk whose series can be made forgotten for good; it has no timers, so that days pass quickly. */
export async function openForgetfulStore(clock: FakeClock) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'alidade-forgetful-'));
  const never = { cancel: () => undefined };
  // What lingers for some milliseconds does so in real time; nothing else happens by itself.
  const after: Clock['after'] = (delayMs, callback) => (delayMs < 1_000 ? systemClock.after(delayMs, callback) : never);
  const store = await openStore({ dataDir, clock: { nowMs: () => clock.nowMs(), after } });
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
