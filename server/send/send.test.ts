import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FloatHistogram } from '../model/histogram.ts';
import { Labels } from '../model/labels.ts';
import { type Peer, startPeer } from './testing/peer.ts';
import { remoteWrite, type Value, World } from './testing/world.ts';

const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
const WAIT = { timeout: 20_000, interval: 10 };
const HISTOGRAM: FloatHistogram = {
  hint: 'unknown',
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  sum: 4,
  positiveSpans: [{ offset: 0, length: 2 }],
  negativeSpans: [],
  positiveBuckets: Float64Array.of(1, 2),
  negativeBuckets: new Float64Array(),
};
const CUSTOM: FloatHistogram = { ...HISTOGRAM, schema: -53, customValues: Float64Array.of(1) };

let world: World;
let peers: Peer[] = [];

beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
  for (const peer of peers) await peer.close();
  peers = [];
});

async function newPeer(port?: number): Promise<Peer> {
  const peer = await startPeer(port);
  peers.push(peer);
  return peer;
}

const count = (length: number, from = 0) => Array.from({ length }, (_, i) => from + i);
const texts = (values: readonly (Value | string)[], from = 0) => values.map((value, i) => `${START + (from + i) * 1000} ${String(value)}`);
const taken = (peer: Peer, samples: number) => vi.waitFor(() => expect(peer.taken).toBeGreaterThanOrEqual(samples), WAIT);
const logged = (text: string) => world.log.filter((line) => line.includes(text)).map((line) => JSON.parse(line) as Record<string, unknown>);

describe.each(['1.0', '2.0'] as const)('remote write %s', (protocol) => {
  it('sends floats, stale markers, histograms and exemplars, with external labels', async () => {
    const peer = await newPeer();
    world.metadata = [{ metric: 'requests', type: 'counter', help: 'All of them.', unit: '' }];
    const metadata = { send: true, intervalMs: 50, maxSamplesPerSend: 10 };
    await world.apply([remoteWrite(peer.url, { protocol, metadata })], { externalLabels: { site: 'lab', job: 'other' } });
    const labels = Labels.from({ __name__: 'requests_total', job: 'test' });
    await world.commit(START, { requests_total: [1, 2.5, 'stale', Number.NaN, 0], native: [HISTOGRAM, 1], custom: [CUSTOM] });
    world.store.exemplars.append(labels, { labels: Labels.from({ trace_id: 'x' }), value: 0.5, timestampMs: START });
    const isV2 = protocol === '2.0';
    await taken(peer, isV2 ? 9 : 8);
    const ends = '{job="test", site="lab"}';
    expect(Object.fromEntries(peer.series)).toEqual({
      [`requests_total${ends}`]: [...texts([1, 2.5, 'stale', Number.NaN, 0]), `${START} # {trace_id="x"} 0.5`],
      [`native${ends}`]: [`${START} histogram of 3`, `${START + 1000} 1`],
      ...(isV2 && { [`custom${ends}`]: [`${START} histogram of 3`] }),
    });
    if (isV2) expect(peer.metadata.get(`requests_total${ends}`)).toBe('counter: All of them.');
    else await vi.waitFor(() => expect(peer.families).toContainEqual(world.metadata[0]), WAIT);
    expect(peer.requests[0]).toMatchObject({
      'content-encoding': 'snappy',
      'content-type': isV2 ? 'application/x-protobuf;proto=io.prometheus.write.v2.Request' : 'application/x-protobuf',
      'user-agent': 'Alidade/test',
      'x-prometheus-remote-write-version': isV2 ? '2.0.0' : '0.1.0',
    });
    const value = (name: string) => world.metric(`prometheus_remote_storage_${name}`);
    await vi.waitFor(async () => expect(await value('exemplars_total')).toBe(1), WAIT);
    expect(await value('samples_total')).toBe(6);
    expect(await value('histograms_total')).toBe(isV2 ? 2 : 1);
    expect(await value('histograms_dropped_total')).toBe(isV2 ? 0 : 1);
    expect(await value('samples_failed_total')).toBe(0);
    expect(await value('queue_highest_sent_timestamp_seconds')).toBe(START / 1000 + 4);
    expect(await value('highest_timestamp_in_seconds')).toBe(START / 1000 + 4);
  });

  it('never sends floats and histograms of a series in one request', async () => {
    const peer = await newPeer();
    await world.apply([remoteWrite(peer.url, { protocol })]);
    await world.commit(START, { a: [HISTOGRAM, 'stale', 1, 2, HISTOGRAM], b: [1, 2, 3, 4, 5] });
    await taken(peer, 10);
    expect(peer.requests).toHaveLength(3);
    expect(peer.series.get('a{job="test"}')).toEqual(texts(['histogram of 3', 'stale', 1, 2, 'histogram of 3']));
  });

  it('sends neither histograms nor exemplars unless they are wanted', async () => {
    const peer = await newPeer();
    await world.apply([remoteWrite(peer.url, { protocol, sendExemplars: false, sendNativeHistograms: false })]);
    await world.commit(START, { native: [HISTOGRAM, 1] });
    world.store.exemplars.append(Labels.from({ __name__: 'native', job: 'test' }), { labels: Labels.EMPTY, value: 1, timestampMs: START });
    await taken(peer, 1);
    await world.send.stop();
    expect([...peer.series.values()]).toEqual([[`${START + 1000} 1`]]);
  });

  it('gives up what the peer refuses, and says so once', async () => {
    const peer = await newPeer();
    const written = { 'x-prometheus-remote-write-samples-written': '40' };
    peer.answer = (request) => (request === 1 ? { status: 400, text: 'out of order sample\nmore', headers: written } : { status: 204 });
    await world.apply([remoteWrite(peer.url, { protocol })]);
    await world.commit(START, { a: count(150) });
    await taken(peer, 50);
    await world.send.stop();
    expect([...peer.series.values()]).toEqual([texts(count(50, 100), 100)]);
    const failed = protocol === '2.0' ? 60 : 100;
    expect(logged('refused')).toMatchObject([{ samples: failed, reason: 'server returned HTTP status 400: out of order sample' }]);
  });
});

