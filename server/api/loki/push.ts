// POST /loki/api/v1/push, and /api/prom/push as older clients know it.
import type { FastifyInstance } from 'fastify';
import { LabelCache } from '../../formats/loki-push/label-cache.ts';
import type { LokiApiDeps } from './deps.ts';
import { lokiError } from './errors.ts';
import { readPush } from './push-body.ts';

/** Adds the push routes; `app` is theirs alone, because their bodies are bytes. */
export async function addPushRoutes(app: FastifyInstance, deps: LokiApiDeps): Promise<void> {
  const { receiver, maxRequestBytes } = deps;
  const cache = new LabelCache();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxRequestBytes }, (_request, body, done) => done(null, body));
  const add = (url: string, isLegacy: boolean) =>
    // Decompressed here: the kernel does not know that snappy is no encoding of its own, nor the bare form of deflate.
    app.post(url, { decompress: false }, async ({ headers, body }, reply) => {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      const { streams, unreadable } = await readPush({ headers, body: bytes, isLegacy }, maxRequestBytes, cache);
      const { message } = await receiver.push(streams, unreadable);
      if (message !== '') throw lokiError('loki.bad_request', message);
      return reply.code(204).send();
    });
  add('/loki/api/v1/push', false);
  add('/api/prom/push', true);
}
