import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../server/model/fake-clock.ts';
import { decodeHistogram } from '../server/model/histogram-codec.ts';
import { openStore } from '../server/storage/clickhouse/open.ts';
import { logRowsOf } from '../server/storage/log-blocks.ts';
import type { SeriesSet, Store } from '../server/storage/store.ts';
import { checkRollups } from './testing/rollup-check.ts';

const KILLS = process.env.ALIDADE_FULL === '1' ? 40 : 3;
const MIN_SERIES = 50;
/** As in writer.ts, which writes when it is imported. */
const LATE_BATCHES = 5;
const DELETE_BATCHES = 20;
const root = fileURLToPath(new URL('..', import.meta.url));
// Inside the repository, so that the engine's package is found from there.
const writerFile = path.join(root, 'node_modules', '.cache', 'alidade', `storage-writer-${process.pid}.mjs`);

/** What a writer had acknowledged when it was killed. */
interface Acknowledged {
  readyMs: number;
  batch: number;
  readonly lines: Set<string>;
  state: string | undefined;
}

describe('a store killed while it writes', () => {
  let dataDir: string;

  beforeAll(async () => {
    await build({
      entryPoints: [path.join(root, 'conformance/storage/writer.ts')],
      outfile: writerFile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    });
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-kill-'));
  });
  afterAll(async () => {
    await rm(writerFile, { force: true });
    await rm(dataDir, { recursive: true, force: true });
  });

  it(`has everything that was acknowledged, exactly once, after each of ${KILLS} kills`, { timeout: KILLS * 30_000 }, async () => {
    const lines = new Set<string>();
    const readyMs: number[] = [];
    let samples = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await writeUntilKilled(dataDir, 200 + Math.random() * 1500);
      for (const line of acknowledged.lines) lines.add(line);
      readyMs.push(acknowledged.readyMs);
      const store = await openStore({ dataDir, clock: new FakeClock(Date.now()) });
      try {
        samples = await checkSamples(store, acknowledged.batch);
        await checkOthers(store, lines, acknowledged.state);
      } finally {
        await store.close();
      }
    }
    const sorted = readyMs.sort((a, b) => a - b);
    console.info(
      `${KILLS} kills, ${samples} samples, ${lines.size} lines; ready after ${sorted[sorted.length >> 1]} ms (most ${sorted.at(-1)})`,
    );
    expect(sorted[sorted.length >> 1]).toBeLessThan(2000);
  });
});

