import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf } from '../../model/app-error.ts';
import { addAlertRoutes } from './alerts.ts';
import type { AlertmanagerApiDeps } from './deps.ts';
import { SchemaError, toErrorAnswer } from './errors.ts';
import { encode } from './format.ts';
import { addSilenceRoutes } from './silences.ts';

/** The Alertmanager whose API this is. */
const COMPATIBLE_VERSION = '0.28.0';
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** The HTTP API of Alertmanager, version 2. https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml */
export function alertmanagerApi(deps: AlertmanagerApiDeps): FastifyPluginAsync {
  return async (app) => {
    readJson(app);
    app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = toErrorAnswer(error);
      if (status === 500) deps.reportError(error, `${request.method} ${request.url}`);
      return reply.code(status).type('application/json').send(encode(body));
    });
    addAlertRoutes(app, deps);
    addSilenceRoutes(app, deps);
    app.get('/api/v2/status', { config: { access: 'read' } }, (_request, reply) => {
      const status = {
        cluster: { peers: [], status: 'disabled' },
        config: { original: deps.configText() },
        uptime: new Date(deps.startedAtMs).toISOString(),
        versionInfo: {
          branch: '',
          buildDate: '',
          buildUser: '',
          goVersion: `node ${process.version}`,
          revision: deps.version,
          version: `${COMPATIBLE_VERSION}+alidade.${deps.version}`,
        },
      };
      return reply.type('application/json').send(encode(status));
    });
  };
}

function readJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (request, text, done) => {
    try {
      done(null, JSON.parse(text as string));
    } catch (error) {
      const what = request.url.includes('silence') ? 'silence' : 'alerts';
      done(new SchemaError(400, `parsing ${what} body from "" failed, because ${messageOf(error)}`));
    }
  });
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (request, _text, done) => {
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0];
    done(new SchemaError(415, `unsupported media type "${type}", only [application/json] are allowed`));
  });
}
