// A bound on the bytes of all request bodies that are being received or worked on: a thousand connections that each send what a
// single request may would otherwise fill the memory.
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import { httpError } from './errors.ts';

/** Default of `maxBodyBytes`. */
export const DEFAULT_MAX_BODY_BYTES = 256 * 1024 * 1024;
/** Bodies that announce no more than this are always taken: all connections together could not hold much of them. */
const SMALL_BYTES = 64 * 1024;
/** So many chunks of up to 64 KB are taken in a millisecond or two. */
const BODIES_AT_ONCE = 8;
const RETRY_AFTER_SECONDS = '5';
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** The bytes of bodies in flight, after decompression. */
export interface BodyBudget {
  readonly usedBytes: number;
}

/**
 * Refuses bodies beyond `maxBytes` in all with `http.busy`. To be called after the decompression was registered, for all routes that
 * follow.
 */
export function limitBodies(app: FastifyInstance, maxBytes: number): BodyBudget {
  const budget = { usedBytes: 0 };
  const turns = new Turns();
  const hook = (
    request: FastifyRequest,
    reply: FastifyReply,
    payload: RequestPayload,
    done: (error: null, payload: RequestPayload) => void,
  ) => {
    if (!isSmall(request)) count(payload, reply, budget, maxBytes, turns);
    done(null, payload);
  };
  app.addHook('onRoute', (route) => {
    if ([route.method].flat().every((method) => READING.has(method))) return;
    // The last hook before the parser, so that what was decompressed is counted and no data is missed.
    route.preParsing = [...[route.preParsing ?? []].flat(), hook];
  });
  return budget;
}

function isSmall({ headers }: FastifyRequest): boolean {
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  return isPlain && Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= SMALL_BYTES;
}

function count(payload: RequestPayload, reply: FastifyReply, budget: { usedBytes: number }, maxBytes: number, turns: Turns): void {
  let heldBytes = 0;
  let isRefused = false;
  const release = () => {
    budget.usedBytes -= heldBytes;
    heldBytes = 0;
  };
  reply.raw.once('close', release);
  payload.on('data', (chunk: Buffer) => {
    turns.wait(payload);
    // What comes after a refusal is read and forgotten, so that the client gets to see the answer.
    if (isRefused || reply.raw.closed) return;
    if (budget.usedBytes + chunk.length <= maxBytes) {
      budget.usedBytes += chunk.length;
      heldBytes += chunk.length;
      return;
    }
    isRefused = true;
    release();
    reply.header('Retry-After', RETRY_AFTER_SECONDS);
    const error = httpError(
      'http.busy',
      `too many request bodies are being received at once (${maxBytes} bytes in all); send this one again later`,
    );
    // Destroying the request itself would take the connection along.
    if (payload.listenerCount('error') > 0) payload.emit('error', error);
    else payload.destroy(error);
  });
}

/**
 * Lets a few bodies go on in each turn of the event loop. Node would read up to 2 MB from each connection, one after the other, and take
 * in one new connection each turn: hundreds that send at once would hold up everybody else for seconds.
 */
class Turns {
  #waiting: RequestPayload[] = [];

  /** Halts a body that has sent something until it is its turn again. */
  wait(payload: RequestPayload): void {
    payload.pause();
    if (this.#waiting.length === 0) setImmediate(() => this.#next());
    this.#waiting.push(payload);
  }

  #next(): void {
    const first = this.#waiting.slice(0, BODIES_AT_ONCE);
    this.#waiting = this.#waiting.slice(BODIES_AT_ONCE);
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
    for (const payload of first) payload.resume();
  }
}
