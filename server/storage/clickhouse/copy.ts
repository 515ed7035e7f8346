// A copy of the whole store as of one moment. The engine's tables are frozen while it takes nothing over from the logs; then, between two
// turns of the event loop, the ends of all logs are noted, and the logs are copied up to there. Opening the copy replays them: it is what a
// crash at that moment would have left.
import path from 'node:path';
import type { Clock } from '../../model/clock.ts';
import type { Driver } from './driver.ts';
import { LOGS_DIR, METRICS_DIR, SPANS_DIR, STATE_DIR } from './log-folders.ts';
import type { ClickhouseLogStore } from './log-store.ts';
import type { ClickhouseMetricStore } from './metric-store.ts';
import type { ClickhouseStateStore } from './state-store.ts';
import type { ClickhouseTraceStore } from './trace-store.ts';

/** A line is logged after the labels of its stream are stored, so these are frozen after the logs were cut. */
const TABLES_AFTER = ['log_streams'];

export interface CopyDeps {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly metrics: ClickhouseMetricStore;
  readonly logs: ClickhouseLogStore;
  readonly traces: ClickhouseTraceStore;
  readonly state: ClickhouseStateStore;
}

/** Makes `folder`, an empty one on the same disk, a data directory; answers the moment of the copy. */
export async function copyStore({ driver, clock, metrics, logs, traces, state }: CopyDeps, folder: string): Promise<number> {
  let atMs = 0;
  const run = async () => {
    atMs = clock.nowMs();
    const ends = [metrics.commitLog.end, logs.buffer.logEnd, traces.buffer.logEnd, state.buffer.logEnd] as const;
    const [metricEnd, lineEnd, spanEnd, stateEnd] = ends;
    await metrics.commitLog.copyTo(path.join(folder, METRICS_DIR), metricEnd);
    await logs.buffer.copyLogTo(path.join(folder, LOGS_DIR), lineEnd);
    await traces.buffer.copyLogTo(path.join(folder, SPANS_DIR), spanEnd);
    await state.buffer.copyLogTo(path.join(folder, STATE_DIR), stateEnd);
  };
  const copy = () => driver.copyTo(folder, { tablesAfter: TABLES_AFTER, run });
  // Samples first: that may take a while, and lines and spans are held up no longer than the copy itself takes.
  await metrics.frozen(() => logs.buffer.held(() => traces.buffer.held(() => state.buffer.held(copy))));
  return atMs;
}
