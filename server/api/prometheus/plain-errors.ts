// What the two remote protocols share: bodies are bytes, errors plain text.
import type { FastifyError, FastifyInstance } from 'fastify';
import { kernelStatusOf } from '../../http/errors.ts';
import { isAppError, messageOf } from '../../model/app-error.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { toErrorAnswer } from './errors.ts';

const RETRY_AFTER_SECONDS = '5';

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'remote_write.bad_protobuf': 400,
  'remote_read.bad_protobuf': 400,
  'remote_read.too_many_samples': 400,
  'snappy.corrupt': 400,
  'snappy.too_large': 413,
};

/** Bodies of any type arrive as a Buffer of up to `maxBytes`. */
export function takeBytes(app: FastifyInstance, maxBytes: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBytes }, (_request, body, done) => done(null, body));
}

/** Answers errors as Go's http.Error does. What may be tried again has a status of 500 or more, so that senders do. */
export function answerPlainErrors(app: FastifyInstance, { reportError }: PrometheusApiDeps): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const code = isAppError(error) ? error.code : '';
    const status = STATUS_OF_CODE[code] ?? kernelStatusOf(error) ?? toErrorAnswer(error).status;
    if (status === 500) reportError(error, `${request.method} ${request.url}`);
    if (status === 503) reply.header('Retry-After', RETRY_AFTER_SECONDS);
    const text = code === 'snappy.corrupt' ? 'snappy: corrupt input' : messageOf(error);
    return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
  });
}
