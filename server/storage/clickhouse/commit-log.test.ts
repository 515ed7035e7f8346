import { appendFileSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { CommitLog, CommitReader, LogPosition, Store } from '../store.ts';
import { openStore } from './open.ts';

const NOW = 1_750_000_000_000;
const START: LogPosition = { segment: 0, offset: 0 };
let dataDir: string;
let clock: FakeClock;
let warnings: string[];
const opened: Store[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'alidade-commit-log-'));
  clock = new FakeClock(NOW);
  warnings = [];
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function open(keepsLog = true): Promise<{ store: Store; log: CommitLog }> {
  const store = await openStore({ dataDir, clock, keepsLog, warn: (message) => void warnings.push(message) });
  opened.push(store);
  return { store, log: store.commitLog as CommitLog };
}

async function closeAll(): Promise<void> {
  for (const store of opened.splice(0)) await store.close();
}

async function commit(store: Store, name: string, ...values: (number | 'stale')[]): Promise<void> {
  const appender = store.metrics.appender();
  const ref = appender.seriesRef(Labels.from({ __name__: name }));
  values.forEach((value, i) => {
    if (value === 'stale') appender.appendStale(ref, NOW + i);
    else appender.append(ref, NOW + i, value);
  });
  await appender.commit();
}

async function readFrom(from: LogPosition, log: CommitLog): Promise<string[]> {
  const reader = log.read(from);
  try {
    return await readAll(reader, log);
  } finally {
    await reader.close();
  }
}

/** Everything that a reader finds, as texts. */
async function readAll(reader: CommitReader, log: CommitLog): Promise<string[]> {
  const found: string[] = [];
  for (let one = await reader.next(); one; one = await reader.next()) {
    if (one.kind === 'exemplars') {
      for (const { seriesLabels, exemplar } of one.exemplars)
        found.push(`${seriesLabels} # ${exemplar.labels} ${exemplar.value} ${exemplar.timestampMs - NOW}`);
      continue;
    }
    const { series, timestampsMs, values } = one;
    const bits = bitsOf(values);
    series.forEach((ref, i) => {
      const value = isStaleAt(bits, i) ? 'stale' : values[i];
      found.push(`${log.labelsOf(ref)} ${value} ${(timestampsMs[i] as number) - NOW}`);
    });
  }
  return found;
}

it('is read as it grows, and again from anywhere', async () => {
  const { store, log } = await open();
  let calls = 0;
  const stop = log.onCommit(() => calls++);
  const reader = log.read(START);
  expect(await readAll(reader, log)).toEqual([]);
  await commit(store, 'a', 1, 2);
  expect(calls).toBe(1);
  expect(await readAll(reader, log)).toEqual(['a 1 0', 'a 2 1']);
  const middle = reader.position;
  expect(middle).toEqual(log.end);
  stop();
  await commit(store, 'b', 3, 'stale');
  expect(calls).toBe(1);
  expect(await readAll(reader, log)).toEqual(['b 3 0', 'b stale 1']);
  expect(await readFrom(middle, log)).toEqual(['b 3 0', 'b stale 1']);
  expect(await readFrom(START, log)).toHaveLength(4);
  await reader.close();
});

it('outlives what the store itself needs, for as long as somebody wants it', async () => {
  const first = await open();
  await commit(first.store, 'a', 1);
  await closeAll();
  // The store has flushed everything.
  const second = await open();
  await commit(second.store, 'b', 2);
  const { log } = second;
  expect(await readFrom(START, log)).toEqual(['a 1 0', 'b 2 0']);
  // Commits have one place, wherever reading began.
  const starts: LogPosition[] = [];
  for (const from of [START, (await log.segments()).at(-1) ?? START].map(({ segment }) => ({ segment, offset: 0 }))) {
    const reader = log.read(from);
    await readAll(reader, log);
    starts.push(reader.start);
    await reader.close();
  }
  expect(starts[0]).toEqual(starts[1]);
  const [oldest] = await log.segments();
  expect(await log.countSamples(START, log.end.segment)).toBe(1);
  await log.keepFrom(log.end.segment);
  expect((await log.segments())[0]?.segment).toBeGreaterThan(oldest?.segment as number);
  expect(await readFrom(START, log)).toEqual(['b 2 0']);
  await closeAll();
  // Nobody reads any more.
  const third = await open(false);
  expect(await readFrom(START, third.log)).toEqual([]);
  expect(await third.log.segments()).toHaveLength(2);
  expect(await third.log.countSamples(START, third.log.end.segment)).toBe(0);
});

it('goes on behind a torn record', async () => {
  const first = await open();
  await commit(first.store, 'a', 1);
  await closeAll();
  const wal = path.join(dataDir, 'wal');
  for (const name of readdirSync(wal)) appendFileSync(path.join(wal, name), 'torn record');
  const { store, log } = await open();
  await commit(store, 'b', 2);
  expect(await readFrom(START, log)).toEqual(['a 1 0', 'b 2 0']);
});

it('tells of a damaged record, in the newest segment as well, and goes on behind', async () => {
  const { store, log } = await open();
  await commit(store, 'a', 1);
  const damaged = log.end;
  await commit(store, 'b', 2);
  const end = log.end;
  const name = path.join(dataDir, 'wal', readdirSync(path.join(dataDir, 'wal')).at(-1) as string);
  const file = await openFile(name, 'r+');
  await file.write(Buffer.of(0xff), 0, 1, end.offset - 5);
  await file.close();
  const reader = log.read(START);
  expect(await readAll(reader, log)).toEqual(['a 1 0']);
  expect(warnings).toEqual([expect.stringContaining(`"${name}": a record at byte ${damaged.offset} was damaged`)]);
  expect(reader.position).toEqual(end);
  await commit(store, 'c', 3);
  expect(await readAll(reader, log)).toEqual(['c 3 0']);
  await reader.close();
  truncateSync(name, end.offset - 5);
  const late = log.read(end);
  await expect(late.next()).rejects.toMatchObject({ code: 'storage.corrupt', message: expect.stringContaining('was cut off') });
  await late.close();
});

it('has no other series under the number of one that is gone', async () => {
  const first = await open();
  await commit(first.store, 'a', 1);
  await commit(first.store, 'gone', 2);
  await first.store.metrics.deleteSamples(
    { matcherSets: [[{ type: '=', name: '__name__', value: 'gone' }]], startMs: 0, endMs: NOW * 2 },
    {},
  );
  await closeAll();
  const { store, log } = await open();
  expect(store.stats().series).toBe(1);
  await commit(store, 'b', 3);
  expect(await readFrom(START, log)).toEqual(['a 1 0', 'gone 2 0', 'b 3 0']);
});

it('has exemplars when somebody wants them', async () => {
  const { store, log } = await open();
  const labels = Labels.from({ __name__: 'a', b: 'c' });
  const exemplarOf = (value: number) => ({ labels: Labels.from({ trace_id: 'x' }), value, timestampMs: NOW + value });
  store.exemplars.append(labels, exemplarOf(1));
  log.logsExemplars = true;
  store.exemplars.append(labels, exemplarOf(2));
  store.exemplars.append(labels, exemplarOf(2));
  store.exemplars.append(labels, exemplarOf(3));
  await clock.advance(2_000);
  const reader = log.read(START);
  await expect.poll(() => readAll(reader, log)).toEqual(['a{b="c"} # {trace_id="x"} 2 2', 'a{b="c"} # {trace_id="x"} 3 3']);
  await reader.close();
  await closeAll();
  const again = await open();
  expect(await readFrom(START, again.log)).toHaveLength(2);
});
