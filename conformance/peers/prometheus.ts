// A real Prometheus for differential tests, on a free loopback port with its data in a temporary folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../testing/processes.ts';

/** The Prometheus 3 that scripts/peers.mjs fetched, or that ALIDADE_PEER_PROMETHEUS names; undefined when there is none. */
export function findPrometheus(): string | undefined {
  const named = process.env.ALIDADE_PEER_PROMETHEUS;
  const fetched = fileURLToPath(new URL('../../.cache/peers/prometheus-3/usr/bin/prometheus', import.meta.url));
  return [named, fetched].find((path) => path !== undefined && path !== '' && existsSync(path));
}

export interface PrometheusPeer {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

export interface PrometheusOptions {
  /** Text of prometheus.yml. Default: scrapes nothing. */
  readonly config?: string | undefined;
  readonly flags?: readonly string[] | undefined;
  /** Default: one that is free. */
  readonly port?: number | undefined;
}

const READY_WITHIN_MS = 30_000;

/** Starts the program and waits until it is ready. Samples of any age may be written to it. */
export async function startPrometheus(
  binary: string,
  { config = 'global: {}\n', flags = [], port }: PrometheusOptions = {},
): Promise<PrometheusPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'alidade-peer-prometheus-'));
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, config);
  const url = `http://127.0.0.1:${port ?? (await freePort())}`;
  const child = spawn(
    binary,
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=${url.slice('http://'.length)}`,
      '--web.enable-remote-write-receiver',
      '--log.level=error',
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4_000);
  });
  await untilReady(url, child, () => log);
  return {
    url,
    async close() {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const isReady = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`Prometheus did not get ready: ${log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
