import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startReceiver } from '@alidade/sdk/instrument/testing';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packageDir } from './package-dir.ts';

const dir = packageDir(import.meta.url);
const outdir = join(dir, 'dist', 'process-test');

beforeAll(async () => {
  await build({
    absWorkingDir: dir,
    entryPoints: ['main.ts', 'traffic.ts'],
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    external: ['fastify', 'prom-client', 'pino', '@opentelemetry/*'],
    logLevel: 'error',
  });
});

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts a bundle and gathers what it prints. */
function start(script: string, env: Record<string, string>): { child: ChildProcess; output: () => string; exit: Promise<unknown> } {
  const child = spawn(process.execPath, [join(outdir, script)], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  return { child, output: () => text, exit: once(child, 'close').then(([code]) => code) };
}

describe('the service process', () => {
  it('starts, serves with its models, and stops at SIGTERM', async () => {
    const { child, output, exit } = start('main.js', { PORT: '0' });
    await expect.poll(output, { timeout: 10_000 }).toContain('listens on http://127.0.0.1:');
    const url = /http:[^\s"]+/.exec(output())?.[0];
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', models: { v1: true, v2: true } });
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(output()).toContain('stopped');
  });

  it('sends its signals where it is told, waits for a receiver that is down, and sends the last ones when it stops', async () => {
    const holder = await startReceiver();
    await holder.close();
    const { child, output, exit } = start('main.js', {
      PORT: '0',
      LOKI_URL: holder.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: holder.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_SERVICE_NAME: 'ml-prediction-api',
    });
    await expect.poll(output, { timeout: 10_000 }).toContain('listens on http://127.0.0.1:');
    const url = /http:[^\s"]+/.exec(output())?.[0];
    const fail = () => fetch(`${url}/v1/predict`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect((await fail()).status).toBe(400);
    await expect.poll(output, { timeout: 10_000 }).toContain('cannot send log lines to');

    const receiver = await startReceiver(Number(new URL(holder.url).port));
    try {
      expect((await fail()).status).toBe(400);
      await expect.poll(() => receiver.lines.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
      const failures = () => receiver.lines.filter(({ labels }) => labels.level === 'ERROR').map(({ metadata }) => metadata?.trace_id);
      const failedTraces = () =>
        receiver.spans.filter(({ name, status }) => name === 'predict' && status.code === 2).map(({ traceId }) => traceId);
      await expect.poll(() => failedTraces().length, { timeout: 30_000 }).toBe(2);
      expect(failedTraces().sort()).toEqual(failures().sort());
      expect(receiver.lines[0]?.labels).toEqual({ service: 'ml-prediction-api', environment: 'development', level: 'INFO' });
      expect(receiver.spans[0]?.resource).toMatchObject({ 'service.name': 'ml-prediction-api', 'service.version': '1.0.0' });

      await fail();
      child.kill('SIGTERM');
      expect(await exit).toBe(0);
      expect([failures().length, failedTraces().length]).toEqual([3, 3]);
      expect(receiver.lines.at(-1)?.line).toContain('churn-prediction-api stopped');
    } finally {
      await receiver.close();
    }
  });

  it('says what to do when the port is taken or a setting is wrong', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const taken = start('main.js', { PORT: String(port) });
    expect(await taken.exit).toBe(1);
    expect(taken.output()).toBe(
      `churn-prediction-api: port ${port} on 127.0.0.1 is taken: stop what listens there, or choose another with PORT=${port + 1}\n`,
    );
    holder.close();
    const wrong = start('main.js', { PORT: '99999' });
    expect([await wrong.exit, wrong.output()]).toEqual([
      1,
      'churn-prediction-api: PORT is "99999", expected a whole number from 0 to 65535\n',
    ]);
  });
});

describe('the traffic process', () => {
  it('says once that nobody answers, and stops at SIGTERM', async () => {
    const { child, output, exit } = start('traffic.js', { TARGET: 'http://127.0.0.1:9', RATE: '100' });
    await expect.poll(output, { timeout: 10_000 }).toContain('does not answer');
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(output().trim().split('\n')).toHaveLength(1);
  });
});
