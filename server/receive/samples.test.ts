import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { encodeWrite, type WrittenSeries } from '../formats/remote-write/testing/encode.ts';
import type { WriteProtocol } from '../formats/remote-write/write-request.ts';
import { readWriteRequest } from '../formats/remote-write/write-request-v1.ts';
import { readRequestV2 } from '../formats/remote-write/write-request-v2.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { storageError } from '../storage/errors.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import type { StoreLimits } from '../storage/options.ts';
import type { MetricAppender, MetricStore } from '../storage/store.ts';
import { openForgetfulStore } from '../storage/testing/forgetful-store.ts';
import { createSampleReceiver } from './samples.ts';

const NOW = 1_700_000_000_000;

function start(limits: StoreLimits = {}, wrap: (store: MetricStore) => MetricStore = (store) => store) {
  const clock = new FakeClock(NOW);
  const store = openMemoryStore(clock, limits);
  const registry = new Registry();
  const receiver = createSampleReceiver({ store: wrap(store.metrics), exemplars: store.exemplars, clock, outOfOrderMs: () => 0, registry });
  const write = async (series: readonly WrittenSeries[], protocol: WriteProtocol = '1.0') => {
    const body = encodeWrite(series, protocol);
    const { refusals, ...counts } = await receiver.write(read(body, protocol), protocol);
    return { ...counts, text: refusals.toString() };
  };
  const stored = async () => {
    const matchers = [{ type: '=~', name: '__name__', value: '.+' }] as const;
    const [set] = await store.metrics.select([{ matchers, startMs: 0, endMs: NOW * 2 }], {});
    return set?.labels.map((labels, i) => `${labels} ${set.timestampsMs.slice(set.offsets[i], set.offsets[i + 1]).join(' ')}`);
  };
  return { clock, store, receiver, registry, write, stored };
}

const read = (body: Uint8Array, protocol: WriteProtocol) =>
  protocol === '1.0' ? readWriteRequest(body) : readRequestV2(body, { withTypeAndUnit: false });

const at = (...times: number[]) => times.map((timestampMs) => ({ timestampMs: NOW + timestampMs, value: timestampMs }));

