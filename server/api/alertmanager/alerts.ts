// /api/v2/alerts, /api/v2/alerts/groups and /api/v2/receivers.
import type { FastifyInstance } from 'fastify';
import type { PostedAlert } from '../../alerting/inbox.ts';
import { FormValues } from '../../http/form-values.ts';
import { isAppError } from '../../model/app-error.ts';
import { compareText } from '../../model/labels.ts';
import type { AlertmanagerApiDeps } from './deps.ts';
import { apiError } from './errors.ts';
import { compareGroups, readAlertFilter } from './filters.ts';
import { alertModel, encode, groupModel } from './format.ts';
import { readAlerts } from './schema.ts';

const JSON_TYPE = 'application/json';

/** Adds the routes about alerts. */
export function addAlertRoutes(app: FastifyInstance, { alerting }: AlertmanagerApiDeps): void {
  const config = { access: 'read' as const };

  app.get('/api/v2/alerts', { config }, (request, reply) => {
    const filter = readAlertFilter(FormValues.ofUrl(request.url));
    const views = alerting
      .alerts()
      .filter(filter.accepts)
      .toSorted((a, b) => compareText(a.alert.fingerprint, b.alert.fingerprint));
    return reply.type(JSON_TYPE).send(encode(views.map(alertModel)));
  });

  app.get('/api/v2/alerts/groups', { config }, (request, reply) => {
    const filter = readAlertFilter(FormValues.ofUrl(request.url));
    const models = alerting
      .groups()
      .filter((group) => filter.acceptsReceiver(group.receiver))
      .toSorted(compareGroups)
      .map((group) => ({ group, alerts: group.alerts.filter(filter.accepts) }))
      .filter(({ alerts }) => alerts.length > 0)
      .map(({ group, alerts }) => groupModel(group, alerts));
    return reply.type(JSON_TYPE).send(encode(models));
  });

  app.get('/api/v2/receivers', { config }, (_request, reply) =>
    reply.type(JSON_TYPE).send(encode(alerting.receivers().map((name) => ({ name })))),
  );

  app.post('/api/v2/alerts', (request, reply) => {
    receive(readAlerts(request.body));
    return reply.code(200).send();
  });

  /** Good alerts are taken even beside bad ones, which are then reported together. */
  function receive(posted: readonly PostedAlert[]): void {
    const faults: string[] = [];
    for (const alert of posted) {
      try {
        alerting.receive([alert]);
      } catch (error) {
        if (!isAppError(error, 'alerting.bad_alert')) throw error;
        faults.push(error.message);
      }
    }
    if (faults.length > 0) throw apiError('alertmanager.bad_request', faults.slice(0, 100).join('\n'));
  }
}
