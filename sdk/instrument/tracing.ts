/**
 * `@alidade/sdk/instrument/tracing`: sends spans to an OTLP/HTTP endpoint. Needs
 * `npm install @opentelemetry/sdk-trace-node@2 @opentelemetry/exporter-trace-otlp-proto@0.2 @opentelemetry/resources@2`.
 *
 * ```ts
 * const tracing = startTracing({ service: 'churn-api', environment: 'prod', endpoint: 'http://127.0.0.1:9090' });
 * await inSpan('predict', () => model.predict(customer));
 * await tracing.stop();
 * ```
 */
import { type Attributes, context, ProxyTracerProvider, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { CatchUpExporter } from './catch-up-exporter.ts';
import { InstrumentError } from './errors.ts';
import { type PushEndpoint, parsePushEndpoint } from './push-endpoint.ts';

export { InstrumentError, type InstrumentErrorCode } from './errors.ts';
export { inSpan, recordError, type SpanOptions, traced } from './span.ts';

/** Settings of `startTracing`. */
export interface TracingOptions {
  /** `service.name` of every span; `OTEL_SERVICE_NAME` wins over it. */
  readonly service: string;
  /** `service.version`. */
  readonly version?: string;
  /** `deployment.environment.name`; default `development`. */
  readonly environment?: string;
  /**
   * Address of an OTLP/HTTP server, e.g. `http://127.0.0.1:9090`; `/v1/traces` is put behind it. User and password in it
   * are sent as basic auth. Default:
   * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (used as it is) or `OTEL_EXPORTER_OTLP_ENDPOINT`. Without any, nothing is traced.
   */
  readonly endpoint?: string;
  /** Headers of every export, e.g. `{ authorization: 'Bearer …' }`; those of `OTEL_EXPORTER_OTLP_HEADERS` are sent too. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More attributes of the resource. `OTEL_RESOURCE_ATTRIBUTES` wins over them. */
  readonly attributes?: Attributes;
  /** Spans that may wait while the endpoint cannot be reached; default 4096. */
  readonly maxKeptSpans?: number;
  /** Hears when spans cannot be sent and when they can again, not every attempt. Default: a line on standard error. */
  readonly onProblem?: (message: string) => void;
}

/** A started tracer. */
export interface Tracing {
  /** Whether spans are recorded and sent; false without an endpoint, with `OTEL_SDK_DISABLED=true` or `OTEL_TRACES_EXPORTER=none`. */
  readonly isOn: boolean;
  /** Sends what has ended; resolves when it was taken, could not be, or two seconds have passed. Never rejects. */
  flush(): Promise<void>;
  /** Flushes for at most two seconds and takes the tracer out of the process. Never rejects. */
  stop(): Promise<void>;
}

const TRACES_PATH = '/v1/traces';
const STOP_TIMEOUT_MS = 2000;
const DEFAULT_MAX_KEPT_SPANS = 4096;

/**
 * Registers a tracer for the whole process: spans are sent in batches as protobuf, contexts follow `await`, timers and callbacks, and
 * go over HTTP in W3C headers (`traceparent`, `tracestate`, `baggage`). The sampler, limits, batches and export follow the standard
 * variables: `OTEL_TRACES_SAMPLER(_ARG)`, `OTEL_SPAN_*_LIMIT`, `OTEL_BSP_*`, `OTEL_EXPORTER_OTLP_*`
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 *
 * Throws `tracing_conflict` when the process already has a tracer, `invalid_option` when the endpoint is no address.
 */
export function startTracing(options: TracingOptions): Tracing {
  const env = process.env;
  const endpoint = endpointOf(options.endpoint, env);
  if (endpoint === undefined || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') {
    return { isOn: false, flush: async () => undefined, stop: async () => undefined };
  }
  const { url, authorization } = endpoint;
  const onProblem = options.onProblem ?? ((message: string) => process.stderr.write(`${message}\n`));
  const exporter = new CatchUpExporter({
    exporter: new OTLPTraceExporter({ url, headers: { ...authorization, ...options.headers } }),
    endpoint: url,
    maxSpans: options.maxKeptSpans ?? DEFAULT_MAX_KEPT_SPANS,
    onProblem,
  });
  const provider = new NodeTracerProvider({ resource: resourceOf(options), spanProcessors: [new BatchSpanProcessor(exporter)] });
  register(provider);
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    const isDone = await isDoneWithin(STOP_TIMEOUT_MS, provider.shutdown());
    if (!isDone) onProblem(`${url} has not taken the last spans before the end`);
    trace.disable();
    context.disable();
    propagation.disable();
  }
  return {
    isOn: true,
    async flush() {
      // The processor leaves the exporter alone when it has nothing new for it.
      const flushed = provider.forceFlush().then(() => exporter.forceFlush());
      await isDoneWithin(STOP_TIMEOUT_MS, flushed);
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function register(provider: NodeTracerProvider): void {
  provider.register();
  const registered = trace.getTracerProvider();
  if (registered instanceof ProxyTracerProvider && registered.getDelegate() === provider) return;
  throw new InstrumentError(
    'tracing_conflict',
    'this process already has a tracer: call startTracing once, and stop() before calling it again',
  );
}

/** The address of the option or of the environment; https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function endpointOf(endpoint: string | undefined, env: NodeJS.ProcessEnv): PushEndpoint | undefined {
  if (endpoint) return parsePushEndpoint('the endpoint of traces', endpoint, TRACES_PATH);
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact, OTEL_EXPORTER_OTLP_ENDPOINT: base } = env;
  if (exact) return parsePushEndpoint('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', exact, '');
  return base ? parsePushEndpoint('OTEL_EXPORTER_OTLP_ENDPOINT', base, TRACES_PATH) : undefined;
}

function resourceOf(options: TracingOptions): ReturnType<typeof defaultResource> {
  const own = resourceFromAttributes({
    'service.name': options.service,
    'service.instance.id': crypto.randomUUID(),
    'deployment.environment.name': options.environment ?? 'development',
    ...(options.version !== undefined && { 'service.version': options.version }),
    ...options.attributes,
  });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}

/** Waits for something that may fail or hang, and no longer than `ms`; says whether it ended. */
async function isDoneWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const ended = work.then(
    () => true,
    () => true, // failures were told to onProblem
  );
  const isDone = await Promise.race([ended, timeout]);
  clearTimeout(timer);
  return isDone;
}
