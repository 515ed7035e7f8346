import type { FastifyReply } from 'fastify';

/** Aborted when the client goes away before the whole answer has been sent. (Fastify's own signal fires once the body has been read.) */
export function abortOnDisconnect(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client went away'));
  });
  return controller.signal;
}
