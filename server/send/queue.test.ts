import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RemoteWriteConfig } from '../config/remote-write.ts';
import { EncoderV1 } from '../formats/remote-write/encoder-v1.ts';
import { createHttpClient, type HttpClient } from '../http-client/http-client.ts';
import { type Clock, systemClock, type Timer } from '../model/clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { BatchEncoder } from './batch.ts';
import { SendManager } from './manager.ts';
import { SendMetrics } from './metrics.ts';
import type { Progress } from './progress.ts';
import { ProgressFile, progressPath } from './progress-file.ts';
import { SendQueue } from './queue.ts';
import { SentSeriesCache } from './sent-series.ts';
import { Shard } from './shard.ts';
import { MemoryLog } from './testing/memory-log.ts';
import { type Peer, startPeer } from './testing/peer.ts';
import { remoteWrite } from './testing/world.ts';

const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
const WAIT = { timeout: 5_000, interval: 2 };
const BEGINNING = { segment: 0, offset: 0 };

let peer: Peer;
let log: MemoryLog;
let said: string[];
let client: HttpClient;
let ends: (() => Promise<unknown>)[];
let onProgress: () => void;
let metadata: Iterable<never>;

beforeEach(async () => {
  [peer, log, said, ends, onProgress, metadata] = [await startPeer(), new MemoryLog(), [], [], () => undefined, []];
  client = createHttpClient({ followRedirects: true }, { resolve: {}, clock: systemClock });
});
afterEach(async () => {
  // What still hangs there would be waited for.
  await peer.close();
  for (const end of ends) await end();
  await client.close();
});

const logger = () => createLogger({ format: 'json', stream: { write: (line: string) => void said.push(line) } });
const times = (line: string) => said.filter((one) => one.includes(line)).length;

/** The times that tests wait for are over at once; the others are real. */
function hasty(...waits: number[]): Clock {
  return { nowMs: () => Date.now(), after: (ms, callback) => systemClock.after(waits.includes(ms) ? 5 : ms, callback) };
}

function startQueue(config: RemoteWriteConfig, from: Progress = { low: BEGINNING, epochs: [] }, clock: Clock = systemClock): SendQueue {
  const metrics = new SendMetrics(new Registry(), () => ({ samplesIn: 0, newestMs: 0, logSegment: 0 }));
  const own = { onProgress: () => onProgress(), keepProgress: () => Promise.resolve(), userAgent: 'test', metadata: () => metadata };
  const queue = new SendQueue({ log, config, externalLabels: {}, client, clock, logger: logger(), metrics, ...own }, from);
  ends.push(() => queue.stop(0));
  return queue;
}

describe('a queue that is moved forward', () => {
  it('never goes back, and knows what was delivered', async () => {
    peer.answer = (request) => ({ status: 204, hangs: request === 1 });
    const queue = startQueue(remoteWrite(peer.url, { timeoutMs: 20_000 }, { minShards: 4 }), undefined, hasty(20_000));
    for (let i = 0; i < 3; i++) log.commit(START + i * 1000, 40);
    // One shard hangs, the others have delivered everything.
    await vi.waitFor(() => expect(queue.progress.epochs[0]?.done.filter((place) => place?.segment === 2)).toHaveLength(3), WAIT);
    expect(queue.progress.low.segment).toBe(0);
    const before = peer.taken;
    expect(await queue.skipTo(1)).toBe(40);
    await vi.waitFor(() => expect(queue.progress.low.segment).toBe(3), WAIT);
    expect(await queue.skipTo(1)).toBe(0);
    expect(queue.progress.low.segment).toBe(3);
    log.commit(START + 3000, 40);
    await vi.waitFor(() => expect(queue.progress.low.segment).toBe(4), WAIT);
    // Of what the fourth shard had to send twice, as nobody knows whether it was taken, two commits are left.
    const ofOneShard = [...peer.series.values()].filter((samples) => samples.length > 4);
    expect(peer.taken - before - 40).toBe(ofOneShard.length * 2);
    expect(ofOneShard.length).toBeLessThan(40);
  });

  it('waits for a slow peer as long as a request may take, and no longer than a few seconds once it is to end', async () => {
    let answer: () => void = () => undefined;
    peer.answer = async (request) => {
      if (request > 1) return { status: 204, hangs: true };
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return { status: 204 };
    };
    const queue = startQueue(remoteWrite(peer.url, { timeoutMs: 60_000 }), undefined, hasty(3_000));
    log.commit(START, 10);
    await vi.waitFor(() => expect(peer.requests).toHaveLength(1), WAIT);
    const skipped = queue.skipTo(0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    answer();
    await skipped;
    expect(queue.progress.low.segment).toBe(1);
    log.commit(START + 1000, 10);
    await vi.waitFor(() => expect(peer.requests).toHaveLength(2), WAIT);
    const next = queue.skipTo(0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await queue.stop(0)).low.segment).toBe(1);
    await next;
  });
});

