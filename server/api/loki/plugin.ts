import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { LokiApiDeps } from './deps.ts';
import { addDetectionRoutes } from './detected.ts';
import { toErrorAnswer } from './errors.ts';
import { addFormatRoute } from './format-query.ts';
import { addIndexRoutes } from './index-routes.ts';
import { addLabelRoutes } from './labels.ts';
import { addPushRoutes } from './push.ts';
import { addQueryRoutes } from './query.ts';
import { addStatusRoutes } from './status.ts';
import { addTailRoute } from './tail.ts';

const RETRY_AFTER_SECONDS = '5';
/** Queries are parsed on the main thread, so they must not be endless. */
const MAX_FORM_BYTES = 2 * 1024 * 1024;

/** The HTTP API of Loki, in its exact JSON; tenants (X-Scope-OrgID) are ignored. https://grafana.com/docs/loki/latest/reference/loki-http-api/ */
export function lokiApi(deps: LokiApiDeps): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const { status, text } = toErrorAnswer(error);
      if (status >= 500 && status !== 503 && status !== 504) deps.reportError(error, `${request.method} ${request.url}`);
      if (status === 503 || status === 429) reply.header('Retry-After', RETRY_AFTER_SECONDS);
      return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
    });
    await app.register((routes) => addPushRoutes(routes, deps));
    readForms(app);
    addQueryRoutes(app, deps);
    addFormatRoute(app, deps);
    addLabelRoutes(app, deps);
    addIndexRoutes(app, deps);
    addDetectionRoutes(app, deps);
    addTailRoute(app, deps);
    addStatusRoutes(app, deps);
  };
}

/** Form bodies arrive as text; a body of any other type is ignored, as Go's `FormValue` does. */
function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, _body, done) => done(null, undefined));
}
