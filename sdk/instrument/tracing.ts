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
   * Address of an OTLP/HTTP server, e.g. `http://127.0.0.1:9090`; `/v1/traces` is put behind it. Default:
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
  /** Sends what has ended; resolves when it was taken, or could not be. Never rejects. */
  flush(): Promise<void>;
  /** Flushes for at most two seconds and takes the tracer out of the process. Never rejects. */
  stop(): Promise<void>;
}

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
  const exporter = new CatchUpExporter({
    exporter: new OTLPTraceExporter({ url: endpoint, ...(options.headers && { headers: { ...options.headers } }) }),
    endpoint,
    maxSpans: options.maxKeptSpans ?? DEFAULT_MAX_KEPT_SPANS,
    onProblem: options.onProblem ?? ((message) => process.stderr.write(`${message}\n`)),
  });
  const provider = new NodeTracerProvider({ resource: resourceOf(options), spanProcessors: [new BatchSpanProcessor(exporter)] });
  register(provider);
  return {
    isOn: true,
    flush: () => within(STOP_TIMEOUT_MS, provider.forceFlush()),
    async stop() {
      await within(STOP_TIMEOUT_MS, provider.shutdown());
      trace.disable();
      context.disable();
      propagation.disable();
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

function endpointOf(endpoint: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const base = endpoint || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const address = (!endpoint && env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) || (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  if (!address) return undefined;
  if (URL.canParse(address) && /^https?:/.test(address)) return address;
  throw new InstrumentError(
    'invalid_option',
    `the trace endpoint is ${JSON.stringify(address)}, expected an address such as http://127.0.0.1:9090`,
  );
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

/** Waits for something that may fail or hang, and no longer than `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), timeout]); // failures were told to onProblem
  clearTimeout(timer);
}
