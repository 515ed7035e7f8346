// time.Time: an instant, and the zone that it is shown in. Milliseconds, and where it matters the nanoseconds beyond them.
import { goDuration } from './duration.ts';
import { templateError } from './errors.ts';
import type { GoStruct, GoValue, Methods } from './value.ts';

export interface GoTime extends GoStruct {
  readonly type: 'time.Time';
  readonly timeMs: number;
  /** Nanoseconds behind `timeMs`, 0 to 999,999. */
  readonly restNs: number;
  /** IANA name, or `UTC`. */
  readonly zone: string;
}

/** Go's zero time, 1 January of the year 1. */
export const ZERO_TIME_MS = -62_135_596_800_000;
export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
export const MONTHS = 'January February March April May June July August September October November December'.split(' ');
/** The parts of Go's layouts. */
export const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|Z07|-07:00|-0700|-07|__2|_2(?!006)|002|01|02|03|04|05|06|15|PM|pm|[.,]0+(?!\d)|[.,]9+(?!\d)|1|2|3|4|5/g;

/** A time of the template. Throws AppError `template.function` for an unknown zone. */
export function goTime(timeMs: number, zone = 'UTC', restNs = 0): GoTime {
  const at = new Date(timeMs + zoneOf(timeMs, zone).offsetMs);
  const int = (call: () => number): Methods[string] => ({ params: [], call: () => BigInt(Math.floor(call())) });
  const other = (call: (otherMs: number) => GoValue): Methods[string] => ({ params: ['time.Time'], call: (value) => call(timeOf(value)) });
  return {
    kind: 'struct',
    type: 'time.Time',
    timeMs,
    restNs,
    zone,
    fields: new Map(),
    text: () => formatGoTime(timeMs, zone, '2006-01-02 15:04:05.999999999 -0700 MST', restNs),
    methods: {
      Format: { params: ['string'], call: (layout) => formatGoTime(timeMs, zone, layout as string, restNs) },
      String: { params: [], call: () => formatGoTime(timeMs, zone, '2006-01-02 15:04:05.999999999 -0700 MST', restNs) },
      UTC: { params: [], call: () => goTime(timeMs, 'UTC', restNs) },
      Local: { params: [], call: () => goTime(timeMs, 'UTC', restNs) },
      Unix: int(() => timeMs / 1000),
      UnixMilli: int(() => timeMs),
      UnixNano: { params: [], call: () => BigInt(timeMs) * 1_000_000n + BigInt(restNs) },
      Nanosecond: { params: [], call: () => BigInt(at.getUTCMilliseconds()) * 1_000_000n + BigInt(restNs) },
      Year: int(() => at.getUTCFullYear()),
      Day: int(() => at.getUTCDate()),
      Hour: int(() => at.getUTCHours()),
      Minute: int(() => at.getUTCMinutes()),
      Second: int(() => at.getUTCSeconds()),
      YearDay: int(() => dayOfYear(at)),
      Month: { params: [], call: () => MONTHS[at.getUTCMonth()] },
      Weekday: { params: [], call: () => DAYS[at.getUTCDay()] },
      IsZero: { params: [], call: () => timeMs === ZERO_TIME_MS },
      Before: other((otherMs) => timeMs < otherMs),
      After: other((otherMs) => timeMs > otherMs),
      Equal: other((otherMs) => timeMs === otherMs),
      Sub: other((otherMs) => goDuration(BigInt(Math.round(timeMs - otherMs)) * 1_000_000n)),
      Add: { params: ['time.Duration'], call: (value) => goTime(timeMs + durationMs(value), zone) },
    },
  };
}

/** The instant of a time value. Throws AppError `template.function` for anything else. */
export function timeOf(value: GoValue): number {
  if (isGoTime(value)) return value.timeMs;
  throw templateError('template.function', 'expected a time');
}

export function isGoTime(value: GoValue): value is GoTime {
  return typeof value === 'object' && value.kind === 'struct' && value.type === 'time.Time' && 'timeMs' in value;
}

