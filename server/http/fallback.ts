// Answers that no route gives: errors outside the dialects, unknown paths, wrong methods.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isAppError, messageOf } from '../model/app-error.ts';
import { codeOfStatus, kernelStatusOf } from './errors.ts';
import type { KnownPaths } from './known-paths.ts';
import type { UiFiles } from './static-ui.ts';

/** An error handler that answers `{"error": {code, message}}`; dialects set their own. */
export function answerError(reportError: (error: unknown, request: string) => void) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const status = kernelStatusOf(error) ?? 500;
    if (status >= 500 && status !== 503) reportError(error, `${request.method} ${request.url}`);
    const code = isAppError(error) ? error.code : codeOfStatus(status);
    return reply.code(status).send({ error: { code, message: messageOf(error) } });
  };
}

/** Programs get the texts of Go's HTTP server, which Prometheus' clients know; browsers get the UI, which routes by itself. */
export function answerNotFound(paths: KnownPaths, ui: UiFiles) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = paths.methodsOf(path);
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (methods.length > 0 && !methods.includes(request.method)) {
      reply.header('Allow', [...new Set([...methods, 'OPTIONS'])].sort().join(', '));
      if (request.method === 'OPTIONS') return reply.code(200).send();
      return reply.code(405).type('text/plain; charset=utf-8').send('Method Not Allowed\n');
    }
    if (isReading && (request.headers.accept ?? '').includes('text/html') && !/^\/(api|-)\//.test(path)) return ui.answerPage(reply);
    return reply.code(404).type('text/plain; charset=utf-8').send('404 page not found\n');
  };
}
