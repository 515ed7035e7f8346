// Fastify answers a body that it refuses, and closes the connection. A client that is still sending would find the connection broken
// before it reads why: what is left of the body is read and forgotten first.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Clock, Timer } from '../model/clock.ts';

/** A client that sends nothing for so long waits for its answer … */
const PAUSE_MS = 250;
/** … and one that does not end gets it after this time. */
const MOST_MS = 10_000;

/** Lets refusals wait until their bodies have been read. To be called before the routes are registered. */
export function readRefusedBodies(app: FastifyInstance, clock: Clock): void {
  app.addHook('onSend', async (request, reply) => {
    // The header is how Fastify says that it refuses the body.
    if (!request.raw.complete && reply.getHeader('connection') === 'close') await readOn(request.raw, clock);
  });
}

function readOn(body: IncomingMessage, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let pause: Timer | undefined;
    const finish = () => {
      pause?.cancel();
      most.cancel();
      body.off('data', wait).off('end', finish).off('close', finish);
      resolve();
    };
    const wait = () => {
      pause?.cancel();
      pause = clock.after(PAUSE_MS, finish);
    };
    const most = clock.after(MOST_MS, finish);
    wait();
    body.on('data', wait).once('end', finish).once('close', finish);
    body.resume();
  });
}
