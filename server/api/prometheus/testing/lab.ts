// A Prometheus API over known samples, targets and rules, for tests.
import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import type { Config, Problem } from '../../../config/config.ts';
import { createHttpServer } from '../../../http/server.ts';
import { systemClock } from '../../../model/clock.ts';
import { FakeClock } from '../../../model/fake-clock.ts';
import { Labels } from '../../../model/labels.ts';
import { createQueryEngine } from '../../../promql/engine/query-engine.ts';
import { ResultCache } from '../../../promql/engine/result-cache.ts';
import { createSampleReceiver } from '../../../receive/samples.ts';
import { openMemoryStore } from '../../../storage/memory/open.ts';
import { appendSamples, type TestSeries } from '../../testing/samples.ts';
import { testConfig } from '../../testing/settings.ts';
import { prometheusApi } from '../plugin.ts';
import { DROPPED, GROUPS, METADATA, START, TARGETS } from './views.ts';

/** The time of the clock: ten minutes of samples lie behind it. */
export const NOW = START + 600_000;

const steady = (value: number) => Array.from({ length: 41 }, () => value);
const SERIES: readonly TestSeries[] = [
  { labels: { __name__: 'up', instance: 'a:1', job: 'api' }, values: steady(1) },
  { labels: { __name__: 'up', instance: 'b:1', job: 'db' }, values: steady(0) },
  { labels: { __name__: 'hits_total', instance: 'a:1', job: 'api', path: '/<x>&' }, values: steady(3).map((value, i) => value * i) },
  { labels: { __name__: 'temp', 'my.label': 'été', job: 'api' }, values: [1.5] },
];

/** What tests turn: each request sees the present values. */
export interface LabState {
  ready: boolean;
  settings: Config;
  reloadProblems: readonly Problem[];
  isReloadGood: boolean;
  quits: number;
  readonly reported: string[];
}

type Parameters = Record<string, string> | [string, string][];

/** The API under test. */
export interface Lab {
  readonly state: LabState;
  readonly cache: ResultCache;
  readonly inject: (method: 'GET' | 'POST' | 'PUT', url: string) => Promise<LightMyRequestResponse>;
  get(path: string, parameters?: Parameters): Promise<{ status: number; body: string; type: unknown }>;
  /** The `data` member as text, to compare byte by byte. */
  data(path: string, parameters?: Parameters): Promise<string>;
  post(path: string, payload?: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

/** Starts an engine and the API, without a listener. */
export async function startLab(): Promise<Lab> {
  const state: LabState = { ready: true, settings: testConfig(), reloadProblems: [], isReloadGood: true, quits: 0, reported: [] };
  const clock = new FakeClock(NOW);
  const store = openMemoryStore(clock);
  await appendSamples(store.metrics, SERIES, START, 15_000);
  const hits = Labels.from({ __name__: 'hits_total', instance: 'a:1', job: 'api', path: '/<x>&' });
  store.exemplars.append(hits, { labels: Labels.from({ trace_id: 'abc' }), value: 0.25, timestampMs: START + 1_500 });
  store.exemplars.append(hits, { labels: Labels.from({ trace_id: 'def' }), value: 3, timestampMs: START + 60_000 });
  const cache = new ResultCache({ maxBytes: 1e6, minSamples: 0, minCells: 0 });
  const engine = createQueryEngine({ store: store.metrics, clock: systemClock, workers: 1, cache });
  const reportError = (error: unknown, request: string) => state.reported.push(`${request}: ${String(error)}`);
  const api = prometheusApi({
    clock,
    engine,
    metrics: store.metrics,
    exemplars: store.exemplars,
    receiver: createSampleReceiver({ store: store.metrics, exemplars: store.exemplars, clock, outOfOrderMs: () => 0 }),
    targets: {
      active: () => TARGETS,
      dropped: () => DROPPED,
      metadata: (metric) => METADATA.filter((entry) => !metric || entry.metric === metric),
    },
    rules: { groups: () => GROUPS },
    lifecycle: {
      startedAtMs: START,
      isReady: () => state.ready,
      reload: async () => state.reloadProblems,
      lastReload: () => ({ atMs: START + 1_234, succeeded: state.isReloadGood }),
      quit: () => {
        state.quits++;
      },
    },
    ownMetrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', metrics: async () => 'alidade_up 1\n' },
    version: '0.1.0',
    config: () => state.settings,
    alertmanagers: () => ({ active: ['http://am:9093/api/v2/alerts'], dropped: [] }),
    reportError,
  });
  const options = { clock: systemClock, listen: { host: '127.0.0.1', port: 0 }, noAuth: false, externalUrl: '', maxRequestBytes: 1e7 };
  const { app, close } = await createHttpServer({ ...options, reportError }, [api]);

  const get = async (path: string, parameters: Parameters = {}) => {
    const search = new URLSearchParams(parameters).toString();
    const response = await app.inject(`${path}${search === '' ? '' : `?${search}`}`);
    return { status: response.statusCode, body: response.body, type: response.headers['content-type'] };
  };
  return {
    state,
    cache,
    get,
    inject: (method, url) => app.inject({ method, url }),
    async data(path, parameters) {
      const { status, body } = await get(path, parameters);
      expect(status, body).toBe(200);
      return /^\{"status":"success","data":(.*)\}$/.exec(body)?.[1] ?? body;
    },
    post: (url, payload = '', headers = {}) =>
      app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } }),
    async close() {
      await close();
      await engine.close();
    },
  };
}
