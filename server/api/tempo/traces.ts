import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formatTracesInTurns } from '../../formats/otlp/encode-json.ts';
import { encodeTracesInTurns } from '../../formats/otlp/encode-protobuf.ts';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { FormValues } from '../../http/form-values.ts';
import type { Clock } from '../../model/clock.ts';
import type { Span } from '../../model/span.ts';
import { toTraceId } from '../../model/trace-id.ts';
import { readTrace } from '../../traces/read-trace.ts';
import type { TempoApiDeps } from './deps.ts';
import { tempoError } from './errors.ts';
import { parametersOf, timeSpanOf } from './parameters.ts';

/** Far beyond what viewers show and what Tempo keeps of one trace (5 MB). */
const MAX_SPANS = 200_000;
const FIRST_FIELD_OF_BYTES = 10;

type TraceRequest = FastifyRequest<{ Params: { id: string } }>;

/** Adds GET /api/traces/:id, which answers with a trace, and /api/v2/traces/:id, which wraps it. `start` and `end` (seconds) bound where it is looked for: a trace without a span between them is not found, of one with some all spans are answered. */
export function addTraceRoutes(app: FastifyInstance, deps: TempoApiDeps): void {
  const config = { access: 'read' as const };

  app.get('/api/traces/:id', { config }, async (request: TraceRequest, reply) => {
    const spans = await traceOf(request, reply);
    if (wantsProtobuf(request)) return sendProtobuf(reply, await encodeTracesInTurns(spans));
    return sendJson(reply, `{"batches":${await formatTracesInTurns(spans)}}`);
  });

  app.get('/api/v2/traces/:id', { config }, async (request: TraceRequest, reply) => {
    const spans = await traceOf(request, reply);
    if (wantsProtobuf(request)) {
      const trace = await encodeTracesInTurns(spans);
      return sendProtobuf(reply, new BinaryWriter().uint32(FIRST_FIELD_OF_BYTES).bytes(trace).finish());
    }
    return sendJson(reply, `{"trace":{"resourceSpans":${await formatTracesInTurns(spans)}},"metrics":{}}`);
  });

  async function traceOf(request: TraceRequest, reply: FastifyReply): Promise<readonly Span[]> {
    const text = request.params.id;
    const traceId = toTraceId(text);
    if (traceId === undefined) throw tempoError('tempo.bad_request', badIdMessage(text));
    const isWithin = spanTestOf(parametersOf(request), deps.clock);
    const limits = { signal: abortOnDisconnect(reply), timeoutMs: deps.timeoutMs };
    const spans = await readTrace(deps.store, traceId, MAX_SPANS, limits);
    if (!spans.some(isWithin)) throw tempoError('tempo.not_found', `trace ${traceId} not found`);
    return spans;
  }
}

/** Whether a span runs at some time between `start` and `end`. */
function spanTestOf(values: FormValues, clock: Clock): (span: Span) => boolean {
  if (values.get('start') === '' && values.get('end') === '') return () => true;
  const { startNs, endNs } = timeSpanOf(values, clock);
  return (span) => span.endNs >= startNs && span.startNs < endNs;
}

function badIdMessage(text: string): string {
  const wrong = text.search(/[^0-9a-fA-F]/);
  if (wrong >= 0)
    return `trace IDs can only contain hex characters: invalid character ${JSON.stringify(text[wrong])} at position ${wrong + 1}`;
  return `trace IDs can't be larger than 128 bits: got ${text.length} hex digits`;
}

function wantsProtobuf(request: FastifyRequest): boolean {
  return /\bapplication\/(x-)?protobuf\b/.test(request.headers.accept ?? '');
}

function sendProtobuf(reply: FastifyReply, body: Uint8Array): FastifyReply {
  return reply.type('application/protobuf').send(body);
}

function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json').send(Buffer.from(json));
}
