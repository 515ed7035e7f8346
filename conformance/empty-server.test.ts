// A server without a folder: empty, complete, and fit for scripts that write samples from 1970 on, ask, delete and begin anew.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloatHistogram } from '../server/model/histogram.ts';
import { type RunningServer, startServer } from './testing/processes.ts';
import { type WrittenSeries, writeSamples } from './testing/remote-write-client.ts';

const ARGS = ['--retention', '0', '--no-demo', '--enable-admin-api', '--enable-feature', 'promql-experimental-functions'];
const MINUTE_MS = 60_000;
const NONE = new Float64Array(0);

interface VectorAnswer {
  readonly data: {
    readonly result: { metric: Record<string, string>; value?: [number, string]; histogram?: [number, { count: string; sum: string }] }[];
  };
}

/** `count` samples of one series, a minute apart, the first at `startMs`. */
function counter(labels: Record<string, string>, startMs: number, count: number, step = 1): WrittenSeries {
  return { labels, samples: Array.from({ length: count }, (_, i) => ({ timestampMs: startMs + i * MINUTE_MS, value: i * step })) };
}

function histogramOf(count: number): FloatHistogram {
  const positiveSpans = [{ offset: 0, length: 2 }];
  const fields = { hint: 'unknown', schema: 0, zeroThreshold: 0, zeroCount: 0, negativeSpans: [], negativeBuckets: NONE } as const;
  return { ...fields, count: 3 * count, sum: 5 * count, positiveSpans, positiveBuckets: Float64Array.of(count, 2 * count) };
}

describe('a server without a folder', () => {
  let server: RunningServer;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'alidade-empty-'));
    server = await startServer(ARGS, { dataDir });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const ask = async (query: string, seconds: number) =>
    (await server.api<VectorAnswer>('/api/v1/query', { query, time: String(seconds) })).data.result;
  const values = async (query: string, seconds: number) => (await ask(query, seconds)).map(({ value }) => Number(value?.[1]));
  const write = (series: WrittenSeries[]) => writeSamples(server.url, series);
  const deleteAll = () => fetch(`${server.url}/api/v1/admin/tsdb/delete_series?match[]={__name__=~".%2B"}`, { method: 'POST' });

  it('holds nothing and scrapes nothing', async () => {
    expect(await ask('count({__name__=~".+"})', Date.now() / 1000)).toEqual([]);
    expect(await server.api('/api/v1/targets')).toMatchObject({ data: { activeTargets: [], droppedTargets: [] } });
    expect(await server.api('/api/v1/rules')).toEqual({ status: 'success', data: { groups: [] } });
  });

  it('keeps samples from 1970 on, of new series at any age', async () => {
    await write([counter({ __name__: 'requests_total', job: 'a' }, 0, 61, 60)]);
    expect(await values('requests_total', 0)).toEqual([0]);
    expect(await values('rate(requests_total[10m])', 3600)).toEqual([1]);
    await write([counter({ __name__: 'now_total' }, Date.now() - 10 * MINUTE_MS, 5)]);
    await write([counter({ __name__: 'requests_total', job: 'b' }, 0, 61, 120)]);
    expect(await values('sum(rate(requests_total[10m]))', 3600)).toEqual([3]);
  });

  it('shows what it acknowledged to the next query', async () => {
    for (let i = 0; i < 30; i++) {
      await write([{ labels: { __name__: 'at_once' }, samples: [{ timestampMs: i * 1000, value: i }] }]);
      expect(await values('at_once', i)).toEqual([i]);
    }
  });

  it('begins anew after everything was deleted, at the same times', async () => {
    for (let round = 1; round <= 5; round++) {
      expect((await deleteAll()).status).toBe(204);
      expect(await ask('count({__name__=~".+"})', 600)).toEqual([]);
      const samples = Array.from({ length: 11 }, (_, i) => ({ timestampMs: i * MINUTE_MS, histogram: histogramOf(round * i) }));
      await write([{ labels: { __name__: 'latency' }, samples }, counter({ __name__: 'requests_total', job: 'a' }, 0, 11, round)]);
      expect(await values('requests_total', 600)).toEqual([10 * round]);
      expect(await values('histogram_count(latency)', 600)).toEqual([30 * round]);
      expect(await ask('latency', 300)).toMatchObject([{ histogram: [300, { count: String(15 * round), sum: String(25 * round) }] }]);
    }
  });

  it('refuses what is out of order, and keeps the rest', async () => {
    const late = { labels: { __name__: 'requests_total', job: 'a' }, samples: [{ timestampMs: 0, value: 99 }] };
    const other = { labels: { __name__: 'other' }, samples: [{ timestampMs: 0, value: 7 }] };
    await expect(write([late, other])).rejects.toThrow('400 out of order sample');
    expect(await values('other', 0)).toEqual([7]);
  });

  it('has everything after a restart', async () => {
    await server.stop();
    server = await startServer(ARGS, { dataDir });
    expect(await values('requests_total', 600)).toEqual([50]);
    expect(await values('histogram_count(latency)', 600)).toEqual([150]);
    expect(await ask('now_total', Date.now() / 1000)).toEqual([]);
  });
});
