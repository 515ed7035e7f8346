import { isAppError } from '../model/app-error.ts';
import type { Labels } from '../model/labels.ts';
import type { LogStore } from '../storage/store.ts';
import { Pace } from './pace.ts';
import { keyOf } from './reduction.ts';

const HOUR_MS = 3_600_000;
const MAX_LINES = 2_000_000;
/** Where there are too many lines in the longest, a shorter one. */
const WINDOWS_HOURS = [24, 1, 1 / 12];
const MS_NS = 1_000_000n;

/** What streams bring, measured over the last hours. */
export interface LogUsage {
  readonly hours: number;
  readonly streams: readonly StreamVolume[];
}

/** Lines and bytes of one stream, as they arrive. */
export interface StreamVolume {
  readonly labels: Labels;
  readonly linesPerDay: number;
  readonly bytesPerDay: number;
}

/** Counts the lines of every stream over a day, or over less where that is more than two million. */
export async function measureLogs(logs: LogStore, nowMs: number, signal?: AbortSignal): Promise<LogUsage> {
  for (const hours of WINDOWS_HOURS) {
    try {
      return await countLines(logs, nowMs, hours, signal);
    } catch (error) {
      if (!isAppError(error, 'storage.too_many_samples')) throw error;
    }
  }
  return { hours: 0, streams: [] };
}

async function countLines(logs: LogStore, nowMs: number, hours: number, signal: AbortSignal | undefined): Promise<LogUsage> {
  const pace = new Pace(signal);
  const startNs = BigInt(Math.round(nowMs - hours * HOUR_MS)) * MS_NS;
  const selection = { matchers: [], startNs, endNs: BigInt(nowMs + 1) * MS_NS, order: 'stream', columns: 'sizes' } as const;
  const sums = new Map<string, { readonly labels: Labels; lines: number; bytes: number }>();
  let oldestNs = selection.endNs;
  for await (const { streams, streamOf, timesNs, lineSizes } of logs.select(selection, { signal, maxSamples: MAX_LINES })) {
    await pace.rest();
    for (let i = 0; i < streamOf.length; i++) {
      const labels = streams[streamOf[i] as number] as Labels;
      const key = keyOf(labels);
      let sum = sums.get(key);
      if (!sum) {
        sum = { labels, lines: 0, bytes: 0 };
        sums.set(key, sum);
      }
      sum.lines++;
      sum.bytes += lineSizes[i] as number;
      if ((timesNs[i] as bigint) < oldestNs) oldestNs = timesNs[i] as bigint;
    }
  }
  // Logs that began an hour ago are not a day's.
  const spanMs = Math.min(hours * HOUR_MS, Math.max(60_000, nowMs - Number(oldestNs / MS_NS)));
  const perDay = (24 * HOUR_MS) / spanMs;
  const streams = [...sums.values()].map(({ labels, lines, bytes }) => ({
    labels,
    linesPerDay: lines * perDay,
    bytesPerDay: bytes * perDay,
  }));
  return { hours: spanMs / HOUR_MS, streams };
}
