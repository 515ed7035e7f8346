// Dates in the reader's zone. Charts need many labels quickly: the formatters of Intl are made once for each kind.

const two = (value: number) => String(value).padStart(2, '0');

/** "13:05:09", with `millis` "13:05:09.250". */
export function clockText(timeMs: number, millis = false): string {
  const date = new Date(timeMs);
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return millis ? `${text}.${String(date.getMilliseconds()).padStart(3, '0')}` : text;
}

/** "2026-01-31 13:05:09". */
export function dateTimeText(timeMs: number): string {
  return `${dateText(timeMs)} ${clockText(timeMs)}`;
}

/** "2026-01-31". */
export function dateText(timeMs: number): string {
  const date = new Date(timeMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const monthDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const monthOnly = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric' });

/** The label of a tick on a time axis whose ticks are `stepMs` apart: a clock time, or the date where a day begins. */
export function tickText(timeMs: number, stepMs: number): string {
  const date = new Date(timeMs);
  if (stepMs >= 27 * 864e5) return monthOnly.format(date);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (stepMs >= 864e5 || isMidnight) return monthDay.format(date);
  if (stepMs < 1_000) return clockText(timeMs, true).slice(3);
  return stepMs < 60_000 ? clockText(timeMs) : clockText(timeMs).slice(0, 5);
}
