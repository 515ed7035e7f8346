// Parameters as Tempo reads them: times are whole seconds, durations are Go's.
import type { FastifyRequest } from 'fastify';
import { FormValues } from '../../http/form-values.ts';
import type { Clock } from '../../model/clock.ts';
import { parseDurationNs } from '../../traceql/parse/duration.ts';
import { invalidParameter, tempoError } from './errors.ts';

const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;
/** How far ahead of our clock spans are accepted. */
const FUTURE_MS = 10 * 60_000;

/** A span of time in nanoseconds; the end is not included. */
export interface TimeSpan {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** The query string. */
export function parametersOf(request: FastifyRequest): FormValues {
  return FormValues.ofUrl(request.url);
}

/** `start` and `end`, the whole second of `end` included; without them, everything. */
export function timeSpanOf(values: FormValues, clock: Clock): TimeSpan {
  const start = secondsOf(values, 'start');
  const end = secondsOf(values, 'end');
  if (start !== undefined && end !== undefined && start > end)
    throw tempoError('tempo.bad_request', `http parameter start must be before end. received start=${start} end=${end}`);
  return {
    startNs: (start ?? 0n) * NS_PER_SECOND,
    endNs: end === undefined ? BigInt(clock.nowMs() + FUTURE_MS) * NS_PER_MS : (end + 1n) * NS_PER_SECOND,
  };
}

function secondsOf(values: FormValues, name: string): bigint | undefined {
  const text = values.get(name);
  if (text === '') return undefined;
  // Longer ones would be milliseconds, or beyond what a time can be.
  if (!/^\d{1,10}$/.test(text)) throw invalidParameter(name, `want seconds since 1970 as a whole number, got ${JSON.stringify(text)}`);
  return BigInt(text);
}

/** A whole number up to `most`. */
export function countOf(values: FormValues, name: string, fallback: number, least: number, most: number): number {
  const text = values.get(name);
  if (text === '') return fallback;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least && count <= most))
    throw invalidParameter(name, `must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`);
  return count;
}

/** Nanoseconds of a Go duration, undefined when it is absent. */
export function durationOf(values: FormValues, name: string): bigint | undefined {
  const text = values.get(name);
  if (text === '') return undefined;
  const durationNs = text === '0' ? 0n : parseDurationNs(text);
  if (durationNs === undefined) throw invalidParameter(name, `want a duration such as 200ms, 1.5s or 1m30s, got ${JSON.stringify(text)}`);
  return durationNs;
}
