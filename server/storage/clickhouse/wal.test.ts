import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { randomFrom } from '../../model/seeded-random.ts';
import { bytesOf } from './native.ts';
import { Wal } from './wal.ts';

let dir: string;
let warnings: string[];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'alidade-wal-'));
  warnings = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Opens the log as a new process does; the second member is what it found. */
async function open(clock = new FakeClock(0)): Promise<[Wal, string[]]> {
  const found: string[] = [];
  const options = { dir, durability: 'always' as const, clock, warn: (message: string) => void warnings.push(message) };
  return [await Wal.open(options, (body) => void found.push(body.toString())), found];
}

it('replays what a process that never closed it had acknowledged, empty parts and all', async () => {
  const [log] = await open();
  // A commit without new series has an empty JSON part, seen through an ArrayBuffer without memory.
  await Promise.all([log.append([Buffer.from('one')]), log.append([Buffer.from('two'), bytesOf(new Uint8Array(new ArrayBuffer(0)))])]);
  await log.append([bytesOf(Buffer.from('')), Buffer.from('three')]);
  const [next, found] = await open();
  expect(found).toEqual(['one', 'two', 'three']);
  expect(warnings).toEqual([]);
  await Promise.all([log.close(), next.close()]);
});

it('lets records linger that may, until a while is over, somebody is in a hurry, or it is closed', async () => {
  const clock = new FakeClock(0);
  const [log] = await open(clock);
  const written: string[] = [];
  const append = (text: string, mayLinger: boolean) => log.append([Buffer.from(text)], mayLinger).then(() => written.push(text));
  const first = append('a', true);
  await clock.advance(40);
  expect(written).toEqual([]);
  await clock.advance(20);
  await first;
  const lingering = append('b', true);
  await append('c', false);
  await lingering;
  expect(written).toEqual(['a', 'b', 'c']);
  const last = append('d', true);
  await log.close();
  await last;
  const [next, found] = await open();
  expect(found).toEqual(['a', 'b', 'c', 'd']);
  await next.close();
});

it('keeps records of all sizes in their order while others are being written', async () => {
  const [log] = await open();
  const random = randomFrom(3);
  const records = Array.from({ length: 60 }, (_, i) => `${i}:${'x'.repeat(Math.floor(random() ** 4 * 400_000))}`);
  const written: Promise<void>[] = [];
  for (const record of records) {
    const middle = record.length >> 1;
    written.push(log.append([Buffer.from(record.slice(0, middle)), Buffer.from(record.slice(middle))]));
    if (random() < 0.3) await written[Math.floor(random() * written.length)];
  }
  await Promise.all(written);
  expect(log.queuedBytes).toBe(0);
  const [next, found] = await open();
  expect(found).toEqual(records);
  await Promise.all([log.close(), next.close()]);
});

it('ignores a torn record at the end and goes on in a new segment', async () => {
  const [log] = await open();
  await log.append([Buffer.from('whole')]);
  await log.append([Buffer.from('torn')]);
  await log.close();
  const file = path.join(dir, readdirSync(dir)[0] as string);
  writeFileSync(file, readFileSync(file).subarray(0, -2));
  const [next, found] = await open();
  expect(found).toEqual(['whole']);
  expect(warnings[0]).toContain('ends in a torn record at byte 13 of 23');
  await next.append([Buffer.from('later')]);
  await next.close();
  appendFileSync(file, 'rest of a sector');
  const [last, again] = await open();
  expect(again).toEqual(['whole', 'later']);
  await last.close();
});