async function writeUntilKilled(dataDir: string, delayMs: number): Promise<Acknowledged> {
  const child = spawn(process.execPath, [writerFile, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const seen: Acknowledged = { readyMs: -1, batch: -1, lines: new Set(), state: undefined };
  for await (const text of createInterface({ input: child.stdout })) {
    const [what, value] = text.split(' ') as [string, string];
    if (what === 'ready') {
      seen.readyMs = Number(value);
      setTimeout(() => child.kill('SIGKILL'), delayMs);
    } else if (what === 'samples') seen.batch = Number(value);
    else if (what === 'line') seen.lines.add(value);
    else seen.state = value;
  }
  await ended;
  expect(seen.readyMs, 'the writer must have started').toBeGreaterThan(0);
  return seen;
}

async function checkSamples(store: Store, acknowledgedBatch: number): Promise<number> {
  const matchers = [{ type: '=', name: '__name__', value: 'kill' }] as const;
  const [set] = await store.metrics.select([{ matchers, startMs: 0, endMs: Number.MAX_SAFE_INTEGER }], {});
  if (!set) throw new Error('no answer');
  expect(set.labels.length).toBeGreaterThanOrEqual(MIN_SERIES);
  const newest = Math.max(...set.labels.map((_, i) => set.values[(set.offsets[i + 1] as number) - 1] as number));
  expect(newest).toBeGreaterThanOrEqual(acknowledgedBatch);
  set.labels.forEach((labels, i) => {
    const id = Number(labels.get('id'));
    const first = Math.max(0, (id - MIN_SERIES + 1) * 100);
    const values = set.values.subarray(set.offsets[i], set.offsets[i + 1]);
    const times = set.timestampsMs.subarray(set.offsets[i], set.offsets[i + 1]);
    const expected = Float64Array.from({ length: newest + 1 - first }, (_, k) => first + k);
    // Compared as text of the first difference: a failure should not print a hundred thousand numbers.
    const wrong = expected.findIndex((value, k) => values[k] !== value || times[k] !== 1_000_000 + value * 1000);
    expect({ id, length: values.length, wrong }).toEqual({ id, length: expected.length, wrong: -1 });
  });
  await checkHistograms(store, newest);
  await checkLate(store, newest);
  await checkDeleted(store, newest);
  for (const metric of ['kill', 'kill_deleted']) await checkRollups(store.metrics, metric);
  return set.values.length;
}

/** What was written since the deletion at the beginning of the round, or nothing when the next one has just happened. */
async function checkDeleted(store: Store, newest: number): Promise<void> {
  const matchers = [{ type: '=', name: '__name__', value: 'kill_deleted' }] as const;
  const [set] = await store.metrics.select([{ matchers, startMs: 0, endMs: Number.MAX_SAFE_INTEGER }], {});
  const isJustDeleted = newest % DELETE_BATCHES === DELETE_BATCHES - 1 && set?.values.length === 0;
  const count = isJustDeleted ? 0 : (newest % DELETE_BATCHES) + 1;
  expect([...(set?.values ?? [])]).toEqual(Array.from({ length: count }, (_, i) => newest - count + 1 + i));
  expect([...(set?.timestampsMs ?? [])]).toEqual(Array.from({ length: count }, (_, i) => i * 1000));
}

async function selectOne(store: Store, metric: string): Promise<SeriesSet> {
  const matchers = [{ type: '=', name: '__name__', value: metric }] as const;
  const [set] = await store.metrics.select([{ matchers, startMs: 0, endMs: Number.MAX_SAFE_INTEGER }], {});
  if (set?.labels.length !== 1) throw new Error(`${metric}: ${set?.labels.length} series`);
  return set;
}

async function checkHistograms(store: Store, newest: number): Promise<void> {
  const { histograms, timestampsMs } = await selectOne(store, 'kill_histogram');
  if (!histograms) throw new Error('no histograms');
  const { bytes, offsets } = histograms;
  const wrong = timestampsMs.findIndex(
    (time, i) => time !== 1_000_000 + i * 1000 || decodeHistogram(bytes.subarray(offsets[i], offsets[i + 1])).sum !== i,
  );
  expect({ length: timestampsMs.length, wrong }).toEqual({ length: newest + 1, wrong: -1 });
}

async function checkLate(store: Store, newest: number): Promise<void> {
  const { values, timestampsMs } = await selectOne(store, 'kill_late');
  const expected: [number, number][] = [];
  for (let batch = 0; batch <= newest; batch++) {
    expected.push([1_000_000 + batch * 1000, batch]);
    if (batch + LATE_BATCHES <= newest) expected.push([1_000_000 + batch * 1000 + 500, batch + LATE_BATCHES]);
  }
  const wrong = expected.findIndex(([time, value], i) => timestampsMs[i] !== time || values[i] !== value);
  expect({ length: timestampsMs.length, wrong }).toEqual({ length: expected.length, wrong: -1 });
}

async function checkOthers(store: Store, lines: ReadonlySet<string>, state: string | undefined): Promise<void> {
  const found: string[] = [];
  const everything = { matchers: [], startNs: 0n, endNs: 1n << 62n, order: 'stream', columns: 'lines' } as const;
  for await (const block of store.logs.select(everything, {})) found.push(...logRowsOf(block).map((row) => row.line));
  expect(new Set(found).size).toBe(found.length);
  expect([...lines].filter((line) => !found.includes(line))).toEqual([]);
  if (!state) return;
  // The next change may have become durable before its acknowledgement was seen.
  const [pid, number] = state.split('-').map(Number) as [number, number];
  expect([state, `${pid}-${number + 1}`]).toContain(await store.state.get('kill', 'newest'));
}