it('counts what the peer has not written of 2.0, all of it where it does not say', async () => {
  const peer = await newPeer();
  peer.answer = (request) => {
    if (request === 1) return { status: 204, headers: { 'x-prometheus-remote-write-samples-written': '70' } };
    return { status: 400, headers: { 'x-prometheus-remote-write-samples-written': '30' } };
  };
  await world.apply([remoteWrite(peer.url, { protocol: '2.0' })]);
  await world.commit(START, { a: count(200) });
  const failed = (samples: number) =>
    vi.waitFor(async () => expect(await world.metric('prometheus_remote_storage_samples_failed_total')).toBe(samples), WAIT);
  await failed(100);
  await peer.close();
  const old = await newPeer();
  await world.apply([remoteWrite(old.url, { protocol: '1.0' })]);
  await world.apply([{ ...remoteWrite(old.url, { protocol: '2.0' }), headers: { 'x-a': 'b' } }]);
  old.answer = () => ({ status: 204, keeps: false, isSilent: true });
  await world.commit(START + 1_000_000, { a: count(10) });
  await failed(10);
  expect(logged('speaks only remote write 1.0')).toHaveLength(1);
});

describe('a peer that is not well', () => {
  it('gets everything again after 5xx, as late as it asks for', async () => {
    const peer = await newPeer();
    let sinceMs = 0;
    peer.answer = (request) => {
      if (request === 1) {
        sinceMs = Date.now();
        return { status: 503, headers: { 'retry-after': '1' } };
      }
      if (request < 4) return { status: 500 };
      return { status: 204 };
    };
    await world.apply([remoteWrite(peer.url)]);
    await world.commit(START, { a: count(50) });
    await taken(peer, 50);
    expect(Date.now() - sinceMs).toBeGreaterThanOrEqual(1_000);
    expect([...peer.series.values()]).toEqual([texts(count(50))]);
    expect(peer.requests.map((headers) => headers['retry-attempt'])).toEqual([undefined, '1', '2', '3']);
    await vi.waitFor(() => expect(logged('answers again')).toHaveLength(1), WAIT);
    expect(await world.metric('prometheus_remote_storage_samples_retried_total')).toBe(150);
  });

  it.each([true, false])('is asked again after 429 when that is wanted: %s', async (retryOnHttp429) => {
    const peer = await newPeer();
    peer.answer = (request) => ({ status: request === 1 ? 429 : 204 });
    await world.apply([remoteWrite(peer.url, {}, { retryOnHttp429 })]);
    await world.commit(START, { a: count(200) });
    await taken(peer, retryOnHttp429 ? 200 : 100);
    await world.send.stop();
    expect(peer.taken).toBe(retryOnHttp429 ? 200 : 100);
  });

  it('is not sent what has become too old', async () => {
    const peer = await newPeer();
    // Of the 40 seconds of samples half is within the limit, however long the tests before took.
    await world.apply([remoteWrite(peer.url, {}, { sampleAgeLimitMs: Date.now() - START - 20_000 })]);
    await world.commit(START, { a: count(40) });
    await taken(peer, 1);
    await world.send.stop();
    expect(peer.series.values().next().value?.at(-1)).toBe(`${START + 39_000} 39`);
    expect(peer.taken).toBeLessThan(25);
  });
});

