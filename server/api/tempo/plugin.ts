import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf } from '../../model/app-error.ts';
import type { TempoApiDeps } from './deps.ts';
import { tempoStatusOf } from './errors.ts';
import { addSearchRoute } from './search.ts';
import { addTagRoutes } from './tags.ts';
import { addTraceRoutes } from './traces.ts';

const COMPATIBLE_VERSION = '2.7.2';
const RETRY_AFTER_SECONDS = '5';

/** The HTTP API of Tempo 2.7, in its JSON; errors are plain text. https://grafana.com/docs/tempo/latest/api_docs/ */
export function tempoApi(deps: TempoApiDeps): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const status = tempoStatusOf(error);
      if (status === 500) deps.reportError(error, `${request.method} ${request.url}`);
      if (status === 503) reply.header('Retry-After', RETRY_AFTER_SECONDS);
      return reply.code(status).type('text/plain; charset=utf-8').send(messageOf(error));
    });
    addTraceRoutes(app, deps);
    addSearchRoute(app, deps);
    addTagRoutes(app, deps);
    const config = { access: 'read' as const };
    app.get('/api/echo', { config }, (_request, reply) => reply.type('text/plain; charset=utf-8').send('echo'));
    app.get('/api/status/buildinfo', { config }, () => ({
      version: `${COMPATIBLE_VERSION}+alidade.${deps.version}`,
      revision: deps.version,
      branch: '',
      buildUser: '',
      buildDate: '',
      goVersion: `node ${process.version}`,
    }));
  };
}
