// Time ranges as Grafana and our URLs write them: "now", "now-15m", "now-1d/d", Unix milliseconds, or an ISO date.

/** Both ends as written. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** Both ends in Unix milliseconds. */
export interface AbsoluteRange {
  readonly fromMs: number;
  readonly toMs: number;
}

type Unit = 's' | 'm' | 'h' | 'd' | 'w' | 'M' | 'y';

const FIXED_MS: Readonly<Partial<Record<Unit, number>>> = { s: 1e3, m: 6e4, h: 36e5 };
const UNIT_WORDS: Readonly<Record<Unit, string>> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', M: 'month', y: 'year' };

/** Quick ranges of the picker. */
export const QUICK_RANGES: readonly TimeRange[] = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '24h', '2d', '7d', '30d', '90d'].map(
  (span) => ({ from: `now-${span}`, to: 'now' }),
);

/** Unix milliseconds of a written time, undefined when it cannot be read. `end` rounds "/d" up to the end of the day. */
export function parseTime(text: string, nowMs: number, end = false): number | undefined {
  const trimmed = text.trim();
  if (/^\d{9,16}$/.test(trimmed)) return Number(trimmed);
  if (trimmed.startsWith('now')) return parseRelative(trimmed.slice(3), nowMs, end);
  if (!/^\d{4}-\d{2}-\d{2}/.test(trimmed)) return undefined;
  const withTime = /^\d{4}-\d{2}-\d{2}$/.test(trimmed) ? `${trimmed}T${end ? '23:59:59.999' : '00:00:00'}` : trimmed.replace(' ', 'T');
  const parsed = new Date(withTime).getTime();
  return Number.isNaN(parsed) ? undefined : parsed;
}

function parseRelative(rest: string, nowMs: number, end: boolean): number | undefined {
  const date = new Date(nowMs);
  const part = /([+-])(\d+)([smhdwMy])|\/([smhdwMy])/y;
  while (part.lastIndex < rest.length) {
    const found = part.exec(rest);
    if (found === null) return undefined;
    const [, sign, count, unit, round] = found;
    if (round !== undefined) roundTo(date, round as Unit, end);
    else add(date, (sign === '-' ? -1 : 1) * Number(count), unit as Unit);
  }
  return Number.isNaN(date.getTime()) ? undefined : date.getTime();
}

/** Days and longer follow the calendar, so that a day across a clock change is still a day. */
function add(date: Date, count: number, unit: Unit): void {
  const fixed = FIXED_MS[unit];
  if (fixed !== undefined) date.setTime(date.getTime() + count * fixed);
  else if (unit === 'd') date.setDate(date.getDate() + count);
  else if (unit === 'w') date.setDate(date.getDate() + 7 * count);
  else if (unit === 'M') date.setMonth(date.getMonth() + count);
  else date.setFullYear(date.getFullYear() + count);
}

function roundTo(date: Date, unit: Unit, end: boolean): void {
  if (unit === 's') date.setMilliseconds(0);
  else if (unit === 'm') date.setSeconds(0, 0);
  else if (unit === 'h') date.setMinutes(0, 0, 0);
  else date.setHours(0, 0, 0, 0);
  if (unit === 'w') date.setDate(date.getDate() - ((date.getDay() + 6) % 7));
  if (unit === 'M' || unit === 'y') date.setDate(1);
  if (unit === 'y') date.setMonth(0);
  if (!end) return;
  add(date, 1, unit);
  date.setTime(date.getTime() - 1);
}

/** Both ends at an instant; falls back to the last 15 minutes when they cannot be read or are the wrong way round. */
export function resolveRange(range: TimeRange, nowMs: number): AbsoluteRange {
  const fromMs = parseTime(range.from, nowMs);
  const toMs = parseTime(range.to, nowMs, true);
  if (fromMs === undefined || toMs === undefined || fromMs >= toMs) return { fromMs: nowMs - 9e5, toMs: nowMs };
  return { fromMs, toMs };
}

/** What is wrong with a written range, undefined when nothing is. */
export function rangeProblem(range: TimeRange, nowMs: number): string | undefined {
  const fromMs = parseTime(range.from, nowMs);
  if (fromMs === undefined) return `"${range.from}" is not a time: write now-1h, or 2026-01-31 13:00`;
  const toMs = parseTime(range.to, nowMs, true);
  if (toMs === undefined) return `"${range.to}" is not a time: write now, or 2026-01-31 13:00`;
  return fromMs >= toMs ? 'The start must come before the end' : undefined;
}

/** True when the range moves with the clock. */
export function isRelative(range: TimeRange): boolean {
  return range.to.trim().startsWith('now');
}

/** "Last 15 minutes", "Today", or both ends in local time. */
export function describeRange(range: TimeRange, nowMs: number): string {
  const last = /^now-(\d+)([smhdwMy])$/.exec(range.from);
  if (last && range.to === 'now') {
    const count = Number(last[1]);
    const word = UNIT_WORDS[last[2] as Unit];
    return count === 1 ? `Last ${word}` : `Last ${count} ${word}s`;
  }
  if (range.from === 'now/d' && (range.to === 'now/d' || range.to === 'now')) return 'Today';
  if (range.from === 'now-1d/d' && range.to === 'now-1d/d') return 'Yesterday';
  const { fromMs, toMs } = resolveRange(range, nowMs);
  return `${localText(fromMs)} to ${localText(toMs, new Date(fromMs).toDateString() === new Date(toMs).toDateString())}`;
}

/** "2026-01-31 13:00:05", without seconds when they are zero; `timeOnly` leaves out the date. */
export function localText(timeMs: number, timeOnly = false): string {
  const date = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = date.getSeconds() === 0 ? '' : `:${two(date.getSeconds())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}${seconds}`;
  return timeOnly ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** Twice the span around the same middle, never beyond now. */
export function zoomOut(range: TimeRange, nowMs: number): TimeRange {
  const { fromMs, toMs } = resolveRange(range, nowMs);
  const span = toMs - fromMs;
  const to = Math.min(toMs + span / 2, nowMs);
  return { from: String(Math.round(to - 2 * span)), to: String(Math.round(to)) };
}

/** The range moved by half its span, back (-1) or forth (1). */
export function shiftRange(range: TimeRange, direction: -1 | 1, nowMs: number): TimeRange {
  const { fromMs, toMs } = resolveRange(range, nowMs);
  const step = ((toMs - fromMs) / 2) * direction;
  return { from: String(Math.round(fromMs + step)), to: String(Math.round(toMs + step)) };
}

/** Milliseconds of a refresh text ("5s", "1m"), 0 for '' and what cannot be read. */
export function refreshMs(text: string): number {
  const found = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (!found) return 0;
  const factor = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[found[2] as 'ms' | 's' | 'm' | 'h' | 'd'];
  return Number(found[1]) * factor;
}
