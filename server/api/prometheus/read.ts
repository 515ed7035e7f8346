// POST /api/v1/read: remote read, in samples or in streamed chunks.
// https://prometheus.io/docs/prometheus/latest/querying/remote_read_api/
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { readReadRequest } from '../../formats/remote-read/read-request.ts';
import { encodeReadResponse, type QueryResult } from '../../formats/remote-read/sampled-answer.ts';
import { compressSnappy, decompressSnappy } from '../../formats/snappy/snappy.ts';
import { abortOnDisconnect } from '../../http/abort.ts';
import { Gate } from '../../workers/gate.ts';
import type { PrometheusApiDeps, RemoteReadLimits } from './deps.ts';
import { apiError } from './errors.ts';
import { answerPlainErrors, takeBytes } from './plain-errors.ts';
import { type ReadScope, readFrames, readSamples } from './read-series.ts';

/** Numbers of prometheus.ReadRequest.ResponseType. */
const SAMPLES = 0;
const STREAMED_XOR_CHUNKS = 1;
/** A request holds matchers, no data. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
const MAX_WAITING = 100;

/** Prometheus' own defaults of `--storage.remote.read-*`. */
export const DEFAULT_READ_LIMITS: RemoteReadLimits = Object.freeze({ maxSamples: 50_000_000, concurrency: 10, maxFrameBytes: 1_048_576 });

/** Adds the route; `app` is its alone, because its bodies are bytes and its errors plain text. */
export async function addReadRoute(app: FastifyInstance, deps: PrometheusApiDeps): Promise<void> {
  takeBytes(app, MAX_REQUEST_BYTES);
  answerPlainErrors(app, deps);
  const limits = deps.remoteRead ?? DEFAULT_READ_LIMITS;
  const capacity = limits.concurrency === 0 ? Number.POSITIVE_INFINITY : limits.concurrency;
  const gate = new Gate(capacity, MAX_WAITING, (message) => apiError('unavailable', message));

  app.post('/api/v1/read', { decompress: false, compress: false, config: { access: 'own' } }, async ({ body }, reply) => {
    const bytes = await decompressSnappy(Buffer.isBuffer(body) ? body : Buffer.alloc(0), MAX_REQUEST_BYTES);
    const request = readReadRequest(bytes);
    const type = responseType(request.acceptedTypes);
    const signal = abortOnDisconnect(reply);
    const scope: ReadScope = { metrics: deps.metrics, externalLabels: deps.config().prometheus.externalLabels, signal };
    await gate.enter(signal);
    if (type === STREAMED_XOR_CHUNKS) {
      const frames = leavingGate(readFrames(request.queries, scope, limits.maxFrameBytes), gate);
      // What fails at once is answered like any other error.
      const first = await frames.next();
      // A stream that nobody reads is never begun, so that it would not end either.
      signal.addEventListener('abort', () => void frames.return());
      reply.type('application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse');
      return first.done ? reply.send('') : reply.send(Readable.from(startingWith(first.value, frames), { objectMode: false }));
    }
    const results: QueryResult[] = [];
    try {
      for (const query of request.queries) results.push(await readSamples(query, scope, limits.maxSamples));
    } finally {
      gate.leave();
    }
    reply.header('Content-Encoding', 'snappy').type('application/x-protobuf');
    return reply.send(await compressSnappy(encodeReadResponse(results)));
  });
}

/** The first type that we have; without a wish it is samples. */
function responseType(accepted: readonly number[]): number {
  if (accepted.length === 0) return SAMPLES;
  const found = accepted.find((type) => type === SAMPLES || type === STREAMED_XOR_CHUNKS);
  if (found !== undefined) return found;
  const names = 'map[SAMPLES:{} STREAMED_XOR_CHUNKS:{}]';
  throw apiError('bad_data', `server does not support any of the requested response types: [${accepted.join(' ')}]; supported: ${names}`);
}

async function* leavingGate<T>(items: AsyncGenerator<T, void>, gate: Gate): AsyncGenerator<T, void> {
  try {
    yield* items;
  } finally {
    gate.leave();
  }
}

async function* startingWith<T>(first: T, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return();
  }
}
