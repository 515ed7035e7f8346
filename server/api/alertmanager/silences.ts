// /api/v2/silences and /api/v2/silence/:id.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FormValues } from '../../http/form-values.ts';
import type { AlertmanagerApiDeps } from './deps.ts';
import { apiError } from './errors.ts';
import { compareSilences, readLabelFilter } from './filters.ts';
import { encode, silenceModel } from './format.ts';
import { readSilence, readSilenceId } from './schema.ts';

const JSON_TYPE = 'application/json';
type ById = { Params: { id: string } };

/** Adds the routes about silences. */
export function addSilenceRoutes(app: FastifyInstance, { alerting, clock }: AlertmanagerApiDeps): void {
  const config = { access: 'read' as const };
  const { silences } = alerting;

  app.get('/api/v2/silences', { config }, (request: FastifyRequest, reply) => {
    const isWanted = readLabelFilter(FormValues.ofUrl(request.url));
    const found = silences
      .list()
      .filter(({ matchers }) => isWanted((name) => matchers.findLast((matcher) => matcher.name === name)?.value ?? ''))
      .map((silence) => [silence, silences.stateOf(silence)] as const)
      .toSorted(compareSilences);
    return reply.type(JSON_TYPE).send(encode(found.map(([silence, state]) => silenceModel(silence, state))));
  });

  app.post('/api/v2/silences', async (request, reply) => {
    const silence = readSilence(request.body);
    const refuse = (reason: string) => apiError('alertmanager.bad_request', `Failed to create silence: ${reason}`);
    if (silence.startsAtMs >= silence.endsAtMs) throw refuse('start time must be before end time');
    if (silence.endsAtMs < clock.nowMs()) throw refuse("end time can't be in the past");
    return reply.type(JSON_TYPE).send(encode({ silenceID: await silences.set(silence) }));
  });

  app.get<ById>('/api/v2/silence/:id', { config }, ({ params }, reply) => {
    const silence = silences.get(readSilenceId(params.id));
    return silence ? reply.type(JSON_TYPE).send(encode(silenceModel(silence, silences.stateOf(silence)))) : notFound(reply);
  });

  app.delete<ById>('/api/v2/silence/:id', async ({ params }, reply) => {
    const id = readSilenceId(params.id);
    if (!silences.get(id)) return notFound(reply);
    await silences.expire(id);
    return reply.code(200).send();
  });
}

function notFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).send();
}
