// The API of the Pushgateway: https://github.com/prometheus/pushgateway#api. All of it is under /pushgateway, which the listener on 9091 puts before
// every path; what does not clash with other dialects is at its own path on the main address, too.
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { httpError, kernelStatusOf } from '../../http/errors.ts';
import { isAppError, messageOf } from '../../model/app-error.ts';
import { exposeText } from '../../push/expose.ts';
import { exposeProtobuf } from '../../push/expose-protobuf.ts';
import type { PushGroups } from '../../push/push-groups.ts';
import type { ObservePush } from '../../push/push-metrics.ts';
import type { PushedLabels } from '../../push/pushed-family.ts';
import { readProtobufFamilies } from '../../push/read-protobuf.ts';
import { readTextFamilies } from '../../push/read-text.ts';
import { parseGroupingPath } from './grouping-path.ts';
import { groupsToJson } from './json.ts';

/** What the Pushgateway's API needs of the server. */
export interface PushgatewayApiDeps {
  readonly groups: PushGroups;
  readonly version: string;
  readonly startedAtMs: number;
  isReady(): boolean;
  /** Told what became of each push. */
  readonly observe?: ObservePush | undefined;
  /** Whether all groups may be wiped. */
  isAdminEnabled(): boolean;
  /** Of all pushes that are not answered yet; those beyond it are refused. Default 64 MiB. */
  readonly maxWaitingBytes?: number | undefined;
  /** Address of the main listener, for people who look at the root. */
  url(): string;
  reportError(error: unknown, request: string): void;
}

/** Before every path of this dialect. */
export const PUSHGATEWAY_PREFIX = '/pushgateway';

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'push.bad_body': 400,
  'push.inconsistent': 400,
  'push.too_much': 507,
  'storage.overloaded': 503,
  'storage.closed': 503,
};
/** A group is held and written as a whole. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Of the bodies of all pushes that are read, checked or written, or wait for their turn. */
const MAX_WAITING_BYTES = 8 * MAX_BODY_BYTES;
const TEXT = 'text/plain; charset=utf-8';
const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8';

/** PUT, POST and DELETE of groups, what they hold, and the state of the gateway. */
export function pushgatewayApi(deps: PushgatewayApiDeps): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    // As upstream: what is not protobuf is in the text format, whatever it calls itself.
    app.addHook('onRequest', async (request) => {
      if (!isProtobuf(request)) request.headers['content-type'] = 'text/plain';
    });
    app.setErrorHandler((error: FastifyError, request, reply) => answerError(deps, error, request, reply));
    const push = createPush(deps);
    for (const prefix of ['', PUSHGATEWAY_PREFIX]) addGroupRoutes(app, deps, push, prefix);
    addStateRoutes(app, deps);
  };
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Takes pushes, as long as those that are not answered yet are not too many. */
function createPush({ groups, observe, maxWaitingBytes = MAX_WAITING_BYTES }: PushgatewayApiDeps): (replacesGroup: boolean) => Handler {
  let waitingBytes = 0;
  return (replacesGroup) => async (request, reply) => {
    const labels = labelsOf(request);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (waitingBytes + body.length > maxWaitingBytes)
      throw httpError('http.busy', `too many pushes are waiting (${maxWaitingBytes} bytes in all); send this one again later`);
    waitingBytes += body.length;
    try {
      await groups.push(labels, isProtobuf(request) ? readProtobufFamilies(body) : readTextFamilies(body), replacesGroup);
    } finally {
      waitingBytes -= body.length;
    }
    observe?.('ok');
    return reply.code(200).send();
  };
}

function labelsOf(request: FastifyRequest): PushedLabels {
  const path = request.url.split('?', 1)[0] as string;
  return parseGroupingPath(path.slice(path.indexOf('/metrics/') + '/metrics/'.length));
}

function addGroupRoutes(
  app: FastifyInstance,
  { groups, isAdminEnabled, observe }: PushgatewayApiDeps,
  push: ReturnType<typeof createPush>,
  prefix: string,
): void {
  app.put(`${prefix}/metrics/*`, { bodyLimit: MAX_BODY_BYTES }, push(true));
  app.post(`${prefix}/metrics/*`, { bodyLimit: MAX_BODY_BYTES }, push(false));
  app.delete(`${prefix}/metrics/*`, async (request, reply) => {
    await groups.delete(labelsOf(request));
    observe?.('ok');
    return reply.code(202).send();
  });
  app.get(`${prefix}/api/v1/metrics`, (_request, reply) => reply.type('application/json').send(groupsToJson(groups.groups)));
  app.put(`${prefix}/api/v1/admin/wipe`, async (_request, reply) => {
    if (!isAdminEnabled()) throw httpError('http.not_found', 'Admin API is not enabled: start with --enable-admin-api');
    await groups.wipe();
    return reply.code(202).send();
  });
}

function addStateRoutes(app: FastifyInstance, deps: PushgatewayApiDeps): void {
  const { groups, version, startedAtMs, isReady, url } = deps;
  const open = { config: { access: 'open' } } as const;
  const prefix = PUSHGATEWAY_PREFIX;
  app.get(`${prefix}/metrics`, (request, reply) => {
    const wantsProtobuf = /^application\/vnd\.google\.protobuf\b/i.test(request.headers.accept ?? '');
    if (!wantsProtobuf) return reply.type(EXPOSITION).send(Buffer.from(exposeText(groups.groups)));
    return reply.type(PROTOBUF).send(Buffer.from(exposeProtobuf(groups.groups)));
  });
  app.get(`${prefix}/api/v1/status`, (_request, reply) => {
    const data = { build_information: { version }, flags: {}, start_time: new Date(startedAtMs).toISOString() };
    return reply.type('application/json').send(JSON.stringify({ status: 'success', data }));
  });
  app.get(`${prefix}/-/healthy`, open, (_request, reply) => reply.type(TEXT).send('OK'));
  app.get(`${prefix}/-/ready`, open, (_request, reply) =>
    reply
      .code(isReady() ? 200 : 503)
      .type(TEXT)
      .send(isReady() ? 'OK' : 'not ready'),
  );
  for (const path of [prefix, `${prefix}/`]) app.get(path, (_request, reply) => reply.redirect(`${url()}/targets`));
}

function isProtobuf(request: FastifyRequest): boolean {
  const type = request.headers['content-type'] ?? '';
  return (
    /^application\/vnd\.google\.protobuf\s*;/i.test(type) &&
    /;\s*encoding="?delimited"?\s*(;|$)/i.test(type) &&
    /;\s*proto="?io\.prometheus\.client\.MetricFamily"?\s*(;|$)/i.test(type)
  );
}

function answerError(
  { reportError, observe }: PushgatewayApiDeps,
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = (isAppError(error) ? STATUS_OF_CODE[error.code] : undefined) ?? kernelStatusOf(error) ?? 500;
  if (status === 500) reportError(error, `${request.method} ${request.url}`);
  if (request.method !== 'GET') observe?.(status < 500 ? 'refused' : 'failed');
  if (status === 503) reply.header('Retry-After', '5');
  return reply
    .code(status)
    .type(TEXT)
    .send(`${messageOf(error)}\n`);
}
