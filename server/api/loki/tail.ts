// GET /loki/api/v1/tail: a WebSocket on which lines leave as they arrive. The store is asked every second for the newest lines; those
// of the last seconds are asked for again, because lines arrive a little later than their time, and remembered, so that none leaves twice.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { takeUpgrade } from '../../http/upgrade.ts';
import type { ResultStream } from '../../logql/query.ts';
import { messageOf } from '../../model/app-error.ts';
import type { LokiApiDeps } from './deps.ts';
import { lokiError } from './errors.ts';
import { labelsJson } from './json.ts';
import { HOUR_NS, limitOf, MS_NS, parametersOf, SECOND_NS, spanOf } from './parameters.ts';
import { streamsJson } from './streams-json.ts';

const EVERY_MS = 1_000;
const LATE_NS = 10n * SECOND_NS;
const AHEAD_NS = 600n * SECOND_NS;
/** More lines than this do not leave at once; what is left out is told. */
const MAX_LINES = 5_000;
const MAX_TAILS = 10;
const MAX_DELAY_SECONDS = 5;
const MAX_DURATION_MS = 3_600_000;
/** A client that is so far behind gets nothing new until it has read. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const MAX_KEPT = 200;
// Of RFC 6455.
const NORMAL = 1000;
const INTERNAL_ERROR = 1011;
const MAX_REASON_BYTES = 120;

/** Adds the route. */
export function addTailRoute(app: FastifyInstance, deps: LokiApiDeps): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });

  app.get('/loki/api/v1/tail', { config: { access: 'read' } }, (request, reply) => {
    const values = parametersOf(request);
    const query = values.get('query');
    if (deps.engine.check(query) !== 'streams') throw lokiError('loki.bad_request', 'only log queries can be tailed');
    const limit = Math.min(MAX_LINES, limitOf(values));
    const { startNs } = spanOf(values, deps.clock, HOUR_NS);
    const delay = values.get('delay_for');
    if (!/^\d*$/.test(delay) || Number(delay) > MAX_DELAY_SECONDS)
      throw lokiError('loki.bad_request', `delay_for can't be greater than ${MAX_DELAY_SECONDS}`);
    if (sockets.clients.size >= MAX_TAILS)
      throw lokiError('loki.bad_request', `max concurrent tail requests limit exceeded, count > limit (${MAX_TAILS + 1} > ${MAX_TAILS})`);
    const upgrade = takeUpgrade(request, reply);
    if (!upgrade) throw lokiError('loki.bad_request', 'a tail is a WebSocket: ask with "Connection: Upgrade" and "Upgrade: websocket"');
    sockets.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (socket) => {
      new Tail(deps, socket, { query, limit, startNs, delayNs: BigInt(delay) * SECOND_NS }).start();
    });
  });
}

interface TailRequest {
  readonly query: string;
  /** Lines of the past that leave at first. */
  readonly limit: number;
  readonly startNs: bigint;
  readonly delayNs: bigint;
}

class Tail {
  readonly #deps: LokiApiDeps;
  readonly #socket: WebSocket;
  readonly #request: TailRequest;
  readonly #abort = new AbortController();
  /** Lines that have left, with how often: by time, stream and text. Only of the time that is asked for again. */
  #sent = new Map<string, number>();
  #isFirst = true;
  /** Lines before this have left or will not. */
  #fromNs: bigint;

  constructor(deps: LokiApiDeps, socket: WebSocket, request: TailRequest) {
    this.#deps = deps;
    this.#socket = socket;
    this.#request = request;
    this.#fromNs = request.startNs;
  }