function durationMs(value: GoValue): number {
  return typeof value === 'object' && value.kind === 'duration' ? Number(value.ns / 1_000_000n) : 0;
}

function dayOfYear(at: Date): number {
  return Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

/** Go's Time.Format: the layout is the reference time, Mon Jan 2 15:04:05 MST 2006. */
export function formatGoTime(timeMs: number, zone: string, layout: string, restNs = 0): string {
  const { offsetMs, name } = zoneOf(timeMs, zone);
  const at = new Date(timeMs + offsetMs);
  return layout.replace(LAYOUT, (part) =>
    /^[.,]/.test(part) ? fraction(part, at.getUTCMilliseconds(), restNs) : formatPart(part, at, offsetMs, name),
  );
}

const two = (value: number) => String(value).padStart(2, '0');

function formatPart(part: string, at: Date, offsetMs: number, name: string): string {
  const month = at.getUTCMonth();
  const hour12 = at.getUTCHours() % 12 || 12;
  if (part.startsWith('Z') || part.startsWith('-')) return offset(part, offsetMs);
  const parts: Readonly<Record<string, () => string>> = {
    January: () => MONTHS[month] as string,
    Jan: () => (MONTHS[month] as string).slice(0, 3),
    Monday: () => DAYS[at.getUTCDay()] as string,
    Mon: () => (DAYS[at.getUTCDay()] as string).slice(0, 3),
    MST: () => name,
    '2006': () => String(at.getUTCFullYear()).padStart(4, '0'),
    '06': () => two(at.getUTCFullYear() % 100),
    '01': () => two(month + 1),
    '1': () => String(month + 1),
    '02': () => two(at.getUTCDate()),
    '2': () => String(at.getUTCDate()),
    _2: () => String(at.getUTCDate()).padStart(2),
    '002': () => String(dayOfYear(at)).padStart(3, '0'),
    __2: () => String(dayOfYear(at)).padStart(3),
    '15': () => two(at.getUTCHours()),
    '03': () => two(hour12),
    '3': () => String(hour12),
    '04': () => two(at.getUTCMinutes()),
    '4': () => String(at.getUTCMinutes()),
    '05': () => two(at.getUTCSeconds()),
    '5': () => String(at.getUTCSeconds()),
    PM: () => (at.getUTCHours() < 12 ? 'AM' : 'PM'),
    pm: () => (at.getUTCHours() < 12 ? 'am' : 'pm'),
  };
  return parts[part]?.() ?? part;
}

function fraction(part: string, ms: number, restNs: number): string {
  const digits = String(ms * 1_000_000 + restNs)
    .padStart(9, '0')
    .slice(0, part.length - 1)
    .padEnd(part.length - 1, '0');
  if (part[1] === '0') return part[0] + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : part[0] + trimmed;
}

function offset(part: string, offsetMs: number): string {
  if (part.startsWith('Z') && offsetMs === 0) return 'Z';
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const hours = `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}`;
  if (part.endsWith('07')) return hours;
  return `${hours}${part.includes(':') ? ':' : ''}${two(minutes % 60)}`;
}

/** Offset and abbreviation of a zone at an instant. Throws AppError `template.function` for an unknown zone. */
export function zoneOf(timeMs: number, zone: string): { offsetMs: number; name: string } {
  if (zone === 'UTC' || zone === '') return { offsetMs: 0, name: 'UTC' };
  const named = (locale: string, style: 'longOffset' | 'short') => {
    try {
      const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: style });
      return format.formatToParts(new Date(timeMs)).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    } catch (cause) {
      throw templateError('template.function', `unknown time zone ${zone}`, { cause });
    }
  };
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d+):?(\d+)?/.exec(named('en-US', 'longOffset')) ?? [];
  const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const name = [named('en-US', 'short'), named('en-GB', 'short')].find((text) => !/^GMT[+-]/.test(text));
  return { offsetMs, name: name ?? offset('-07', offsetMs) };
}
