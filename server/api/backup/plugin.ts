import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { BACKUP_ERRORS, type BackupErrorCode } from '../../backup/errors.ts';
import type { BackupOffers } from '../../backup/offers.ts';
import { kernelStatusOf } from '../../http/errors.ts';
import { isAppError, messageOf } from '../../model/app-error.ts';

/** What the routes for backups need. */
export interface BackupApiDeps {
  readonly version: string;
  readonly offers: BackupOffers;
  readonly reportError: (error: unknown, request: string) => void;
}

const STATUS: Readonly<Partial<Record<BackupErrorCode, number>>> = { 'backup.not_found': 404, 'backup.busy': 503, 'backup.secret': 403 };
// Reading all there is counts as a change: it needs the same rights, and no page of another site may ask for it.
const CHANGE = { config: { access: 'change' as const } };

/**
 * What `alidade backup` asks of a server: `POST /api/backups` makes a copy and lists its files, `GET /api/backups/<id>/file?path=<path>` is
 * the content of one, `DELETE /api/backups/<id>` ends it.
 */
export function backupApi({ version, offers, reportError }: BackupApiDeps): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const isOurs = isAppError(error) && error.code in BACKUP_ERRORS;
      const status = (isOurs ? STATUS[error.code as BackupErrorCode] : kernelStatusOf(error)) ?? 500;
      if (status === 500) reportError(error, `${request.method} ${request.url}`);
      if (status === 503) reply.header('Retry-After', '60');
      return reply.code(status).send({ error: { code: isAppError(error) ? error.code : 'http.internal', message: messageOf(error) } });
    });
    app.post('/api/backups', async () => ({ version, ...(await offers.create()) }));
    app.get<{ Params: { id: string }; Querystring: { path?: string } }>(
      '/api/backups/:id/file',
      { ...CHANGE, compress: false },
      ({ params, query, identity }, reply) => {
        const { sizeBytes, content } = offers.read(params.id, query.path ?? '', identity !== null);
        return reply.type('application/octet-stream').header('X-Size', sizeBytes).send(content);
      },
    );
    app.delete<{ Params: { id: string } }>('/api/backups/:id', async ({ params }, reply) => {
      await offers.drop(params.id);
      return reply.code(204).send();
    });
  };
}
