// The process that storage-kill.test.ts kills: appends without end and reports what was acknowledged, one line each.
import { writeSync } from 'node:fs';
import { systemClock } from '../../server/model/clock.ts';
import type { FloatHistogram } from '../../server/model/histogram.ts';
import { Labels } from '../../server/model/labels.ts';
import { openStore } from '../../server/storage/clickhouse/open.ts';

export const SERIES = 50;
/** So many batches come late samples after those that are newer. */
export const LATE_BATCHES = 5;
export const DELETE_BATCHES = 20;
const dataDir = process.argv[2] as string;
const say = (text: string) => writeSync(1, `${text}\n`);

const startedMs = performance.now();
// Flushes are frequent, so that many kills fall into one.
const store = await openStore({ dataDir, clock: systemClock, flushSamples: 2000, outOfOrderMs: 3_600_000 });
say(`ready ${Math.round(performance.now() - startedMs)}`);

const everything = { matchers: [{ type: '=', name: '__name__', value: 'kill' }], startMs: 0, endMs: Number.MAX_SAFE_INTEGER } as const;
const [before] = await store.metrics.select([everything], {});
let batch = before ? before.values.reduce((max, value) => Math.max(max, value + 1), 0) : 0;

function histogramOf(sum: number): FloatHistogram {
  const positiveBuckets = Float64Array.of(sum, 1);
  const counts = { zeroThreshold: 0, zeroCount: 0, count: sum + 1, sum };
  const buckets = { positiveSpans: [{ offset: 0, length: 2 }], negativeSpans: [], positiveBuckets, negativeBuckets: new Float64Array(0) };
  return { hint: 'unknown', schema: 0, ...counts, ...buckets };
}

const deleted = Labels.from({ __name__: 'kill_deleted' });

/** Deletes a series now and then, which begins anew at the same times. */
async function deleteSamples(): Promise<void> {
  const matchers = [{ type: '=', name: '__name__', value: 'kill_deleted' }] as const;
  await store.metrics.deleteSamples({ matcherSets: [matchers], startMs: 0, endMs: Number.MAX_SAFE_INTEGER }, {});
}

async function appendSamples(): Promise<void> {
  for (; ; batch++) {
    if (batch % DELETE_BATCHES === 0) await deleteSamples();
    const appender = store.metrics.appender();
    // A new series now and then: its labels must survive with its samples.
    for (let i = 0; i < SERIES + Math.floor(batch / 100); i++)
      appender.append(appender.seriesRef(Labels.from({ __name__: 'kill', id: `${i}` })), 1_000_000 + batch * 1000, batch);
    const timestampMs = 1_000_000 + batch * 1000;
    appender.appendHistogram(appender.seriesRef(Labels.from({ __name__: 'kill_histogram' })), timestampMs, histogramOf(batch));
    appender.append(appender.seriesRef(deleted), (batch % DELETE_BATCHES) * 1000, batch);
    const late = appender.seriesRef(Labels.from({ __name__: 'kill_late' }));
    appender.append(late, timestampMs, batch);
    if (batch >= LATE_BATCHES) appender.append(late, timestampMs - LATE_BATCHES * 1000 + 500, batch);
    await appender.commit();
    say(`samples ${batch}`);
  }
}

async function appendOthers(): Promise<void> {
  for (let i = 0; ; i++) {
    const token = `${process.pid}-${i}`;
    await store.logs.append([
      { labels: Labels.from({ app: 'kill' }), entries: [{ timestampNs: BigInt(i), line: token, metadata: Labels.EMPTY }] },
    ]);
    say(`line ${token}`);
    await store.state.put('kill', 'newest', token);
    say(`state ${token}`);
  }
}

await Promise.all([appendSamples(), appendOthers()]);
