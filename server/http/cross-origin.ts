import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Answers preflight requests of routes with access `read`: an OPTIONS route beside each, as Prometheus has. */
export function addPreflightRoutes(app: FastifyInstance): void {
  const done = new Set<string>();
  app.addHook('onRoute', function (route) {
    if (route.config?.access !== 'read' || done.has(route.url)) return;
    done.add(route.url);
    // Within the route's own plugin, so that a prefix is not applied twice.
    const url = route.url.slice(this.prefix.length) || '/';
    this.route({ method: 'OPTIONS', url, config: { access: 'read' }, handler: (_request, reply) => reply.code(204).send() });
  });
}

/** Allows any site to read the answer, with the headers that Prometheus sends. */
export function allowOrigin(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('Vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined) return;
  reply.headers({
    'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, Origin',
    'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Date',
  });
}
