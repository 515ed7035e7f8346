// Parameters as Loki reads them (pkg/loghttp/params.go), with its texts for what it cannot read. Times are nanoseconds.
import type { FastifyRequest } from 'fastify';
import { FormValues } from '../../http/form-values.ts';
import { messageOf } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import { parseDurationMs } from '../../model/duration.ts';
import { lokiError } from './errors.ts';

export const MS_NS = 1_000_000n;
export const SECOND_NS = 1_000_000_000n;
export const HOUR_NS = 3_600n * SECOND_NS;

const DEFAULT_LIMIT = 100;
/** Steps of a query without `step`, about. */
const DEFAULT_STEPS = 250n;
const MAX_POINTS = 11_000n;
const MAX_INT64 = 2n ** 63n - 1n;
const INTEGER = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;
/** Whole numbers of at most so many digits are seconds, longer ones nanoseconds. */
const MAX_SECONDS_DIGITS = 10;

/** A span of time; whether its end belongs to it is the question's to say. */
export interface Span {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Query string and, for a POST, the form. */
export function parametersOf(request: FastifyRequest): FormValues {
  return typeof request.body === 'string' ? FormValues.ofUrl(request.url, request.body) : FormValues.ofUrl(request.url);
}

/** Nanoseconds of seconds with a fraction, nanoseconds, or RFC 3339; throws an Error with Loki's text. */
export function parseTimeNs(text: string): bigint {
  if (text.includes('.') && FLOAT.test(text)) return secondsToNs(Number(text));
  if (INTEGER.test(text)) {
    const number = BigInt(text.replace('+', ''));
    if (text.length <= MAX_SECONDS_DIGITS) return number * SECOND_NS;
    if (number <= MAX_INT64 && number >= -MAX_INT64) return number;
    throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  const [, dateTime, fraction = '', zone] = RFC3339.exec(text) ?? [];
  const timeMs = Date.parse(`${dateTime}${zone}`);
  if (Number.isNaN(timeMs)) throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return BigInt(timeMs) * MS_NS + BigInt(fraction.padEnd(9, '0'));
}

/** To the millisecond, as Loki rounds: a double has no more to give. */
function secondsToNs(seconds: number): bigint {
  const whole = Math.trunc(seconds);
  const ns = BigInt(whole) * SECOND_NS + BigInt(Math.round((seconds - whole) * 1000)) * MS_NS;
  if (ns > MAX_INT64 || ns < -MAX_INT64) throw new Error(`strconv.ParseFloat: parsing "${seconds}": value out of range`);
  return ns;
}

/** `start`, `end` and `since`; without `start` it is `since`, or `defaultSinceNs`, before the end or now, whichever is earlier. */
export function spanOf(values: FormValues, clock: Clock, defaultSinceNs = HOUR_NS): Span {
  const nowNs = BigInt(clock.nowMs()) * MS_NS;
  const sinceText = values.get('since');
  const sinceNs = sinceText === '' ? defaultSinceNs : naming('since', () => BigInt(parseDurationMs(sinceText)) * MS_NS);
  const endNs = timeOf(values, 'end', nowNs);
  const startNs = timeOf(values, 'start', (endNs < nowNs ? endNs : nowNs) - sinceNs);
  return { startNs, endNs };
}

function timeOf(values: FormValues, name: string, fallbackNs: bigint): bigint {
  const text = values.get(name);
  return text === '' ? fallbackNs : naming(name, () => parseTimeNs(text));
}

function naming<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw lokiError('loki.bad_request', `could not parse '${name}' parameter: ${messageOf(error)}`, error);
  }
}

/** `time` of an instant query. */
export function instantOf(values: FormValues, clock: Clock): bigint {
  const text = values.get('time');
  return text === '' ? BigInt(clock.nowMs()) * MS_NS : answering(() => parseTimeNs(text));
}

export function limitOf(values: FormValues, fallback = DEFAULT_LIMIT): number {
  const text = values.get('limit');
  if (text === '') return fallback;
  if (!INTEGER.test(text)) throw lokiError('loki.bad_request', `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const limit = Number(text);
  if (limit <= 0) throw lokiError('loki.bad_request', 'limit must be a positive value');
  return limit;
}

export function directionOf(values: FormValues): 'forward' | 'backward' {
  const text = values.get('direction');
  const direction = text === '' ? 'backward' : text.toLowerCase();
  if (direction === 'forward' || direction === 'backward') return direction;
  throw lokiError('loki.bad_request', `invalid direction '${text}'`);
}

/** The span and step of a range query, checked as Loki checks them. */
export function rangeOf(values: FormValues, clock: Clock): Span & { readonly stepNs: bigint } {
  const span = spanOf(values, clock);
  const lengthNs = span.endNs - span.startNs;
  if (lengthNs < 0n) throw lokiError('loki.bad_request', 'end timestamp must not be before or equal to start time');
  const text = values.get('step');
  const stepNs = text === '' ? defaultStepNs(lengthNs) : answering(() => parseStepNs(text));
  if (stepNs <= 0n)
    throw lokiError('loki.bad_request', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  if (lengthNs / stepNs > MAX_POINTS)
    throw lokiError(
      'loki.bad_request',
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
    );
  return { ...span, stepNs };
}

/** Whole seconds, a 250th of the span, at least one. */
function defaultStepNs(lengthNs: bigint): bigint {
  const seconds = lengthNs / (DEFAULT_STEPS * SECOND_NS);
  return (seconds > 1n ? seconds : 1n) * SECOND_NS;
}

/** The least time between two lines of the answer; 0 = all lines. */
export function intervalOf(values: FormValues): bigint {
  const text = values.get('interval');
  if (text === '') return 0n;
  const intervalNs = answering(() => parseStepNs(text));
  if (intervalNs < 0n) throw lokiError('loki.bad_request', 'interval must be >= 0');
  return intervalNs;
}

/** Nanoseconds of a number of seconds or `1h30m`; throws an Error with Loki's text. */
function parseStepNs(text: string): bigint {
  if (FLOAT.test(text)) {
    const ns = Number(text) * 1e9;
    if (Math.abs(ns) > 2 ** 63) throw new Error(`cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`);
    return BigInt(Math.trunc(ns));
  }
  try {
    return BigInt(parseDurationMs(text)) * MS_NS;
  } catch {
    throw new Error(`cannot parse ${JSON.stringify(text)} to a valid duration`);
  }
}

function answering<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw lokiError('loki.bad_request', messageOf(error), error);
  }
}
