import { collectDefaultMetrics } from 'prom-client';
import { appCpuUsagePercent, appInfo, appMemoryUsageBytes } from './catalog.ts';
import type { Instrument } from './instrument.ts';

/** What the application says about itself in `app_info`. */
export interface ApplicationInfo {
  readonly name: string;
  readonly version: string;
}

/** A processor reading: milliseconds of a monotonic clock and microseconds of processor time since the process started. */
export interface CpuReading {
  readonly atMs: number;
  readonly usedMicros: number;
}

/** Readings closer together than this repeat the last percentage: over a few milliseconds it would be noise. */
const MIN_WINDOW_MS = 1000;

/**
 * Registers `app_info`, `app_memory_usage_bytes` and `app_cpu_usage_percent`. Both readings are taken when somebody scrapes, so there is
 * no timer and no thread: the processor percentage is the average since the scrape before (at the first one, since the process
 * started), in percent of one core, so it may exceed 100.
 */
export function applicationMetrics(instrument: Instrument, info: ApplicationInfo): void {
  instrument.gauge(appInfo).set({ version: info.version, app_name: info.name }, 1);
  const memory = instrument.gauge(appMemoryUsageBytes);
  const cpu = instrument.gauge(appCpuUsagePercent);
  const sampleCpu = cpuSampler(readCpu);
  instrument.beforeCollect('application', () => {
    memory.set(process.memoryUsage.rss());
    cpu.set(sampleCpu());
  });
}

/** Adds what prom-client knows about the Node.js runtime: `process_*` and `nodejs_*` (event-loop lag, heap, garbage collection). */
export function runtimeMetrics(instrument: Instrument): void {
  collectDefaultMetrics({ register: instrument.registry });
}

/** A function that gives the processor usage in percent of one core since its previous reading, the first time since the start. */
export function cpuSampler(read: () => CpuReading): () => number {
  let previous: CpuReading = { atMs: 0, usedMicros: 0 };
  let percent: number | undefined;
  return () => {
    const now = read();
    const windowMs = now.atMs - previous.atMs;
    if (percent !== undefined && windowMs < MIN_WINDOW_MS) return percent;
    percent = windowMs > 0 ? (100 * (now.usedMicros - previous.usedMicros)) / 1000 / windowMs : 0;
    previous = now;
    return percent;
  };
}

function readCpu(): CpuReading {
  const { user, system } = process.cpuUsage();
  return { atMs: process.uptime() * 1000, usedMicros: user + system };
}
