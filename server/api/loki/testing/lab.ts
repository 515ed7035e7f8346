// A Loki API over the memory store, for tests.
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { Registry } from 'prom-client';
import { expect } from 'vitest';
import { createHttpServer, type HttpServer } from '../../../http/server.ts';
import { createLogEngine } from '../../../logql/engine/log-engine.ts';
import { systemClock } from '../../../model/clock.ts';
import { FakeClock } from '../../../model/fake-clock.ts';
import { createLogReceiver } from '../../../receive/logs.ts';
import { openMemoryStore } from '../../../storage/memory/open.ts';
import type { Store } from '../../../storage/store.ts';
import { lokiApi } from '../plugin.ts';

/** The time of the clock. */
export const NOW_MS = Date.UTC(2024, 4, 1, 12);
export const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const MAX_REQUEST_BYTES = 2_000_000;

type Parameters = Record<string, string> | [string, string][];

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: LightMyRequestResponse['headers'];
}

/** The API under test. */
export interface Lab {
  readonly store: Store;
  readonly http: HttpServer;
  readonly reported: string[];
  isReady: boolean;
  /** Pushes [labels, [age in ms, line, metadata?]…] as JSON and wants it stored. */
  push(...streams: readonly [Record<string, string>, ...(readonly [number, string, Record<string, string>?])[]][]): Promise<void>;
  post(url: string, payload: string | Buffer, headers: Record<string, string>): Promise<Answer>;
  get(path: string, parameters?: Parameters, headers?: Record<string, string>): Promise<Answer>;
  /** The `data` member of a good answer. */
  data(path: string, parameters?: Parameters, headers?: Record<string, string>): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts the API without a listener; one can be opened with `http.listen`. The clock stands still unless it is `isLive`. */
export async function startLab({ isLive = false } = {}): Promise<Lab> {
  const clock = isLive ? systemClock : new FakeClock(NOW_MS);
  const store = openMemoryStore(clock);
  const engine = createLogEngine({ store: store.logs, clock: systemClock });
  const reported: string[] = [];
  const reportError = (error: unknown, request: string) => reported.push(`${request}: ${String(error)}`);
  const limits = { maxLineBytes: 1_000 };
  const receiver = createLogReceiver({ store: store.logs, clock, limits, retentionMs: 7 * 86_400_000, registry: new Registry() });
  const api = lokiApi({
    clock,
    engine,
    logs: store.logs,
    receiver,
    version: '0.1.0',
    maxRequestBytes: MAX_REQUEST_BYTES,
    queryTimeoutMs: 10_000,
    isReady: () => lab.isReady,
    reportError,
  });
  const listen = { host: '127.0.0.1', port: 0 };
  const options = { clock: systemClock, listen, noAuth: false, externalUrl: '', maxRequestBytes: MAX_REQUEST_BYTES, reportError };
  const http = await createHttpServer(options, [api]);
  const inject = async (request: InjectOptions): Promise<Answer> => {
    const { statusCode, body, headers } = await http.app.inject(request);
    return { status: statusCode, body, headers };
  };
  const lab: Lab = {
    store,
    http,
    reported,
    isReady: true,
    async push(...streams) {
      const body = streams.map(([stream, ...lines]) => ({
        stream,
        values: lines.map(([ageMs, ...rest]) => [`${NOW_NS - BigInt(Math.round(ageMs * 1e6))}`, ...rest]),
      }));
      const answer = await lab.post('/loki/api/v1/push', JSON.stringify({ streams: body }), { 'content-type': 'application/json' });
      expect(answer.status, answer.body).toBe(204);
    },
    post: (url, payload, headers) => inject({ method: 'POST', url, payload, headers }),
    get(path, parameters = {}, headers = {}) {
      const search = new URLSearchParams(parameters).toString();
      return inject({ method: 'GET', url: `${path}${search === '' ? '' : `?${search}`}`, headers });
    },
    async data(path, parameters, headers) {
      const { status, body } = await lab.get(path, parameters, headers);
      expect(status, body).toBe(200);
      const answer = JSON.parse(body) as { status: string; data: unknown };
      expect(answer.status).toBe('success');
      return answer.data;
    },
    async close() {
      await http.close();
      await engine.close();
    },
  };
  return lab;
}