it('relabels, and forgets what is dropped', async () => {
  const peer = await newPeer();
  const rule = { separator: ';', regex: '(.*)', modulus: 0, targetLabel: '', replacement: '$1' };
  const relabel = [
    { ...rule, action: 'drop' as const, sourceLabels: ['__name__'], regex: 'b' },
    { ...rule, action: 'replace' as const, sourceLabels: ['site', 'job'], targetLabel: 'where' },
    { ...rule, action: 'labeldrop' as const, sourceLabels: [], regex: 'job' },
  ];
  await world.apply([remoteWrite(peer.url, { relabel })], { externalLabels: { site: 'lab' } });
  await world.commit(START, { a: [1], b: [1, 2] });
  await taken(peer, 1);
  expect([...peer.series.keys()]).toEqual(['a{site="lab", where="lab;test"}']);
  expect(await world.metric('prometheus_remote_storage_samples_dropped_total', { reason: 'dropped_series' })).toBe(2);
});

describe('the queue', () => {
  const SERIES = 40;
  const all = (from: number, length: number) => Object.fromEntries(count(SERIES).map((i) => [`s${i}`, count(length, from)]));
  const expectAll = (peer: Peer, length: number) => {
    expect(peer.series.size).toBe(SERIES);
    for (const samples of peer.series.values()) expect(samples).toEqual(texts(count(length)));
  };

  it('keeps the order of each series over many shards, whose number may change', async () => {
    const peer = await newPeer();
    peer.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      return { status: Math.random() < 0.2 ? 500 : 204 };
    };
    for (const [i, shards] of [8, 3, 1, 5].entries()) {
      await world.apply([remoteWrite(peer.url, {}, { minShards: shards, capacity: 150 })]);
      await world.commit(START + i * 100_000, all(i * 100, 100));
    }
    await taken(peer, SERIES * 400);
    expectAll(peer, 400);
    expect(peer.mostAtOnce).toBeGreaterThan(1);
  });

  it('survives restarts while the peer is away: nothing is lost, nothing is sent twice', async () => {
    let peer = await newPeer();
    const { url } = peer;
    const config = remoteWrite(url, {}, { minShards: 4, capacity: 200 });
    await world.apply([config]);
    await world.commit(START, all(0, 50));
    await taken(peer, 700);
    peer.answer = () => ({ status: 503 });
    await world.commit(START + 50_000, all(50, 100));
    const kept = new Map(peer.series);
    await peer.close();
    await world.restart();
    await world.apply([config]);
    await world.commit(START + 150_000, all(150, 50));
    await world.restart();
    await world.apply([config]);
    peer = await newPeer(Number(new URL(url).port));
    for (const [key, samples] of kept) (peer.series as Map<string, string[]>).set(key, samples);
    await taken(peer, 1);
    await vi.waitFor(() => expectAll(peer, 200), WAIT);
  });

  it('never mixes what a peer may know with what is new', async () => {
    const first = await newPeer();
    const { url } = first;
    first.isStrict = true;
    first.answer = (request) => ({ status: 204, hangs: request > 3 });
    const sizes = { capacity: 500, maxSamplesPerSend: 150 };
    await world.apply([remoteWrite(url, {}, { minShards: 3, ...sizes })]);
    for (const i of count(10)) await world.commit(START + i * 10_000, all(i * 10, 10));
    await vi.waitFor(() => expect(first.requests.length).toBe(6), WAIT);
    await first.close();
    await world.restart();
    const second = await newPeer(Number(new URL(url).port));
    second.isStrict = true;
    for (const [key, samples] of first.series) (second.series as Map<string, string[]>).set(key, samples);
    await world.apply([remoteWrite(url, {}, { minShards: 2, ...sizes })]);
    await vi.waitFor(() => expectAll(second, 100), WAIT);
  });

  it('goes on where it was when its settings change, and begins anew when it is new', async () => {
    const [first, second] = [await newPeer(), await newPeer()];
    first.answer = () => ({ status: 500 });
    await world.apply([remoteWrite(first.url)]);
    await world.commit(START, { a: [1, 2] });
    await vi.waitFor(() => expect(first.requests.length).toBeGreaterThan(1), WAIT);
    await world.apply([remoteWrite(first.url, { name: 'other', protocol: '2.0' }), remoteWrite(second.url)], {
      externalLabels: { x: 'y' },
    });
    first.answer = () => ({ status: 204 });
    await world.commit(START + 2_000, { a: [3] });
    await Promise.all([taken(first, 3), taken(second, 1)]);
    expect(Object.fromEntries(first.series)).toEqual({ 'a{job="test", x="y"}': texts([1, 2, 3]) });
    expect(Object.fromEntries(second.series)).toEqual({ 'a{job="test", x="y"}': texts([3], 2) });
    // Removed and there again: as if it were new.
    await world.apply([]);
    await world.commit(START + 3_000, { a: [4] });
    await world.restart();
    await world.apply([remoteWrite(first.url)]);
    await world.commit(START + 4_000, { a: [5] });
    await taken(first, 4);
    expect(first.series.get('a{job="test"}')).toEqual(texts([5], 4));
  });

  it('never slows what comes in, and drops the oldest beyond its limit', async () => {
    const peer = await newPeer();
    peer.answer = () => ({ status: 503 });
    world.maxLogBytes = 1_500_000;
    await world.restart();
    const config = remoteWrite(peer.url, {}, { capacity: 100 });
    await world.apply([config]);
    // Each restart begins a segment of the log.
    for (const i of count(4)) {
      await world.commit(START - (4 - i) * 50_000_000, { a: count(25_000, i * 25_000).map((value) => value / 3) });
      await world.restart();
      await world.apply([config]);
    }
    expect(logged('waited too long')).toMatchObject([{ samples: 25_000 }, { samples: 25_000 }]);
    peer.answer = () => ({ status: 204 });
    await taken(peer, 1);
    const segments = await world.store.commitLog?.segments();
    const bytes = (segments ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(bytes).toBeLessThan(world.maxLogBytes);
  });
});
