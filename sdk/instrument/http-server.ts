/** What the hooks of all HTTP frameworks share: one server span, one log scope, one count and one duration for each request. */
import { AsyncResource } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Attributes,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { httpRequestsInFlight } from './catalog.ts';
import { httpMetrics } from './http.ts';
import type { Instrument } from './instrument.ts';
import { type LogFields, withLogFields } from './log-context.ts';
import { startTimer } from './settle.ts';
import { TRACER_NAME } from './span.ts';

/** Settings of `fastifyTelemetry` and `expressTelemetry`. */
export interface HttpTelemetryOptions {
  readonly instrument: Instrument;
  /** Where the exposition is served; `/metrics` when left out. */
  readonly path?: string;
  /** Route patterns that leave no count and no span; when left out only the exposition itself, whose scrapes would drown a quiet service. */
  readonly ignore?: readonly string[];
}

/** The `endpoint` of requests that no route takes, so that scanning for paths cannot create series. */
export const UNMATCHED_ENDPOINT = 'unmatched';

/** What nginx answers for a client that hung up before the answer; nobody receives it, only the counter does. */
const CLIENT_CLOSED_REQUEST = 499;
const REQUEST_ID = /^[\w.:@/+=-]{1,128}$/;

/** Follows requests from their arrival to the end of their answer. */
export interface RequestTracker {
  /**
   * Opens the span and the log scope of a request and runs `next` in them; what happens to the request later, its body included, happens
   * in them too. `endpointOf` gives the route pattern once the answer has ended, `undefined` when no route took the request.
   */
  track(request: IncomingMessage, response: ServerResponse, endpointOf: () => string | undefined, next: () => void): void;
}

/** Makes the tracker of one server. */
export function requestTracker(instrument: Instrument): RequestTracker {
  const http = httpMetrics(instrument);
  const inFlight = instrument.gauge(httpRequestsInFlight);
  const tracer = trace.getTracer(TRACER_NAME);
  return {
    track(request, response, endpointOf, next) {
      const elapsed = startTimer();
      const parent = propagation.extract(ROOT_CONTEXT, request.headers);
      const span = tracer.startSpan(request.method ?? 'HTTP', { kind: SpanKind.SERVER, attributes: requestAttributes(request) }, parent);
      let isRecorded = false;
      inFlight.inc();

      function record(): void {
        if (isRecorded) return;
        isRecorded = true;
        inFlight.dec();
        const endpoint = endpointOf() ?? UNMATCHED_ENDPOINT;
        const status = response.writableEnded ? response.statusCode : CLIENT_CLOSED_REQUEST;
        http.record({ method: request.method ?? '', endpoint, status, durationSeconds: elapsed() });
        endSpan(span, request.method ?? 'HTTP', endpoint, status);
      }

      const scope = trace.setSpan(parent, span);
      context.with(scope, () =>
        withLogFields(requestFields(request, span), () => {
          const resource = new AsyncResource('alidade-request');
          emitWithin(resource, request);
          // The response's own events instead of a framework's hook, which never runs when the connection goes away first.
          response
            .once('finish', resource.runInAsyncScope.bind(resource, record))
            .once('close', resource.runInAsyncScope.bind(resource, record));
          next();
        }),
      );
    },
  };
}

/** Listeners of the body run in the parser's asynchronous context, which knows no request: let them run in that of `resource`. */
function emitWithin(resource: AsyncResource, emitter: EventEmitter): void {
  const emit = emitter.emit.bind(emitter);
  emitter.emit = (...event) => resource.runInAsyncScope(emit, undefined, ...event);
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server; the query is left out, it may hold secrets. */
function requestAttributes(request: IncomingMessage): Attributes {
  const { headers, socket } = request;
  const [host, port] = splitHost(headers.host);
  return {
    'http.request.method': request.method ?? '_OTHER',
    'url.scheme': 'encrypted' in socket ? 'https' : 'http',
    'url.path': pathOf(request),
    'network.protocol.version': request.httpVersion,
    ...(host && { 'server.address': host }),
    ...(port && { 'server.port': port }),
    ...(socket.remoteAddress && { 'client.address': socket.remoteAddress }),
    ...(headers['user-agent'] && { 'user_agent.original': headers['user-agent'] }),
  };
}

function endSpan(span: Span, method: string, endpoint: string, status: number): void {
  if (endpoint !== UNMATCHED_ENDPOINT) {
    span.updateName(`${method} ${endpoint}`);
    span.setAttribute('http.route', endpoint);
  }
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) {
    span.setAttribute('error.type', String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  } else if (status === CLIENT_CLOSED_REQUEST) span.setAttribute('error.type', 'client_closed_request');
  span.end();
}

/** What every log line of the request says; without a tracer also a `trace_id`, the caller's where it sent one. */
function requestFields(request: IncomingMessage, span: Span): LogFields {
  const id = request.headers['x-request-id'];
  return {
    ...(!isSpanContextValid(span.spanContext()) && { trace_id: traceIdOf(request.headers.traceparent) }),
    ...(typeof id === 'string' && REQUEST_ID.test(id) && { request_id: id }),
    method: request.method,
    path: pathOf(request),
  };
}

/** The trace id in a `traceparent` header (https://www.w3.org/TR/trace-context/#traceparent-header), or a new one. */
function traceIdOf(traceparent: string | string[] | undefined): string {
  const sent = typeof traceparent === 'string' ? /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1] : undefined;
  return sent && !/^0+$/.test(sent) ? sent : randomBytes(16).toString('hex');
}

/** The path without its query, of bounded length. */
function pathOf(request: IncomingMessage): string {
  const url = (request as IncomingMessage & { originalUrl?: string }).originalUrl ?? request.url ?? '';
  return (url.split('?')[0] ?? '').slice(0, 512);
}

function splitHost(host: string | undefined): [string | undefined, number | undefined] {
  if (host === undefined || !URL.canParse(`http://${host}`)) return [host, undefined];
  const url = new URL(`http://${host}`);
  return [url.hostname, Number(url.port) || undefined];
}