it('begins again where it was when a part of it has failed', async () => {
  onProgress = () => {
    onProgress = () => undefined;
    throw new Error('a fault');
  };
  startQueue(remoteWrite(peer.url), undefined, hasty(5_000));
  for (let i = 0; i < 3; i++) {
    log.commit(START + i * 1000, 10);
    await vi.waitFor(() => expect(peer.taken).toBe((i + 1) * 10), WAIT);
  }
  expect(times('begins again')).toBe(1);
});

it('goes on when metadata cannot be had', async () => {
  metadata = {
    [Symbol.iterator]() {
      metadata = [{ metric: 'a', type: 'counter', help: '', unit: '' } as never];
      throw new Error('not now');
    },
  };
  startQueue(remoteWrite(peer.url, { metadata: { send: true, intervalMs: 5, maxSamplesPerSend: 10 } }));
  await vi.waitFor(() => expect(peer.families.length).toBeGreaterThan(0), WAIT);
  expect(times('metadata was not sent')).toBe(1);
});

it('pauses before it asks again a peer that wants no pause, and hides the password in the address', async () => {
  peer.answer = () => ({ status: 503, headers: { 'retry-after': '0' } });
  const waits: number[] = [];
  const after = (ms: number, callback: () => void) => {
    waits.push(ms);
    return systemClock.after(ms, callback);
  };
  const clock: Clock = { ...systemClock, after };
  const config = remoteWrite(peer.url, { metadata: { send: true, intervalMs: 20, maxSamplesPerSend: 10 } }, { minBackoffMs: 12 });
  startQueue({ ...config, url: peer.url.replace('http://', 'http://me:p@ss@') }, undefined, clock);
  log.commit(START, 1);
  await vi.waitFor(() => expect(waits).toContain(12), WAIT);
  expect(waits).not.toContain(0);
  expect(times('me:xxxxx@127.0.0.1')).toBe(1);
  expect(said.join()).not.toMatch(/ss@|p%40/);
});

it('puts nothing of a request that could not be made into the next', () => {
  let isBroken = true;
  const encoder = new BatchEncoder(new EncoderV1(), () => {
    if (isBroken) throw new Error('a fault');
    return undefined;
  });
  const cache = new SentSeriesCache({ labelsOf: (ref) => log.labelsOf(ref), externalLabels: {}, rules: [] });
  const shardOf = (ref: number) => {
    const deliver = () => Promise.resolve(0);
    const shard = new Shard({ clock: systemClock, capacity: 10, batchSamples: 10, deadlineMs: 1, deliver, onDone: () => undefined });
    const series = cache.find(ref);
    if (typeof series !== 'object') throw new Error('dropped');
    shard.push(series, START, new Uint32Array(2), 0, { beside: undefined, at: BEGINNING, index: 0, resend: 0 });
    return shard;
  };
  expect(() => encoder.encode(shardOf(1), 1, Number.NEGATIVE_INFINITY)).toThrow('a fault');
  isBroken = false;
  const { body } = encoder.encode(shardOf(2), 1, Number.NEGATIVE_INFINITY);
  expect(encoder.encode(shardOf(2), 1, Number.NEGATIVE_INFINITY).body.length).toBe(body.length);
});

