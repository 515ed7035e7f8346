import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { judgeSpace, nodeVersion, type SelfCheckDeps, selfCheck } from './self-check.ts';

const NOW = Date.UTC(2026, 0, 1);

async function check(over: Partial<SelfCheckDeps>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'alidade-self-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const checks = await selfCheck({
    dataDir,
    schemaVersion: 5,
    nowMs: () => NOW,
    configuration: () => ({ succeeded: true, problems: [] }),
    targets: () => [],
    rules: () => [],
    queues: async () => [],
    newestSampleMs: () => Number.NEGATIVE_INFINITY,
    diskBytes: () => -1,
    closedPorts: () => [],
    ...over,
  });
  return (name: string) => checks.find((one) => one.name === name);
}

it('judges free space by bytes and by share', () => {
  const statusOf = (free: number, all: number) => judgeSpace(free, all, '/data').status;
  expect([statusOf(50e9, 100e9), statusOf(10e9, 100e9), statusOf(9.9e9, 100e9), statusOf(1.9e9, 100e9), statusOf(0.4e9, 1e9)]).toEqual([
    'ok',
    'ok',
    'warning',
    'failure',
    'failure',
  ]);
});

it('knows which Node.js is too old', () => {
  expect(['20.18.3', '20.19.0', '22.0.0', '18.20.0'].map((version) => nodeVersion(version).status)).toEqual([
    'failure',
    'ok',
    'ok',
    'failure',
  ]);
});

it('says of a queue when it is nearly full, and when it is', async () => {
  const queue = (bytes: number) => ({ name: 'q', bytes, maxBytes: 100, cure: 'wait' });
  for (const [bytes, status] of [
    [75, 'ok'],
    [76, 'warning'],
    [100, 'failure'],
  ] as const)
    expect((await check({ queues: async () => [queue(bytes)] }))('q')).toMatchObject({ status });
});

it('notices samples of the future, a folder that cannot be written, and what cannot be found out', async () => {
  expect((await check({ newestSampleMs: () => NOW + 61_000 }))('clock')).toMatchObject({
    status: 'warning',
    detail: 'the newest sample is 61 s in the future',
  });
  expect((await check({ newestSampleMs: () => NOW + 59_000 }))('clock')).toMatchObject({ status: 'ok' });
  expect((await check({ dataDir: '/nowhere/at/all' }))('data directory')).toMatchObject({ status: 'failure' });
  expect((await check({ dataDir: '/nowhere/at/all' }))('disk space')).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining('could not be found out'),
  });
});
