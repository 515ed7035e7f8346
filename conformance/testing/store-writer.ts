// A program that writes to every table of a store and tells, line by line, what was acknowledged: {"acked":"logs","batch":7}. It is
// bundled and run as a process of its own (store-process.ts), so that it can be killed and its memory watched. Batch n holds n in
// every value; the first argument is a WriterOptions in JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../server/model/clock.ts';
import { Labels } from '../../server/model/labels.ts';
import type { Span } from '../../server/model/span.ts';
import { openStore } from '../../server/storage/clickhouse/open.ts';
import type { Store } from '../../server/storage/store.ts';

/** What a writer does. */
export interface WriterOptions {
  readonly dataDir: string;
  readonly firstBatch: number;
  /** Samples in memory that start a flush. */
  readonly flushSamples: number;
  readonly flushAfterMs?: number;
  /** Between two batches of a signal. */
  readonly pauseMs: number;
  /** Also reads the newest minute of every signal, one after the other. */
  readonly reads: boolean;
  /** Tells the memory of its heap so often. */
  readonly reportEveryMs: number;
}

/** One line of its output. */
export type WriterMessage =
  | { readonly acked: Signal; readonly batch: number }
  | { readonly heapBytes: number; readonly externalBytes: number; readonly reads: number };

export type Signal = 'metrics' | 'logs' | 'traces' | 'state';

export const METRIC_SERIES = 50;
export const LINES_PER_BATCH = 5;
export const STATE_KEYS = 10;
const MINUTE_MS = 60_000;

const series = Array.from({ length: METRIC_SERIES }, (_, i) => Labels.from({ __name__: 'written', i: String(i) }));
const stream = Labels.from({ job: 'writer' });

/** The id of the trace of a batch. */
export const traceIdOf = (batch: number) => batch.toString(16).padStart(32, '0');

const nowNs = () => BigInt(systemClock.nowMs()) * 1_000_000n;

function spanOf(batch: number): Span {
  const startNs = nowNs();
  return {
    traceId: traceIdOf(batch),
    spanId: batch.toString(16).padStart(16, '0'),
    parentSpanId: '',
    name: `batch ${batch}`,
    kind: 'server',
    startNs,
    endNs: startNs + 1_000_000n,
    status: 'ok',
    statusMessage: '',
    service: 'writer',
    resource: { 'service.name': 'writer' },
    scopeName: 'writer',
    scopeVersion: '1',
    attributes: { batch },
    events: [],
    links: [],
  };
}

function writerOf(store: Store): Readonly<Record<Signal, (batch: number) => Promise<void>>> {
  let lastMs = 0;
  return {
    async metrics(batch) {
      lastMs = Math.max(lastMs + 1, systemClock.nowMs());
      const appender = store.metrics.appender();
      for (const labels of series) appender.append(appender.seriesRef(labels), lastMs, batch);
      await appender.commit();
    },
    async logs(batch) {
      const timestampNs = nowNs();
      const entries = Array.from({ length: LINES_PER_BATCH }, (_, i) => ({ timestampNs, line: `${batch}.${i}`, metadata: Labels.EMPTY }));
      await store.logs.append([{ labels: stream, entries }]);
    },
    async traces(batch) {
      await store.traces.append([spanOf(batch)]);
    },
    async state(batch) {
      await store.state.put('writer', String(batch % STATE_KEYS), String(batch));
    },
  };
}

async function readAll(store: Store): Promise<void> {
  const endMs = systemClock.nowMs();
  const matchers = [{ type: '=' as const, name: '__name__', value: 'written' }];
  await store.metrics.select([{ matchers, startMs: endMs - MINUTE_MS, endMs }], {});
  const span = { startNs: nowNs() - BigInt(MINUTE_MS) * 1_000_000n, endNs: nowNs() };
  const inStream = [{ type: '=' as const, name: 'job', value: 'writer' }];
  let lines = 0;
  for await (const block of store.logs.select({ matchers: inStream, ...span, order: 'backward', columns: 'lines' }, {})) {
    lines += block.timesNs.length;
    if (lines >= 100) break;
  }
  const ofWriter = { field: { scope: 'intrinsic', name: 'service' }, op: '=', value: 'writer' } as const;
  const [traceId = traceIdOf(0)] = await store.traces.search({ ...span, filters: [ofWriter], limit: 20 }, {});
  await store.traces.traces([traceId], {});
  await store.state.entries('writer');
}

const tell = (message: WriterMessage) => process.stdout.write(`${JSON.stringify(message)}\n`);

async function main(options: WriterOptions): Promise<void> {
  const { dataDir, flushSamples, flushAfterMs, pauseMs } = options;
  const store = await openStore({ dataDir, clock: systemClock, flushSamples, flushAfterMs });
  const writer = writerOf(store);
  let reads = 0;
  setInterval(() => {
    const { heapUsed, external } = process.memoryUsage();
    tell({ heapBytes: heapUsed, externalBytes: external, reads });
  }, options.reportEveryMs);
  const writing = (Object.keys(writer) as Signal[]).map(async (signal) => {
    for (let batch = options.firstBatch; ; batch++) {
      await writer[signal](batch);
      tell({ acked: signal, batch });
      await sleep(pauseMs);
    }
  });
  const reading = async () => {
    for (; options.reads; reads++) {
      await readAll(store);
      await sleep(10 * pauseMs);
    }
  };
  await Promise.all([...writing, reading()]);
}

if (process.argv[2]?.startsWith('{')) await main(JSON.parse(process.argv[2]) as WriterOptions);
