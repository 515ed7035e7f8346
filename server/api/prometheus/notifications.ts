// /api/v1/notifications and notifications/live: what a person should know about the server itself.
import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Timer } from '../../model/clock.ts';
import { toGoJson } from '../../model/go-json.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { objectJson, timeToJson } from './json.ts';
import { READ } from './route.ts';

/** Upstream's `--web.max-notifications-subscribers`. */
export const MAX_SUBSCRIBERS = 16;
const LOOK_EVERY_MS = 500;

interface Notification {
  readonly text: string;
  readonly sinceMs: number;
}

/** Adds the route that lists the notifications and the one that streams them as they come and go (server-sent events). */
export function addNotificationRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  const subscribers = new Set<PassThrough>();
  // Streams would otherwise keep the server from stopping.
  app.addHook('preClose', async () => {
    for (const subscriber of subscribers) subscriber.end();
  });

  app.get('/api/v1/notifications', READ, (_request, reply) =>
    sendData(
      reply,
      `[${notificationsOf(deps)
        .map((notification) => toJson(notification, true))
        .join(',')}]`,
    ),
  );

  app.get('/api/v1/notifications/live', { config: { access: 'read' }, exposeHeadRoute: false }, (_request, reply) => {
    if (subscribers.size >= MAX_SUBSCRIBERS) return reply.code(204).send();
    const stream = new PassThrough();
    // The client is to know that it is connected before there is anything to tell.
    reply.raw.once('pipe', () => setImmediate(() => reply.raw.flushHeaders()));
    subscribers.add(stream);
    const stop = follow(deps, (event) => stream.write(`data: ${event}\n\n`));
    stream.once('close', () => {
      stop();
      subscribers.delete(stream);
    });
    return reply.header('Cache-Control', 'no-cache').type('text/event-stream').send(stream);
  });
}

function notificationsOf({ lifecycle }: PrometheusApiDeps): Notification[] {
  const { atMs, succeeded } = lifecycle.lastReload();
  const isStarting = !lifecycle.isReady();
  return [
    ...(isStarting ? [{ text: 'Prometheus is starting and replaying the write-ahead log (WAL).', sinceMs: lifecycle.startedAtMs }] : []),
    ...(succeeded ? [] : [{ text: 'Configuration reload has failed.', sinceMs: atMs }]),
  ];
}

/** Tells `tell` what there is now, and from then on what appears and disappears. Answers how to stop. */
function follow(deps: PrometheusApiDeps, tell: (json: string) => void): () => void {
  let known = new Map<string, Notification>();
  let timer: Timer | undefined;
  const look = () => {
    const now = new Map(notificationsOf(deps).map((notification) => [notification.text, notification]));
    for (const [text, notification] of now) if (known.get(text)?.sinceMs !== notification.sinceMs) tell(toJson(notification, true));
    for (const [text, notification] of known) if (!now.has(text)) tell(toJson(notification, false));
    known = now;
    timer = deps.clock.after(LOOK_EVERY_MS, look);
  };
  look();
  return () => timer?.cancel();
}

function toJson({ text, sinceMs }: Notification, active: boolean): string {
  return objectJson({ text: toGoJson(text), date: timeToJson(sinceMs), active: String(active) });
}
