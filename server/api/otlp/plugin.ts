// OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp. Served on the main address and on 4318.
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { encodeStatus, type OtlpEncoding } from '../../formats/otlp/encode-answer.ts';
import { httpError } from '../../http/errors.ts';
import { toErrorAnswer } from './errors.ts';
import { exportLogs, exportMetrics, exportTraces, type OtlpExport, type OtlpReceivers } from './exports.ts';

/** What OTLP needs of the server. */
export interface OtlpApiDeps extends OtlpReceivers {
  reportError(error: unknown, request: string): void;
}

const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' };
const RETRY_AFTER_SECONDS = '2';

/** By path; metrics also at that of Prometheus. */
const EXPORTS: Readonly<Record<string, OtlpExport>> = {
  '/v1/traces': exportTraces,
  '/v1/logs': exportLogs,
  '/v1/metrics': exportMetrics,
  '/api/v1/otlp/v1/metrics': exportMetrics,
};

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

    for (const [path, take] of Object.entries(EXPORTS))
      app.post(path, async (request, reply) => send(reply, request, await take(deps, bodyOf(request), encodingOf(request))));
  };
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
