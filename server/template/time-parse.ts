// Go's time.Parse: text read by a layout, the reference time Mon Jan 2 15:04:05 MST 2006.
import { templateError } from './errors.ts';
import { DAYS, type GoTime, goTime, LAYOUT, MONTHS, zoneOf } from './time.ts';

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ns: number;
  isAfternoon: boolean | undefined;
  offsetMinutes: number | undefined;
}

/** One part of a layout: what it looks like, and what it says. */
type Reader = readonly [pattern: RegExp, read: (parts: Parts, text: string) => void];

const number = (field: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second') => (parts: Parts, text: string) => {
  parts[field] = Number(text);
};
const month = (parts: Parts, text: string) => {
  parts.month = MONTHS.findIndex((name) => name.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase()) + 1;
};
const half = (parts: Parts, text: string) => {
  parts.isAfternoon = text.toLowerCase() === 'pm';
};
const offset = (parts: Parts, text: string) => {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?/.exec(text) ?? [];
  parts.offsetMinutes = sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};
const skip = () => undefined;
const names = (list: readonly string[], length?: number) => new RegExp(`^(?:${list.map((name) => name.slice(0, length)).join('|')})`, 'i');

const READERS: Readonly<Record<string, Reader>> = {
  January: [names(MONTHS), month],
  Jan: [names(MONTHS, 3), month],
  Monday: [names(DAYS), skip],
  Mon: [names(DAYS, 3), skip],
  MST: [/^[A-Z]{3,4}|^[+-]\d\d/, (parts, text) => (text === 'UTC' || text === 'GMT' ? offset(parts, '+00') : skip())],
  '2006': [/^\d{4}/, number('year')],
  '06': [
    /^\d\d/,
    (parts, text) => {
      parts.year = Number(text) + (Number(text) >= 69 ? 1900 : 2000);
    },
  ],
  '01': [/^\d\d/, number('month')],
  '1': [/^\d\d?/, number('month')],
  '02': [/^\d\d/, number('day')],
  '2': [/^\d\d?/, number('day')],
  _2: [/^ ?\d\d?/, number('day')],
  '15': [/^\d\d/, number('hour')],
  '03': [/^\d\d/, number('hour')],
  '3': [/^\d\d?/, number('hour')],
  '04': [/^\d\d/, number('minute')],
  '4': [/^\d\d?/, number('minute')],
  '05': [/^\d\d/, number('second')],
  '5': [/^\d\d?/, number('second')],
  PM: [/^[AP]M/, half],
  pm: [/^[ap]m/, half],
  'Z07:00': [/^(?:Z|[+-]\d\d:\d\d)/, offset],
  Z0700: [/^(?:Z|[+-]\d{4})/, offset],
  Z07: [/^(?:Z|[+-]\d\d)/, offset],
  '-07:00': [/^[+-]\d\d:\d\d/, offset],
  '-0700': [/^[+-]\d{4}/, offset],
  '-07': [/^[+-]\d\d/, offset],
};

/** The time that `text` says, in `zone` unless it names an offset. Throws AppError `template.function` with Go's text. */
export function parseGoTime(layout: string, text: string, zone = 'UTC'): GoTime {
  const parts: Parts = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    ns: 0,
    isAfternoon: undefined,
    offsetMinutes: undefined,
  };
  const fail = (rest: string, wanted: string): never => {
    throw templateError(
      'template.function',
      `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(wanted)}`,
    );
  };
  let rest = text;
  let at = 0;
  const literal = (wanted: string) => {
    if (!rest.startsWith(wanted)) fail(rest, wanted);
    rest = rest.slice(wanted.length);
  };
  for (const match of layout.matchAll(LAYOUT)) {
    literal(layout.slice(at, match.index));
    at = match.index + match[0].length;
    rest = readPart(parts, match[0], rest) ?? fail(rest, match[0]);
  }
  literal(layout.slice(at));
  if (rest !== '') throw templateError('template.function', `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`);
  return toTime(parts, zone, text);
}

/** What is left of `text` behind the part; undefined when it does not fit. */
function readPart(parts: Parts, part: string, text: string): string | undefined {
  let rest = text;
  if (/^[.,]/.test(part)) {
    const digits = /^[.,]\d+/.exec(rest)?.[0] ?? '';
    if (digits === '') return part[1] === '9' ? rest : undefined;
    parts.ns = Number(digits.slice(1, 10).padEnd(9, '0'));
    return rest.slice(digits.length);
  }
  const reader = READERS[part];
  const found = reader?.[0].exec(rest)?.[0];
  if (!reader || found === undefined) return undefined;
  reader[1](parts, found);
  rest = rest.slice(found.length);
  // Go reads a fraction behind the seconds even where the layout has none.
  const fraction = part === '05' || part === '5' ? /^[.,]\d+/.exec(rest)?.[0] : undefined;
  if (fraction === undefined) return rest;
  parts.ns = Number(fraction.slice(1, 10).padEnd(9, '0'));
  return rest.slice(fraction.length);
}

function toTime(parts: Parts, zone: string, text: string): GoTime {
  const { year, month: monthOf, day, minute, second, ns, isAfternoon, offsetMinutes } = parts;
  const hour = isAfternoon === undefined ? parts.hour : (parts.hour % 12) + (isAfternoon ? 12 : 0);
  const local = new Date(0);
  local.setUTCFullYear(year, monthOf - 1, day);
  local.setUTCHours(hour, minute, second, Math.floor(ns / 1e6));
  if (local.getUTCDate() !== day || local.getUTCMonth() !== monthOf - 1 || hour > 23 || minute > 59 || second > 59)
    throw templateError('template.function', `parsing time ${JSON.stringify(text)}: day, hour, minute or second out of range`);
  const localMs = local.getTime();
  if (offsetMinutes !== undefined) return goTime(localMs - offsetMinutes * 60_000, 'UTC', ns % 1_000_000);
  // The offset depends on the instant that it is wanted for: the second look is right but for the hour that is skipped.
  const guess = localMs - zoneOf(localMs, zone).offsetMs;
  return goTime(localMs - zoneOf(guess, zone).offsetMs, zone, ns % 1_000_000);
}
