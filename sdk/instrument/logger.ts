/**
 * `@alidade/sdk/instrument/logger`: structured log lines on pino (`npm install pino`), with the trace of the request that wrote them.
 *
 * ```ts
 * const logger = createLogger({ service: 'churn-api', environment: 'prod', loki: { url: 'http://127.0.0.1:9090' } });
 * logger.info('Model prediction completed', { model_name: 'churn', latency_ms: 45.2 });
 * logger.error('Prediction failed', { error });
 * ```
 */
import { type LevelWithSilent, type Logger, pino } from 'pino';
import { describeError } from './describe-error.ts';
import { currentLogFields, type LogFields } from './log-context.ts';
import { type LokiOptions, LokiShipper } from './loki.ts';

export { InstrumentError, type InstrumentErrorCode } from './errors.ts';
export { type LogFields, setTraceId, withLogFields } from './log-context.ts';
export type { LokiOptions } from './loki.ts';

/** From which level on lines are written; `silent` writes none. */
export type LogLevel = LevelWithSilent;

/** Every level as the field `level` says it. */
const LEVEL_NAMES: Readonly<Record<string, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

/** Fields that the logger itself writes; a caller's field of the same name gets an underscore behind it. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['timestamp', 'level', 'service', 'environment', 'message']);

/** Settings of `createLogger`. */
export interface LoggerOptions {
  readonly service: string;
  /** Where the service runs, e.g. `dev`, `staging`, `prod`; default `development`. */
  readonly environment?: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Takes one line at a time, its line feed included; default: standard output. */
  readonly destination?: { write(line: string): unknown };
  /** Sends every line to a Loki push endpoint as well. */
  readonly loki?: LokiOptions;
  /** Fields whose values are written as `[Redacted]`, in pino's path syntax: `['password', 'headers.authorization']`. */
  readonly redact?: readonly string[];
}

/**
 * Writes one JSON object a line: `timestamp` (ISO 8601, UTC), `level`, `service`, `environment`, `message`, then `trace_id` and `span_id`
 * of the active span or the fields of `withLogFields`, then the caller's. What is under `error` becomes `exception_type`,
 * `exception_message` and `traceback`. Made by `createLogger`.
 */
export class StructuredLogger {
  /** The pino logger behind this one, for frameworks that want one: `Fastify({ loggerInstance: logger.pino })`. */
  readonly pino: Logger;
  readonly #loki: LokiShipper | undefined;

  constructor(deps: { readonly pino: Logger; readonly loki: LokiShipper | undefined }) {
    this.pino = deps.pino;
    this.#loki = deps.loki;
  }

  trace(message: string, fields: LogFields = {}): void {
    this.pino.trace(fields, message);
  }
  debug(message: string, fields: LogFields = {}): void {
    this.pino.debug(fields, message);
  }
  info(message: string, fields: LogFields = {}): void {
    this.pino.info(fields, message);
  }
  warn(message: string, fields: LogFields = {}): void {
    this.pino.warn(fields, message);
  }
  error(message: string, fields: LogFields = {}): void {
    this.pino.error(fields, message);
  }
  critical(message: string, fields: LogFields = {}): void {
    this.pino.fatal(fields, message);
  }

  /** Writes an event of a known kind: `event_type` and `message` are its type, `context` its facts in an object of their own. */
  logEvent(type: string, context: LogFields = {}): void {
    this.pino.info({ event_type: type, context }, type);
  }

  /** A logger that puts `fields` on each of its lines; it shares destination and Loki connection with this one. */
  child(fields: LogFields): StructuredLogger {
    return new StructuredLogger({ pino: this.pino.child(entryOf(fields)), loki: this.#loki });
  }

  /** Resolves when Loki has taken every line written so far, or could not be reached. Never rejects. */
  async flush(): Promise<void> {
    await this.#loki?.flush();
  }

  /** Flushes, for at most two seconds, and ends the sending to Loki; for the last line of a service. Never rejects. */
  async close(): Promise<void> {
    await this.#loki?.close();
  }
}

/** Makes the logger of a service. Throws `invalid_option` when `loki` is not usable. */
export function createLogger(options: LoggerOptions): StructuredLogger {
  const { service, environment = 'development', destination = pino.destination(1) } = options;
  const loki = options.loki && new LokiShipper({ ...options.loki, labels: { service, environment, ...options.loki.labels } });
  let timestampMs = 0;
  const sink = {
    // Makes pino leave the last level and fields here before it writes.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    lastObj: {} as LogFields,
    write(line: string): void {
      destination.write(line);
      loki?.push({ timestampMs, level: levelName(this.lastLevel), line: line.trimEnd(), metadata: traceOf(this.lastObj) });
    },
  };
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: { service, environment },
      messageKey: 'message',
      timestamp: () => {
        timestampMs = Date.now();
        return `,"timestamp":"${new Date(timestampMs).toISOString()}"`;
      },
      formatters: { level: (label) => ({ level: LEVEL_NAMES[label] ?? label }), log: entryOf },
      mixin: currentLogFields,
      redact: [...(options.redact ?? [])],
    },
    sink,
  );
  return new StructuredLogger({ pino: logger, loki });
}

function levelName(level: number): string {
  const label = pino.levels.labels[level] ?? 'info';
  return LEVEL_NAMES[label] ?? label;
}

/** The fields as they are written. */
function entryOf(fields: LogFields): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    // pino itself and the frameworks on it say `err`.
    if (name === 'error' || name === 'err') Object.assign(entry, exceptionFields(value));
    else entry[OWN_FIELDS.has(name) ? `${name}_` : name] = value;
  }
  return entry;
}

function exceptionFields(thrown: unknown): Record<string, string> {
  if (thrown === undefined || thrown === null) return {};
  const { type, message, stack } = describeError(thrown);
  return { exception_type: type, exception_message: message, ...(stack !== undefined && { traceback: stack }) };
}

function traceOf({ trace_id, span_id }: LogFields): Record<string, string> | undefined {
  if (typeof trace_id !== 'string') return undefined;
  return typeof span_id === 'string' ? { trace_id, span_id } : { trace_id };
}
