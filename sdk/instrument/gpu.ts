import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gpuMemoryUsedBytes, gpuUtilizationPercent } from './catalog.ts';
import type { Instrument } from './instrument.ts';

/** Settings of `startGpuMetrics`. */
export interface GpuMetricsOptions {
  /** How often the GPUs are asked; default 5000. */
  readonly intervalMs?: number;
  /** The program that knows them; default `nvidia-smi` on the PATH. */
  readonly command?: string;
  /** Called with the reason when a reading fails after one that succeeded, or at the first. Default: nothing, the series are gone. */
  readonly onError?: (error: Error) => void;
}

/** One GPU at one moment. */
export interface GpuReading {
  readonly id: string;
  readonly utilizationPercent: number;
  readonly memoryUsedBytes: number;
}

const QUERY = ['--query-gpu=index,utilization.gpu,memory.used', '--format=csv,noheader,nounits'];
const COMMAND_TIMEOUT_MS = 10_000;
/** Where the program is not installed, nobody will install it within seconds: look now and then. */
const MISSING_INTERVAL_MS = 60_000;
const MIB = 1024 * 1024;

/**
 * Fills `gpu_utilization_percent` and `gpu_memory_used_bytes` from `nvidia-smi`, in the background, so that a slow driver never delays a
 * scrape. Where it cannot be asked (no NVIDIA GPU, no driver) there are no series rather than false zeros. Returns a function that stops
 * asking; the timer does not keep the process alive.
 */
export function startGpuMetrics(instrument: Instrument, options: GpuMetricsOptions = {}): () => void {
  const utilization = instrument.gauge(gpuUtilizationPercent);
  const memory = instrument.gauge(gpuMemoryUsedBytes);
  let isStopped = false;
  let hasFailed = false;
  let timer: NodeJS.Timeout | undefined;

  async function sample(): Promise<void> {
    let intervalMs = options.intervalMs ?? 5000;
    let readings: GpuReading[] = [];
    try {
      readings = await readGpus(options.command);
      hasFailed = false;
    } catch (error) {
      if (!hasFailed && !isStopped) options.onError?.(error as Error);
      hasFailed = true;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') intervalMs = Math.max(intervalMs, MISSING_INTERVAL_MS);
    }
    if (isStopped) return;
    utilization.reset();
    memory.reset();
    for (const { id, utilizationPercent, memoryUsedBytes } of readings) {
      if (Number.isFinite(utilizationPercent)) utilization.set({ gpu_id: id }, utilizationPercent);
      if (Number.isFinite(memoryUsedBytes)) memory.set({ gpu_id: id }, memoryUsedBytes);
    }
    timer = setTimeout(sample, intervalMs).unref();
  }
  void sample();

  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** Asks `nvidia-smi` once. A figure that the GPU does not offer is NaN. Throws when the program fails or takes more than ten seconds. */
export async function readGpus(command = 'nvidia-smi'): Promise<GpuReading[]> {
  const { stdout } = await promisify(execFile)(command, QUERY, { timeout: COMMAND_TIMEOUT_MS });
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [id = '', utilization, mebibytes] = line.split(',').map((cell) => cell.trim());
      return { id, utilizationPercent: Number(utilization), memoryUsedBytes: Number(mebibytes) * MIB };
    });
}
