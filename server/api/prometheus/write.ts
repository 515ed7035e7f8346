// POST /api/v1/write: remote write 1.0 and 2.0. https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readWriteRequest } from '../../formats/remote-write/write-request-v1.ts';
import { readRequestV2 } from '../../formats/remote-write/write-request-v2.ts';
import { decompressSnappy } from '../../formats/snappy/snappy.ts';
import type { WriteOutcome } from '../../receive/samples.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { answerPlainErrors, takeBytes } from './plain-errors.ts';
import { checkEncoding, protocolOf } from './write-protocol.ts';

/**
 * Adds the route; `app` is its alone, because its bodies are bytes and its errors plain text. With `?backfill=true` samples may be older
 * than what their series have already, however much: so does `alidade import` send them.
 */
export async function addWriteRoute(app: FastifyInstance, deps: PrometheusApiDeps): Promise<void> {
  const { server } = deps.config();
  const { maxRequestBytes } = server.limits;
  takeBytes(app, maxRequestBytes);
  answerPlainErrors(app, deps);
  const withTypeAndUnit = server.query.features.typeAndUnitLabels;

  // Before the body is read, as Prometheus does.
  const onRequest = async ({ headers }: FastifyRequest) => {
    protocolOf(headers['content-type'] ?? '');
    checkEncoding(headers['content-encoding'] ?? '');
  };

  app.post('/api/v1/write', { decompress: false, onRequest }, async ({ headers, body, query }, reply) => {
    const isBackfill = (query as { readonly backfill?: unknown }).backfill === 'true';
    const protocol = protocolOf(headers['content-type'] ?? '');
    const bytes = await decompressSnappy(Buffer.isBuffer(body) ? body : Buffer.alloc(0), maxRequestBytes);
    const request = protocol === '1.0' ? readWriteRequest(bytes) : readRequestV2(bytes, { withTypeAndUnit });
    const outcome = await deps.receiver.write(request, protocol, { isBackfill });
    if (protocol === '2.0') tellWritten(reply, outcome);
    const { refusals } = outcome;
    if (refusals.isEmpty) return reply.code(204).send();
    // What was refused would be refused again.
    const text = protocol === '1.0' ? refusals.first : refusals.toString();
    return reply.code(400).type('text/plain; charset=utf-8').send(`${text}\n`);
  });
}

function tellWritten(reply: FastifyReply, { samples, histograms, exemplars }: WriteOutcome): void {
  reply.headers({
    'X-Prometheus-Remote-Write-Samples-Written': String(samples),
    'X-Prometheus-Remote-Write-Histograms-Written': String(histograms),
    'X-Prometheus-Remote-Write-Exemplars-Written': String(exemplars),
  });
}
