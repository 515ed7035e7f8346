import type { FastifyInstance } from 'fastify';
import { type HttpTelemetryOptions, requestTracker } from './http-server.ts';

/**
 * A Fastify plugin: serves the exposition; counts and times every request of the instance it is registered on, routes of child plugins
 * included; opens a server span for each (with `startTracing`), a child of the caller's; and gives its log lines the request's ids.
 * Register it before the routes: `await app.register(fastifyTelemetry, { instrument })`.
 */
export async function fastifyTelemetry(app: FastifyInstance, options: HttpTelemetryOptions): Promise<void> {
  const { instrument, path = '/metrics' } = options;
  const ignored = new Set(options.ignore ?? [path]);
  const tracker = requestTracker(instrument);

  app.addHook('onRequest', (request, reply, done) => {
    const endpoint = request.is404 ? undefined : request.routeOptions.url;
    if (endpoint !== undefined && ignored.has(endpoint)) done();
    else tracker.track(request.raw, reply.raw, () => endpoint, done);
  });
  app.get(path, { logLevel: 'silent' }, async (request, reply) => {
    const { contentType, body } = await instrument.expose(request.headers.accept);
    return reply.header('content-type', contentType).header('vary', 'accept').send(body);
  });
}

// Fastify gives a plugin a scope of its own unless it says otherwise; hooks must reach the routes of its caller.
Object.assign(fastifyTelemetry, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'alidade-telemetry' });
