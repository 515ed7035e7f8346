// The process that storage-forget.test.ts kills: appends six hours of samples at a time, forgets what is too old, rewrites what was deleted, and
// reports what was acknowledged, one line each. Time goes on with the samples.
import { writeSync } from 'node:fs';
import { type Clock, systemClock } from '../../server/model/clock.ts';
import { Labels } from '../../server/model/labels.ts';
import { openStore } from '../../server/storage/clickhouse/open.ts';

const HOUR = 3_600_000;
const SPAN = 6 * HOUR;
const START = Date.UTC(2026, 0, 5);
const SERIES = 20;
const STEP = 60_000;
const RETENTION_MS = 5 * 24 * HOUR;
/** A retention and a rewriting after so many batches. */
const FORGETS_EVERY = 8;
const dataDir = process.argv[2] as string;
const say = (text: string) => writeSync(1, `${text}\n`);

const first = Number(process.argv[3]);
let nowMs = START + (first + 1) * SPAN;
const clock: Clock = { nowMs: () => nowMs, after: systemClock.after };
const retention = { metricsMs: RETENTION_MS, logsMs: 0, tracesMs: 0 };
const startedMs = performance.now();
const store = await openStore({ dataDir, clock, flushSamples: 3000, retention, warn: (message) => say(`warning ${message}`) });
say(`ready ${Math.round(performance.now() - startedMs)}`);

const deleted = [{ type: '=', name: '__name__', value: 'forget_deleted' }] as const;
for (let batch = first; ; batch++) {
  nowMs = START + (batch + 1) * SPAN;
  const appender = store.metrics.appender();
  for (let i = 0; i < SERIES; i++) {
    const ref = appender.seriesRef(Labels.from({ __name__: 'forget', id: String(i) }));
    for (let at = 0; at < SPAN; at += STEP) appender.append(ref, START + batch * SPAN + at, batch * 1000 + at / STEP);
  }
  appender.append(appender.seriesRef(Labels.from({ __name__: 'forget_deleted' })), START + batch * SPAN, batch);
  await appender.commit();
  say(`samples ${batch}`);
  if (batch % FORGETS_EVERY !== FORGETS_EVERY - 1) continue;
  await store.metrics.deleteSamples({ matcherSets: [deleted], startMs: 0, endMs: Number.MAX_SAFE_INTEGER }, {});
  say(`deleted ${batch}`);
  await store.enforceRetention();
  say(`forgotten ${batch}`);
}
