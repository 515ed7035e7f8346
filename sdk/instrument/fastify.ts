import type { FastifyInstance } from 'fastify';
import { httpMetrics } from './http.ts';
import type { Instrument } from './instrument.ts';
import { startTimer } from './settle.ts';

/** Settings of the Fastify plugin. */
export interface FastifyMetricsOptions {
  readonly instrument: Instrument;
  /** Where the exposition is served; `/metrics` when left out. */
  readonly path?: string;
  /** Route patterns that do not count as requests; when left out only the exposition itself, whose scrapes would drown a quiet service. */
  readonly ignore?: readonly string[];
}

/** The `endpoint` of requests that no route takes, so that scanning for paths cannot create series. */
export const UNMATCHED_ENDPOINT = 'unmatched';

/** What nginx answers for a client that hung up before the answer; nobody receives it, only the counter does. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * A Fastify plugin: serves the exposition and counts and times every request of the instance it is registered on, routes of child
 * plugins included. Register it before the routes: `await app.register(fastifyMetrics, { instrument })`.
 */
export async function fastifyMetrics(app: FastifyInstance, options: FastifyMetricsOptions): Promise<void> {
  const { instrument, path = '/metrics' } = options;
  const ignored = new Set(options.ignore ?? [path]);
  const http = httpMetrics(instrument);

  app.addHook('onRequest', (request, reply, done) => {
    const elapsed = startTimer();
    let isRecorded = false;
    // The response's own events instead of `onResponse`, which never runs when the connection goes away first.
    const record = () => {
      const endpoint = request.is404 ? UNMATCHED_ENDPOINT : (request.routeOptions.url ?? UNMATCHED_ENDPOINT);
      if (isRecorded || ignored.has(endpoint)) return;
      isRecorded = true;
      const status = reply.raw.writableEnded ? reply.raw.statusCode : CLIENT_CLOSED_REQUEST;
      http.record({ method: request.method, endpoint, status, durationSeconds: elapsed() });
    };
    reply.raw.once('finish', record).once('close', record);
    done();
  });
  app.get(path, { logLevel: 'silent' }, async (_request, reply) => reply.type(instrument.contentType).send(await instrument.metrics()));
}

// Fastify gives a plugin a scope of its own unless it says otherwise; hooks must reach the routes of its caller.
Object.assign(fastifyMetrics, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'alidade-metrics' });