  start(): void {
    const { clock, reportError } = this.#deps;
    const end = clock.after(MAX_DURATION_MS, () => this.#socket.close(NORMAL, 'reached tail max duration limit'));
    this.#socket.on('error', () => this.#socket.terminate());
    this.#socket.once('close', () => {
      end.cancel();
      this.#abort.abort(new Error('the client went away'));
    });
    this.#run().catch((error: unknown) => {
      if (this.#abort.signal.aborted) return;
      reportError(error, 'GET /loki/api/v1/tail');
      this.#socket.close(INTERNAL_ERROR, Buffer.from(messageOf(error)).subarray(0, MAX_REASON_BYTES));
    });
  }

  async #run(): Promise<void> {
    let limit = this.#request.limit;
    while (!this.#abort.signal.aborted) {
      if (this.#socket.bufferedAmount < MAX_WAITING_BYTES) {
        await this.#poll(limit);
        limit = MAX_LINES;
      }
      await new Promise<void>((resolve) => this.#deps.clock.after(EVERY_MS, resolve));
    }
  }

  async #poll(limit: number): Promise<void> {
    const { query, delayNs } = this.#request;
    const nowNs = BigInt(this.#deps.clock.nowMs()) * MS_NS;
    const endNs = delayNs > 0n ? nowNs - delayNs : nowNs + AHEAD_NS;
    const span = { startNs: this.#fromNs, endNs, stepNs: SECOND_NS };
    const asked = { query, ...span, limit, direction: 'backward', signal: this.#abort.signal } as const;
    const { value } = await this.#deps.engine.range({ ...asked, timeoutMs: this.#deps.queryTimeoutMs });
    const streams = value.type === 'streams' ? value.streams : [];
    const isFull = streams.reduce((sum, { entries }) => sum + entries.length, 0) === limit;
    const fresh = this.#fresh(streams);
    // The past is cut to what was asked for; later, a full answer means that there was more than can be told.
    const dropped = isFull && !this.#isFirst ? fresh.map(oldestOf) : [];
    this.#isFirst = false;
    const oldestNs = isFull ? oldestOfAll(fresh) : 0n;
    for (const fromNs of [nowNs - delayNs - LATE_NS, oldestNs]) if (fromNs > this.#fromNs) this.#fromNs = fromNs;
    if (fresh.length > 0) this.#socket.send(messageOfStreams(fresh, dropped));
  }

  /** What has not left yet, oldest first; remembers it. */
  #fresh(streams: readonly ResultStream[]): readonly ResultStream[] {
    const seen = new Map<string, number>();
    const fresh: ResultStream[] = [];
    for (const { labels, entries } of streams) {
      const rest = entries.filter(({ timestampNs, line }) => {
        const key = `${timestampNs} ${labels.key()} ${shortened(line)}`;
        const count = (seen.get(key) ?? 0) + 1;
        seen.set(key, count);
        return count > (this.#sent.get(key) ?? 0);
      });
      if (rest.length > 0) fresh.push({ labels, entries: rest.reverse() });
    }
    this.#sent = seen;
    return fresh;
  }
}

/** A text that stands for a line, so that long lines are not kept. */
function shortened(line: string): string {
  return line.length < MAX_KEPT ? line : createHash('sha1').update(line).digest('base64');
}

function oldestOfAll(streams: readonly ResultStream[]): bigint {
  let [oldestNs = 0n, ...rest] = streams.map((stream) => oldestOf(stream).timestampNs);
  for (const timestampNs of rest) if (timestampNs < oldestNs) oldestNs = timestampNs;
  return oldestNs;
}

interface Dropped {
  readonly labels: ResultStream['labels'];
  /** Lines before this are missing. */
  readonly timestampNs: bigint;
}

function oldestOf({ labels, entries }: ResultStream): Dropped {
  return { labels, timestampNs: entries[0]?.timestampNs ?? 0n };
}

function messageOfStreams(streams: readonly ResultStream[], dropped: readonly Dropped[]): string {
  const told = dropped.map(({ labels, timestampNs }) => `{"labels":${labelsJson(labels)},"timestamp":"${timestampNs}"}`);
  const tail = told.length > 0 ? `,"dropped_entries":[${told.join(',')}]` : '';
  return `{"streams":[${[...streamsJson(streams)].join('')}]${tail}}`;
}
