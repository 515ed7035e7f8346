// Parameters as upstream reads them, with its texts for what it cannot read.
import type { FastifyRequest } from 'fastify';
import { FormValues } from '../../http/form-values.ts';
import { messageOf } from '../../model/app-error.ts';
import { parseDurationMs } from '../../model/duration.ts';
import { invalidParameter } from './errors.ts';

/** Query string and, for a POST, the form. */
export function parametersOf(request: FastifyRequest): FormValues {
  return typeof request.body === 'string' ? FormValues.ofUrl(request.url, request.body) : FormValues.ofUrl(request.url);
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;
// Go takes underscores between digits.
const FLOAT = /^[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
// What a Date can hold.
const MAX_TIME_MS = 8.64e15;
/** How Go's clients write the first and the last moment that they know. */
const LIMITS: Readonly<Record<string, number>> = {
  '-292273086-05-16T16:47:06Z': -MAX_TIME_MS,
  '292277025-08-18T07:12:54.999999999Z': MAX_TIME_MS,
};

/** Milliseconds of seconds since the epoch or RFC 3339; throws an Error with upstream's text. */
export function parseTimeMs(text: string): number {
  let timeMs = Number.NaN;
  if (FLOAT.test(text)) {
    const seconds = toNumber(text);
    // Halves go away from zero.
    timeMs = Math.trunc(seconds) * 1000 + Math.sign(seconds) * Math.round(Math.abs(seconds % 1) * 1000);
  } else {
    const [, dateTime, fraction = '', zone] = RFC3339.exec(text) ?? [];
    if (dateTime && isOnCalendar(dateTime)) timeMs = Date.parse(`${dateTime}.${`${fraction}000`.slice(0, 3)}${zone}`);
    timeMs = LIMITS[text] ?? timeMs;
  }
  if (!(Math.abs(timeMs) <= MAX_TIME_MS)) throw new Error(`cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return timeMs;
}

function toNumber(text: string): number {
  return Number(text.replaceAll('_', ''));
}

/** Whether the day and hour exist: Date would take the 30th of February for the 2nd of March. */
function isOnCalendar(dateTime: string): boolean {
  const timeMs = Date.parse(`${dateTime}Z`);
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(dateTime);
}

/** A time parameter that must be there. */
export function requiredTimeMs(values: FormValues, name: string): number {
  return reading(name, () => parseTimeMs(values.get(name)));
}

/** A time parameter that may be missing. */
export function optionalTimeMs(values: FormValues, name: string, fallbackMs: number): number {
  const text = values.get(name);
  if (text === '') return fallbackMs;
  try {
    return parseTimeMs(text);
  } catch (error) {
    throw invalidParameter(name, `invalid time value for '${name}': ${messageOf(error)}`);
  }
}

/** Milliseconds, possibly a fraction, of a number of seconds or `1h30m`; throws an Error with upstream's text. */
export function parseStepMs(text: string): number {
  const problem = `cannot parse ${JSON.stringify(text)} to a valid duration`;
  const seconds = parseGoFloat(text);
  if (seconds !== undefined) {
    if (Math.abs(seconds * 1e9) > 2 ** 63) throw new Error(`${problem}. It overflows int64`);
    return seconds * 1000;
  }
  try {
    return parseDurationMs(text);
  } catch {
    throw new Error(problem);
  }
}

function parseGoFloat(text: string): number | undefined {
  if (FLOAT.test(text)) return toNumber(text);
  const [, sign, word] = /^([+-]?)(inf|infinity|nan)$/i.exec(text) ?? [];
  if (word === undefined) return undefined;
  return word.toLowerCase() === 'nan' ? Number.NaN : sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A number of results, 0 = no limit. */
export function limitOf(values: FormValues): number {
  const text = values.get('limit');
  if (text === '') return 0;
  const limit = reading('limit', () => parseInteger(text, 'Atoi'));
  if (limit < 0) throw invalidParameter('limit', 'limit must be non-negative');
  return limit;
}

const MAX_INTEGER = 2n ** 63n - 1n;

/** A whole number of 64 bits; throws an Error with the text of Go's `strconv`. */
export function parseInteger(text: string, goFunction: 'Atoi' | 'ParseInt'): number {
  const problem = `strconv.${goFunction}: parsing ${JSON.stringify(text)}`;
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`${problem}: invalid syntax`);
  const value = BigInt(text.replace('+', ''));
  if (value > MAX_INTEGER || value < -MAX_INTEGER - 1n) throw new Error(`${problem}: value out of range`);
  return Number(value);
}

/** A boolean as Go reads one; throws an Error with the text of its `strconv`. */
export function parseBoolean(text: string): boolean {
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** Runs `read`, naming the parameter when it throws. */
export function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalidParameter(name, messageOf(error));
  }
}
