// OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp. Served on the main address and on 4318.
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { decodeTracesJson } from '../../formats/otlp/decode-json.ts';
import { decodeLogs, decodeLogsJson } from '../../formats/otlp/decode-logs.ts';
import { readMetrics } from '../../formats/otlp/decode-metrics.ts';
import { readMetricsJson } from '../../formats/otlp/decode-metrics-json.ts';
import { decodeTracesInTurns } from '../../formats/otlp/decode-protobuf.ts';
import { encodeExportAnswer, encodeStatus, type OtlpEncoding } from '../../formats/otlp/encode-answer.ts';
import { httpError } from '../../http/errors.ts';
import type { Clock } from '../../model/clock.ts';
import type { LogReceiver } from '../../receive/logs.ts';
import type { MetricReceiver } from '../../receive/otlp-metrics.ts';
import type { SpanReceiver } from '../../receive/spans.ts';
import { toErrorAnswer } from './errors.ts';

/** What OTLP needs of the server. */
export interface OtlpApiDeps {
  readonly spans: SpanReceiver;
  /** Where log records go; without it /v1/logs is not there. */
  readonly logs?: { readonly receiver: LogReceiver; readonly clock: Clock } | undefined;
  /** Where data points go; without it /v1/metrics is not there. */
  readonly metrics?: MetricReceiver | undefined;
  reportError(error: unknown, request: string): void;
}

const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' };
const RETRY_AFTER_SECONDS = '2';
const NS_PER_MS = 1_000_000n;

/** Besides OTLP's own path that of Prometheus. */
const METRICS_PATHS = ['/v1/metrics', '/api/v1/otlp/v1/metrics'];

/** POST /v1/traces, /v1/logs and /v1/metrics, in protobuf and JSON; answers come in the encoding of the request. */
export function otlpApi(deps: OtlpApiDeps): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      ['application/x-protobuf', 'application/protobuf', 'application/json'],
      { parseAs: 'buffer' },
      (_request, body, done) => done(null, body),
    );
    // The body of any other type is not read: Fastify would answer the same, but name no cure.
    app.addContentTypeParser('*', (request, _payload, done) => done(unsupportedType(request.headers['content-type'])));
    app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const answer = toErrorAnswer(error);
      if (answer.status === 500) deps.reportError(error, `${request.method} ${request.url}`);
      if (answer.status === 503 || answer.status === 429) reply.header('Retry-After', RETRY_AFTER_SECONDS);
      return send(reply.code(answer.status), request, encodeStatus(answer.code, answer.message, encodingOf(request)));
    });

    app.post('/v1/traces', async (request, reply) => {
      const encoding = encodingOf(request);
      const body = bodyOf(request);
      const spans = encoding === 'json' ? decodeTracesJson(body.toString()) : await decodeTracesInTurns(body);
      const { rejectedSpans, errorMessage } = await deps.spans.push(spans);
      return send(reply, request, encodeExportAnswer({ signal: 'spans', rejected: rejectedSpans, message: errorMessage }, encoding));
    });
    if (deps.logs) addLogRoute(app, deps.logs);
    if (deps.metrics) addMetricRoutes(app, deps.metrics);
  };
}

function addLogRoute(app: FastifyInstance, { receiver, clock }: NonNullable<OtlpApiDeps['logs']>): void {
  app.post('/v1/logs', async (request, reply) => {
    const encoding = encodingOf(request);
    const body = bodyOf(request);
    const nowNs = BigInt(clock.nowMs()) * NS_PER_MS;
    const streams = encoding === 'json' ? decodeLogsJson(body.toString(), nowNs) : await decodeLogs(body, nowNs);
    const { refused, message } = await receiver.push(streams);
    return send(reply, request, encodeExportAnswer({ signal: 'logs', rejected: refused, message }, encoding));
  });
}

function addMetricRoutes(app: FastifyInstance, receiver: MetricReceiver): void {
  for (const path of METRICS_PATHS)
    app.post(path, async (request, reply) => {
      const encoding = encodingOf(request);
      const body = bodyOf(request);
      const { rejectedPoints, message } = await receiver.push((sink) =>
        encoding === 'json' ? readMetricsJson(body.toString(), sink) : readMetrics(body, sink),
      );
      return send(reply, request, encodeExportAnswer({ signal: 'metrics', rejected: rejectedPoints, message }, encoding));
    });
}

function send(reply: FastifyReply, request: FastifyRequest, body: Uint8Array): FastifyReply {
  return reply.type(CONTENT_TYPES[encodingOf(request)]).send(body);
}

function encodingOf(request: FastifyRequest): OtlpEncoding {
  return /^application\/json\b/i.test(request.headers['content-type'] ?? '') ? 'json' : 'protobuf';
}

/** An empty protobuf body is a request without spans; a request without a type is refused. */
function bodyOf(request: FastifyRequest): Buffer {
  if (Buffer.isBuffer(request.body)) return request.body;
  if (request.headers['content-type'] === undefined) throw unsupportedType(undefined);
  return Buffer.alloc(0);
}

function unsupportedType(type: string | undefined): Error {
  const got = type === undefined ? 'the request has no Content-Type' : `Content-Type ${JSON.stringify(type)} is not OTLP`;
  return httpError('http.unsupported_media_type', `${got}: send application/x-protobuf or application/json`);
}
