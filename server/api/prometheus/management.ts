// /-/healthy, /-/ready, /-/reload, /-/quit and /metrics: for those who run the server.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formatProblem } from '../../config/problem.ts';
import { isLoopback } from '../../model/loopback.ts';
import type { PrometheusApiDeps } from './deps.ts';

const PLAIN = 'text/plain; charset=utf-8';

/** Adds the management routes. */
export function addManagementRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  const { lifecycle, ownMetrics } = deps;
  const open = { config: { access: 'open' as const } };
  const text = (reply: FastifyReply, status: number, body: string) => reply.code(status).type(PLAIN).send(body);

  app.get('/-/healthy', open, (_request, reply) => text(reply, 200, 'Prometheus Server is Healthy.\n'));
  app.get('/-/ready', open, (_request, reply) =>
    lifecycle.isReady() ? text(reply, 200, 'Prometheus Server is Ready.\n') : text(reply, 503, 'Service Unavailable'),
  );
  app.get('/metrics', { exposeHeadRoute: false, config: { compressFromBytes: 0 } }, async (_request, reply) =>
    // Names beyond the classic characters do not occur among them.
    reply.type(`${ownMetrics.contentType}; escaping=underscores`).send(await ownMetrics.metrics()),
  );

  for (const [url, handler] of [
    ['/-/reload', reload],
    ['/-/quit', quit],
  ] as const) {
    app.route({ method: ['POST', 'PUT'], url, handler });
    app.get(url, (_request, reply) => text(reply, 405, 'Only POST or PUT requests allowed'));
  }

  async function reload(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { listen, enableLifecycle } = deps.config().server;
    // Who reaches a loopback listener could as well send the signal.
    if (!enableLifecycle && !isLoopback(listen.host)) return text(reply, 403, 'Lifecycle API is not enabled.');
    const problems = await lifecycle.reload();
    // A broken dashboard is a problem, but no reason to keep the old configuration.
    if (lifecycle.lastReload().succeeded) return reply.code(200).send();
    const errors = problems.filter((problem) => problem.severity === 'error');
    return text(reply, 500, `failed to reload config: ${errors.map((problem) => formatProblem(problem)).join('\n')}\n`);
  }

  function quit(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (!deps.config().server.enableLifecycle) return text(reply, 403, 'Lifecycle API is not enabled.');
    reply.raw.once('finish', () => lifecycle.quit());
    return text(reply, 200, 'Requesting termination... Goodbye!');
  }
}
