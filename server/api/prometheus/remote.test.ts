import Fastify from 'fastify';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import { decodeChunked, decodeSampled, encodeReadRequest, type ReadQuery } from '../../formats/remote-read/testing/messages.ts';
import { encodeWrite } from '../../formats/remote-write/testing/encode.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { createSampleReceiver, type SampleReceiver } from '../../receive/samples.ts';
import { storageError } from '../../storage/errors.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { appendSamples } from '../testing/samples.ts';
import { testConfig } from '../testing/settings.ts';
import type { PrometheusApiDeps, RemoteReadLimits } from './deps.ts';
import { addReadRoute } from './read.ts';
import { addWriteRoute } from './write.ts';

const NOW = 1_700_000_000_000;

async function start(remoteRead?: RemoteReadLimits, write?: SampleReceiver['write']) {
  const clock = new FakeClock(NOW);
  const store = openMemoryStore(clock);
  const receiver = createSampleReceiver({ store: store.metrics, exemplars: store.exemplars, clock, outOfOrderMs: () => 0 });
  const reported: unknown[] = [];
  // What the two routes look at.
  const deps = {
    metrics: store.metrics,
    receiver: write ? { ...receiver, write } : receiver,
    remoteRead,
    config: () => testConfig({ limits: { ...testConfig().server.limits, maxRequestBytes: 10_000 } }),
    reportError: (error: unknown) => reported.push(error),
  } as Partial<PrometheusApiDeps> as PrometheusApiDeps;
  const app = Fastify();
  await app.register((own) => addWriteRoute(own, deps));
  await app.register((own) => addReadRoute(own, deps));
  const post = (url: string, message: Uint8Array) =>
    app.inject({ method: 'POST', url, payload: compressSync(message), headers: { 'content-type': 'application/x-protobuf' } });
  return {
    store,
    reported,
    write: (message: Uint8Array) => post('/api/v1/write', message),
    read: (message: Uint8Array) => post('/api/v1/read', message),
  };
}

const SAMPLE = encodeWrite([{ labels: { __name__: 'a' }, samples: [{ timestampMs: NOW, value: 1 }] }]);

describe('remote write', () => {
  it('asks the sender to come back when the store is full, and says what failed for good', async () => {
    const full = await start(undefined, () => Promise.reject(storageError('storage.overloaded', 'wait')));
    const answer = await full.write(SAMPLE);
    expect(answer).toMatchObject({ statusCode: 503, body: 'wait\n' });
    expect(answer.headers['retry-after']).toBe('5');
    expect(full.reported).toEqual([]);
    const broken = await start(undefined, () => Promise.reject(new Error('out of luck')));
    expect(await broken.write(SAMPLE)).toMatchObject({ statusCode: 500, body: 'out of luck\n' });
    expect(broken.reported).toHaveLength(1);
  });

  it('refuses what is too large once it is decompressed', async () => {
    const { write } = await start();
    expect(await write(SAMPLE)).toMatchObject({ statusCode: 204, body: '' });
    expect(await write(Buffer.alloc(20_000))).toMatchObject({ statusCode: 413, body: expect.stringMatching(/declares 20000 bytes/) });
  });
});

describe('remote read', () => {
  const query: ReadQuery = { startMs: 0, endMs: NOW * 2, matchers: [{ type: '=', name: '__name__', value: 'a' }] };
  const limits: RemoteReadLimits = { maxSamples: 10, concurrency: 1, maxFrameBytes: 100 };

  async function startFilled(samples: number) {
    const server = await start(limits);
    await appendSamples(
      server.store.metrics,
      [{ labels: { __name__: 'a' }, values: Array.from({ length: samples }, (_, i) => i ** 5) }],
      NOW,
      7,
    );
    return server;
  }

  it('has a limit on samples, but not on streams', async () => {
    const { read } = await startFilled(11);
    expect(await read(encodeReadRequest([query], ['samples']))).toMatchObject({ statusCode: 400, body: 'exceeded sample limit (10)\n' });
    const exact = await read(encodeReadRequest([{ ...query, endMs: NOW + 63 }], ['samples']));
    expect(decodeSampled(exact.rawPayload)[0]?.samples).toHaveLength(10);
    const streamed = await read(encodeReadRequest([query, query], ['chunks']));
    expect(decodeChunked(streamed.rawPayload).map(({ queryIndex, labels }) => ({ queryIndex, labels }))).toEqual(
      [0, 1].map((queryIndex) => ({ queryIndex, labels: { __name__: 'a', site: 'lab' } })),
    );
  });

  it('lets the next one in when one is done, however it ended', async () => {
    const { read } = await startFilled(500);
    const requests = Array.from({ length: 12 }, (_, i) =>
      read(encodeReadRequest([query], [i % 3 === 0 ? 'samples' : i % 3 === 1 ? 'chunks' : 7])),
    );
    expect((await Promise.all(requests)).map(({ statusCode }) => statusCode)).toEqual(
      Array.from({ length: 12 }, (_, i) => (i % 3 === 1 ? 200 : 400)),
    );
  });
});
