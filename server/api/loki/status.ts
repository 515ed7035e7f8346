// /ready and /loki/api/v1/status/buildinfo.
import type { FastifyInstance } from 'fastify';
import { sendPieces } from './answer.ts';
import type { LokiApiDeps } from './deps.ts';

/** The Loki whose API this is: clients choose by it what they may ask. */
const COMPATIBLE_VERSION = '3.0.0';

export function addStatusRoutes(app: FastifyInstance, { isReady, version }: LokiApiDeps): void {
  app.get('/ready', { config: { access: 'open' } }, (_request, reply) =>
    isReady()
      ? reply.type('text/plain; charset=utf-8').send('ready\n')
      : reply.code(503).type('text/plain; charset=utf-8').send('the server is starting\n'),
  );
  app.get('/loki/api/v1/status/buildinfo', { config: { access: 'read' } }, (_request, reply) =>
    sendPieces(reply, [
      JSON.stringify({
        version: COMPATIBLE_VERSION,
        revision: `alidade-${version}`,
        branch: '',
        buildUser: '',
        buildDate: '',
        goVersion: `node ${process.version}`,
      }),
    ]),
  );
}
