import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { codeOfStatus } from '../../http/errors.ts';
import { isAppError, messageOf } from '../../model/app-error.ts';
import { addAdviceRoutes } from './advice.ts';
import type { UiApiDeps } from './deps.ts';
import { addDiscoveryRoutes } from './discovery.ts';
import { uiError, uiStatusOf } from './errors.ts';
import { addFrameRoutes } from './frames.ts';
import { addLogRoutes } from './logs.ts';
import { addSloRoutes } from './slo.ts';
import { addTraceRoutes } from './traces.ts';
import { withOptions } from './variable-options.ts';

/** The API between our own UI and server, see sdk/schema/ui-api.ts; other sites cannot read it. */
export function uiApi(deps: UiApiDeps): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const status = uiStatusOf(error);
      if (status === 500) deps.reportError(error, `${request.method} ${request.url}`);
      const code = isAppError(error) ? error.code : codeOfStatus(status);
      return reply.code(status).send({ error: { code, message: messageOf(error) } });
    });
    addFrameRoutes(app, deps);
    if (deps.logEngine) addLogRoutes(app, { logEngine: deps.logEngine });
    if (deps.traces) addTraceRoutes(app, deps.traces);
    if (deps.slos) addSloRoutes(app, deps.slos);
    if (deps.advisor) addAdviceRoutes(app, deps.advisor);
    if (deps.discoveryProblems) addDiscoveryRoutes(app, deps.discoveryProblems);
    app.get('/api/ui/status', ({ identity, headers }) => ({
      ...deps.status(),
      ...(identity && headers.authorization === undefined && { session: { name: identity.name } }),
    }));
    const { doctor } = deps;
    if (doctor) app.get('/api/ui/doctor', () => doctor());
    app.get('/api/ui/notifications', () => deps.notifications());
    app.get('/api/ui/dashboards', () => deps.dashboards.list());
    app.get<{ Params: { uid: string } }>('/api/ui/dashboards/:uid', async ({ params }, _reply) => {
      const answer = deps.dashboards.get(params.uid);
      if (!answer) throw uiError('ui.not_found', `there is no dashboard with the uid "${params.uid}"; the list shows those that exist`);
      return withOptions(answer, deps);
    });
  };
}