describe('a receiver of samples', () => {
  it('stores what is good of a request and tells of the rest', async () => {
    const { write, stored, registry } = start({ maxSeries: 2 });
    expect(await write([{ labels: { __name__: 'a' }, samples: at(0, 1) }])).toEqual({ samples: 2, histograms: 0, exemplars: 0, text: '' });
    const second = await write(
      [
        { labels: { __name__: 'a' }, samples: at(-5, 2) },
        { labels: { __name__: 'b' }, samples: at(0) },
        { labels: { __name__: 'c' }, samples: at(0, 1) },
        { labels: { no: 'name' }, samples: at(0) },
        { labels: { __name__: 'a' }, samples: at(3) },
      ],
      '2.0',
    );
    expect(second).toMatchObject({ samples: 3 });
    expect(second.text.split('\n')).toEqual([
      'out of order sample for series {__name__="a"}',
      'the limit of 2 series is reached; c was not created (drop labels whose values never end, or raise --max-series)',
      'invalid metric name or labels, got {no="name"}',
    ]);
    expect(await stored()).toEqual([`a ${NOW} ${NOW + 1} ${NOW + 2} ${NOW + 3}`, `b ${NOW}`]);
    const text = await registry.metrics();
    for (const line of ['out_of_order"} 1', 'series_limit"} 2', 'invalid_labels"} 1'])
      expect(text).toContain(`refused_total{reason="${line}`);
    expect(text).toContain('alidade_receive_samples_total{type="float"} 5');
  });

  it('stores nothing of a request that is broken at its end', async () => {
    const { receiver, stored } = start();
    const body = encodeWrite([{ labels: { __name__: 'a' }, samples: at(0, 1) }]);
    const broken = Buffer.concat([body, Uint8Array.of(10, 5, 18, 3, 9)]);
    await expect(receiver.write(readWriteRequest(broken), '1.0')).rejects.toMatchObject({ code: 'remote_write.bad_protobuf' });
    expect(await stored()).toEqual([]);
  });

  it('says so when the store takes nothing', async () => {
    const full = (appender: MetricAppender): MetricAppender =>
      Object.assign(Object.create(appender) as MetricAppender, {
        seriesRef: appender.seriesRef.bind(appender),
        append: appender.append.bind(appender),
        commit: () => Promise.reject(storageError('storage.overloaded')),
      });
    const { write, registry } = start(
      {},
      (store) => Object.assign(Object.create(store), { appender: () => full(store.appender()) }) as MetricStore,
    );
    await expect(write([{ labels: { __name__: 'a' }, samples: at(0, 1) }])).rejects.toMatchObject({ code: 'storage.overloaded' });
    expect(await registry.metrics()).toContain('alidade_receive_samples_refused_total{reason="overloaded"} 2');
  });

  it('takes a large request in several batches, whole', async () => {
    const { write, stored } = start();
    const samples = at(...Array.from({ length: 300 }, (_, i) => i));
    const series = Array.from({ length: 200 }, (_, i) => ({ labels: { __name__: 'a', i: String(i).padStart(3, '0') }, samples }));
    expect(await write(series)).toMatchObject({ samples: 60_000, text: '' });
    expect(await stored()).toHaveLength(200);
  });

  it('knows a series again however it is written', async () => {
    const { write, stored } = start();
    for (const [i, protocol] of (['1.0', '2.0', '1.0'] as const).entries())
      expect(await write([{ labels: { __name__: 'a', b: 'c' }, samples: at(i) }], protocol)).toMatchObject({ samples: 1, text: '' });
    await write([
      {
        labels: [
          ['b', 'c'],
          ['__name__', 'a'],
        ],
        samples: at(9),
      },
    ]);
    expect(await stored()).toEqual([`a{b="c"} ${[0, 1, 2, 9].map((ms) => NOW + ms).join(' ')}`]);
  });

  it('knows a series again that the store forgot long ago', async () => {
    const clock = new FakeClock(NOW);
    const { store, forgetAll, close } = await openForgetfulStore(clock);
    try {
      const receiver = createSampleReceiver({ store: store.metrics, exemplars: store.exemplars, clock, outOfOrderMs: () => 0 });
      const write = async () => {
        const samples = [{ timestampMs: clock.nowMs(), value: 1 }];
        return receiver.write(read(encodeWrite([{ labels: { __name__: 'a' }, samples }]), '1.0'), '1.0');
      };
      await write();
      await forgetAll();
      expect(await write()).toMatchObject({ samples: 1 });
      expect(await store.metrics.series({ matcherSets: [], startMs: 0, endMs: clock.nowMs() }, {})).toHaveLength(1);
    } finally {
      await close();
    }
  });

  it('takes an archive as often as it comes, however old it is', async () => {
    const { receiver, write, stored } = start();
    await write([{ labels: { __name__: 'a' }, samples: at(5) }]);
    const archive = encodeWrite([{ labels: { __name__: 'a' }, samples: at(-1_000_000_000, -5, 2) }], '2.0');
    for (let i = 0; i < 2; i++) {
      const outcome = await receiver.write(read(archive, '2.0'), '2.0', { isBackfill: true });
      expect(outcome).toMatchObject({ samples: 3 });
      expect(outcome.refusals.isEmpty).toBe(true);
    }
    expect(await stored()).toEqual([`a ${[-1_000_000_000, -5, 2, 5].map((ms) => NOW + ms).join(' ')}`]);
  });

  it('keeps exemplars of series that have samples', async () => {
    const { write, store } = start();
    const exemplars = [{ labels: { trace_id: 'x' }, value: 1, timestampMs: NOW }];
    expect(await write([{ labels: { __name__: 'a' }, exemplars }], '2.0')).toMatchObject({ exemplars: 0, text: '' });
    expect(await write([{ labels: { __name__: 'a' }, samples: at(0), exemplars }], '2.0')).toMatchObject({ exemplars: 1, text: '' });
    const older = [{ labels: { trace_id: 'y' }, value: 1, timestampMs: NOW - 1 }];
    expect(await write([{ labels: { __name__: 'a' }, exemplars: older }], '2.0')).toMatchObject({
      exemplars: 0,
      text: 'out of order exemplar for series {__name__="a"}',
    });
    expect(await write([{ labels: { __name__: 'a' }, exemplars: older }])).toMatchObject({ exemplars: 0, text: '' });
    expect(store.exemplars.select([], 0, NOW).flatMap((series) => series.exemplars)).toHaveLength(1);
  });

  it('keeps what is said about families, of series by the name of their family', async () => {
    const { write, receiver, clock } = start();
    const metadata = { type: 'histogram', help: 'One', unit: 's' };
    await write([{ labels: { __name__: 'took_bucket', le: '1' }, samples: at(0), metadata }], '2.0');
    await write([{ labels: { __name__: 'jobs_total' }, metadata: { type: 'counter', help: 'Jobs' } }]);
    expect(receiver.metadata.entries('took')).toEqual([{ metric: 'took', ...metadata }]);
    expect(receiver.metadata.entries()).toHaveLength(2);
    await clock.advance(60_000);
    await write([{ labels: { __name__: 'took_bucket', le: '1' }, samples: at(1), metadata: { ...metadata, help: 'Two' } }], '2.0');
    expect(receiver.metadata.entries('took')).toMatchObject([{ help: 'Two' }]);
  });
});