describe('the manager', () => {
  let dataDir: string;
  /** The timers of ten seconds: one of each queue, for its shards, and behind it that of upkeep. */
  let timers: Set<() => void>;
  let send: SendManager;
  /** Queues that wait for requests under way before they stop: how many now, and at most. */
  let stopping: number;
  let mostStopping: number;

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-send-'));
    timers = new Set();
    [stopping, mostStopping] = [0, 0];
    ends.push(() => rm(dataDir, { recursive: true, force: true }));
    start();
  });

  function stopTimer(callback: () => void): Timer {
    mostStopping = Math.max(mostStopping, ++stopping);
    const timer = systemClock.after(50, callback);
    const cancel = () => {
      stopping--;
      timer.cancel();
    };
    return { cancel };
  }

  function start(): void {
    const after = (ms: number, callback: () => void): Timer => {
      if (ms === 3_000) return stopTimer(callback);
      if (ms !== 10_000) return systemClock.after(ms, callback);
      timers.add(callback);
      return { cancel: () => void timers.delete(callback) };
    };
    const own = { dataDir, maxLogBytes: 1_000, metadata: () => [], samplesIn: () => 0, version: 'test', registry: new Registry() };
    const manager = new SendManager({ log, clock: { nowMs: () => Date.now(), after }, logger: logger(), ...own });
    send = manager;
    ends.unshift(() => manager.stop());
  }
  const apply = (...configs: RemoteWriteConfig[]) => send.apply(configs, { externalLabels: {}, resolve: {} });
  const runUpkeep = () => {
    const last = [...timers].at(-1);
    if (last) timers.delete(last);
    last?.();
    return last;
  };

  it('has one timer for upkeep, and lets nothing go once it has stopped', async () => {
    await apply(remoteWrite(peer.url));
    log.commit(START, 1);
    const late = runUpkeep();
    await apply(remoteWrite(peer.url));
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers.size).toBe(2);
    await send.stop();
    expect(timers.size).toBe(0);
    late?.();
    await send.stop();
    await apply();
    expect(log.kept).not.toContain(Number.POSITIVE_INFINITY);
  });

  it('goes on with upkeep, and with its queues, when a change fails', async () => {
    await apply(remoteWrite(peer.url));
    log.failure = new Error('disk');
    await expect(apply(remoteWrite(peer.url, { headers: { a: 'b' } }))).rejects.toThrow('disk');
    expect(timers.size).toBe(2);
    log.failure = undefined;
    // Nothing that can be made a client of.
    const broken = { ...remoteWrite(peer.url), client: undefined } as unknown as RemoteWriteConfig;
    await expect(apply(broken)).rejects.toThrow(TypeError);
    expect(timers.size).toBe(2);
    log.commit(START, 10);
    await vi.waitFor(() => expect(peer.taken).toBe(10), WAIT);
  });

  it('stops queues that change all at once', async () => {
    peer.answer = () => ({ status: 204, hangs: true });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const configs = (more: Partial<RemoteWriteConfig>) => names.map((name) => remoteWrite(peer.url, { name, key: name, ...more }));
    await apply(...configs({}));
    log.commit(START, 1);
    await vi.waitFor(() => expect(peer.requests).toHaveLength(6), WAIT);
    await apply(...configs({ headers: { a: 'b' } }));
    expect(mostStopping).toBe(names.length);
  });

  it('sends the whole log when nobody knows what was sent, apart from what is new, and names the file', async () => {
    const config = remoteWrite(peer.url);
    for (let i = 0; i < 3; i++) log.commit(START + i * 1000, 10);
    const file = progressPath(path.join(dataDir, 'remote-write'), config.key);
    await mkdir(file, { recursive: true });
    await apply(config);
    log.commit(START + 3000, 10);
    await vi.waitFor(() => expect(peer.taken).toBe(40), WAIT);
    expect(peer.requests).toHaveLength(2);
    expect(said.find((line) => line.includes('everything in the log is sent again'))).toContain(file);
  });

  it('says once that progress cannot be kept, and once that it can be again', async () => {
    const messages: (string | undefined)[] = [];
    const dir = path.join(dataDir, 'later');
    const read = () => ({ low: BEGINNING, epochs: [] });
    const file = new ProgressFile({ dir, key: 'k', clock: systemClock, read, onFailing: (message) => void messages.push(message) });
    await file.written();
    await file.written();
    expect(messages).toMatchObject([expect.stringContaining(progressPath(dir, 'k'))]);
    await mkdir(dir);
    await file.written();
    await file.close();
    expect(messages.slice(1)).toEqual([undefined]);
  });
});
