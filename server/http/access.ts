// Who may call a route. Every route has an access; the safe one is the default, so that forgetting it opens nothing.
import type { FastifyRequest } from 'fastify';

/**
 * - `open`: answers without credentials (health checks).
 * - `read`: reads, also for pages of other sites (CORS).
 * - `own`: reads, for our own pages and for programs. The default of GET, HEAD and OPTIONS.
 * - `change`: changes something: Host and Origin are checked. The default of all other methods.
 */
export type Access = 'open' | 'read' | 'own' | 'change';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Answers of this many bytes are compressed when the client wants that; a dialect whose clients expect it says 0. */
    compressFromBytes?: number;
  }
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The access of the route that a request was matched to. */
export function accessOf(request: FastifyRequest): Access {
  const declared = request.routeOptions.config.access;
  if (declared) return declared;
  return READING.has(request.method) ? 'own' : 'change';
}
