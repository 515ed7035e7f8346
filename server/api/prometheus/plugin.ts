import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf } from '../../model/app-error.ts';
import { toGoJson } from '../../model/go-json.ts';
import { addAdminRoutes } from './admin.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { toErrorAnswer } from './errors.ts';
import { addExemplarRoute } from './exemplars.ts';
import { addFeatureRoute } from './features.ts';
import { addFederationRoute } from './federate.ts';
import { addLabelRoutes } from './labels.ts';
import { addLanguageRoutes } from './language.ts';
import { addManagementRoutes } from './management.ts';
import { addNotificationRoutes } from './notifications.ts';
import { addQueryRoutes } from './query.ts';
import { addReadRoute } from './read.ts';
import { addRuleRoutes } from './rules.ts';
import { addStatusRoutes } from './status.ts';
import { addTargetRoutes } from './targets.ts';
import { addTsdbStatusRoutes } from './tsdb-status.ts';
import { addWriteRoute } from './write.ts';

const RETRY_AFTER_SECONDS = '5';
/** Expressions are parsed on the main thread, so they must not be endless. */
const MAX_FORM_BYTES = 2 * 1024 * 1024;

/** The HTTP API of Prometheus 3.5, in its exact JSON. https://prometheus.io/docs/prometheus/latest/querying/api/ */
export function prometheusApi(deps: PrometheusApiDeps): FastifyPluginAsync {
  return async (app) => {
    readForms(app);
    app.options('/api/v1/*', (_request, reply) => reply.header('Vary', 'Origin').code(204).send());
    app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const answer = toErrorAnswer(error);
      if (answer.errorType === 'internal') deps.reportError(error, `${request.method} ${request.url}`);
      if (answer.errorType === 'unavailable') reply.header('Retry-After', RETRY_AFTER_SECONDS);
      const body = { status: 'error', errorType: answer.errorType, error: messageOf(error) };
      return reply
        .code(answer.status)
        .type('application/json')
        .send(Buffer.from(toGoJson(body)));
    });
    addQueryRoutes(app, deps);
    addLabelRoutes(app, deps);
    addExemplarRoute(app, deps);
    addTargetRoutes(app, deps);
    addRuleRoutes(app, deps);
    addStatusRoutes(app, deps);
    addTsdbStatusRoutes(app, deps);
    addFeatureRoute(app, deps);
    addNotificationRoutes(app, deps);
    addAdminRoutes(app, deps);
    addLanguageRoutes(app, deps);
    addFederationRoute(app, deps);
    addManagementRoutes(app, deps);
    await app.register((own) => addWriteRoute(own, deps));
    await app.register((own) => addReadRoute(own, deps));
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
