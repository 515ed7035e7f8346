// A store that is killed while it drops what is too old and rewrites what was deleted: everything acknowledged and not too old is there, once,
// its rollups tell the same, and nothing deleted comes back.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../server/model/fake-clock.ts';
import { openStore } from '../server/storage/clickhouse/open.ts';
import type { Store } from '../server/storage/store.ts';
import { root } from './testing/processes.ts';
import { checkRollups } from './testing/rollup-check.ts';

const KILLS = process.env.ALIDADE_FULL === '1' ? 20 : 1;
// As in forgetting-writer.ts, which writes when it is imported.
const HOUR = 3_600_000;
const SPAN = 6 * HOUR;
const START = Date.UTC(2026, 0, 5);
const SERIES = 20;
const STEP = 60_000;
const RETENTION_MS = 5 * 24 * HOUR;
const writerFile = join(root, 'node_modules', '.cache', 'alidade', `forgetting-writer-${process.pid}.mjs`);

/** What the writer had said when it was killed; numbers of batches, -1 for none. */
interface Said {
  samples: number;
  deleted: number;
  readonly warnings: string[];
}

describe('a store killed while it forgets', () => {
  let dataDir: string;

  beforeAll(async () => {
    const entryPoints = [join(root, 'conformance/storage/forgetting-writer.ts')];
    await build({
      entryPoints,
      outfile: writerFile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    });
    dataDir = await mkdtemp(join(tmpdir(), 'alidade-forget-'));
  });
  afterAll(async () => {
    await rm(writerFile, { force: true });
    await rm(dataDir, { recursive: true, force: true });
  });

  it(`has what is not too old exactly once after each of ${KILLS} kills`, { timeout: KILLS * 60_000 }, async () => {
    let next = 0;
    const said: Said = { samples: -1, deleted: -1, warnings: [] };
    for (let kill = 0; kill < KILLS; kill++) {
      await writeUntilKilled(dataDir, next, said, kill);
      expect(said.samples, 'the writer must have written').toBeGreaterThanOrEqual(next);
      const store = await openStore({
        dataDir,
        clock: new FakeClock(START + (said.samples + 1) * SPAN),
        warn: (text) => said.warnings.push(text),
      });
      try {
        next = (await checkSamples(store, said)) + 1;
      } finally {
        await store.close();
      }
    }
    console.info(
      `${KILLS} kills over ${(next * SPAN) / HOUR} hours; warnings: ${new Set(said.warnings).size === 0 ? 'none' : [...new Set(said.warnings)].join('; ')}`,
    );
    expect(said.deleted).toBeGreaterThan(0);
  });
});

/** Kills after some time, or while the next deletion and retention run. */
async function writeUntilKilled(dataDir: string, firstBatch: number, said: Said, kill: number): Promise<void> {
  const child = spawn(process.execPath, [writerFile, dataDir, String(firstBatch)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // More than the five days that are kept, so that every run drops partitions.
  const killFrom = firstBatch + 24 + 8 * (kill % 2);
  for await (const line of createInterface({ input: child.stdout })) {
    const space = line.indexOf(' ');
    const [what, value] = [line.slice(0, space), line.slice(space + 1)];
    if (what === 'samples') said.samples = Number(value);
    else if (what === 'deleted') said.deleted = Number(value);
    else if (what === 'warning') said.warnings.push(value);
    if (what === 'deleted' && Number(value) >= killFrom) setTimeout(() => child.kill('SIGKILL'), Math.random() * 60);
  }
  await ended;
}

/** The newest batch that is there: the one that was acknowledged, or the next. */
async function checkSamples(store: Store, { samples, deleted }: Said): Promise<number> {
  const everything = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER };
  const [set, rest] = await store.metrics.select(
    ['forget', 'forget_deleted'].map((value) => ({ matchers: [{ type: '=', name: '__name__', value }] as const, ...everything })),
    {},
  );
  if (!set || !rest) throw new Error('no answer');
  expect(set.labels.length).toBe(SERIES);
  const newest = Math.floor(((set.timestampsMs.at(-1) as number) - START) / SPAN);
  expect([samples, samples + 1]).toContain(newest);
  const mustHaveFrom = Math.max(START, START + (newest + 1) * SPAN - RETENTION_MS);
  for (let i = 0; i < SERIES; i++) {
    const times = set.timestampsMs.subarray(set.offsets[i], set.offsets[i + 1]);
    const values = set.values.subarray(set.offsets[i], set.offsets[i + 1]);
    expect(times[0]).toBeLessThanOrEqual(mustHaveFrom);
    // From the first on, there is every minute, once.
    const firstMs = times[0] as number;
    const wrong = times.findIndex((time, k) => {
      const wanted = firstMs + k * STEP;
      return time !== wanted || values[k] !== Math.floor((wanted - START) / SPAN) * 1000 + ((wanted - START) % SPAN) / STEP;
    });
    expect({ i, wrong, end: times.at(-1) }).toEqual({ i, wrong: -1, end: START + (newest + 1) * SPAN - STEP });
  }
  for (const timeMs of rest.timestampsMs) expect(timeMs).toBeGreaterThan(START + deleted * SPAN);
  await checkRollups(store.metrics, 'forget');
  return newest;
}
