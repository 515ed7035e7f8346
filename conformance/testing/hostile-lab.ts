// A server with a great many series, a client that only ever asks for little, and what is seen of both.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { systemClock } from '../../server/model/clock.ts';
import { Labels } from '../../server/model/labels.ts';
import { openStore } from '../../server/storage/clickhouse/open.ts';
import { type RunningServer, startServer, until } from './processes.ts';

/** What a light query took, in milliseconds, and how many were not answered well. */
export interface Latency {
  readonly count: number;
  readonly failed: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export interface Memory {
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

/** A server under attack. */
export interface HostileLab {
  readonly server: RunningServer;
  /** Asks for `up` every 50 ms while `attack` runs. */
  during<T>(attack: () => Promise<T>): Promise<{ readonly result: T; readonly latency: Latency }>;
  memory(): Promise<Memory>;
  /** How often a route was answered with a status, by our own metrics. */
  answered(route: string, status: number): Promise<number>;
  close(): Promise<void>;
}

const BATCH = 20_000;

/** Starts the built server over `count` series `flood{n, shard}` of two fresh samples each, and `calm`. */
export async function startHostileLab(count: number): Promise<HostileLab> {
  const dataDir = await mkdtemp(join(tmpdir(), 'alidade-hostile-'));
  await fill(dataDir, count);
  const server = await startServer(['--retention', '0'], { dataDir });
  // What the light queries ask for: the server's first look at itself.
  await until('up', async () => (await server.query('up')).length > 0);
  const light = await startLightAsker(server.port);
  const metrics = () => fetch(`${server.url}/metrics`).then((answer) => answer.text());
  return {
    server,
    async during(attack) {
      light.postMessage('start');
      const ended = () => {
        light.postMessage('stop');
        return once(light, 'message');
      };
      const result = await attack().catch(async (error: unknown) => {
        await ended();
        throw error;
      });
      const [latency] = (await ended()) as [Latency];
      return { result, latency };
    },
    async memory() {
      const text = await metrics();
      return { residentBytes: figure(text, 'process_resident_memory_bytes'), cpuSeconds: figure(text, 'process_cpu_seconds_total') };
    },
    async answered(route, status) {
      const lines = (await metrics()).split('\n').filter((line) => line.startsWith('alidade_http_requests_total{'));
      const found = lines.filter((line) => line.includes(`route="${route}"`) && line.includes(`"${status}"`));
      return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    async close() {
      await light.terminate();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function fill(dataDir: string, count: number): Promise<void> {
  const retention = { metricsMs: 0, logsMs: 0, tracesMs: 0 };
  const store = await openStore({ dataDir, clock: systemClock, durability: 'off', retention, warn: (message) => console.warn(message) });
  const nowMs = Date.now();
  const calm = store.metrics.appender();
  const ref = calm.seriesRef(Labels.from({ __name__: 'calm' }));
  for (let at = -600; at < 0; at++) calm.append(ref, nowMs + at * 1000, at);
  await calm.commit();
  for (let from = 0; from < count; from += BATCH) {
    const appender = store.metrics.appender();
    for (let i = from; i < Math.min(count, from + BATCH); i++) {
      const series = appender.seriesRef(Labels.from({ __name__: 'flood', n: `value-${i}`, shard: String(i % 100) }));
      for (const agoMs of [60_000, 30_000]) appender.append(series, nowMs - agoMs, i);
    }
    await appender.commit();
  }
  await store.close();
}

function figure(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

/** Bundled, since Node 20 does not read TypeScript. */
async function startLightAsker(port: number): Promise<Worker> {
  const entry = fileURLToPath(new URL('./light-asker.ts', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
  });
  return new Worker(outputFiles[0]?.text ?? '', { eval: true, workerData: { port } });
}
