// Multiwindow, multi-burn-rate alerts after the Site Reliability Workbook, chapter 5. Each says: this share of the budget was spent within the long window, and
// the short one shows that it is still going on. For 28 to 31 days the windows are the book's; for others they are scaled with the objective's window.
import type { SloBurnCondition } from '../schema/slo.ts';
import { durationMs, formatDuration } from './duration.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const CONDITIONS = [
  { name: 'page-fast', severity: 'page', budgetShare: 0.02, longMs: HOUR_MS, shortMs: 5 * MINUTE_MS },
  { name: 'page-slow', severity: 'page', budgetShare: 0.05, longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS },
  { name: 'ticket-fast', severity: 'ticket', budgetShare: 0.1, longMs: DAY_MS, shortMs: 2 * HOUR_MS },
  { name: 'ticket-slow', severity: 'ticket', budgetShare: 0.1, longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS },
] as const;

/** Shorter windows would hold too few scrapes. */
const LEAST_LONG_MS = 10 * MINUTE_MS;
const LEAST_SHORT_MS = 2 * MINUTE_MS;

/** The burn conditions of objectives with this window, most urgent first. The factor is share × window / long window. */
export function burnConditions(window: string): SloBurnCondition[] {
  const windowMs = durationMs(window);
  return CONDITIONS.map(({ name, severity, budgetShare, longMs: bookLongMs, shortMs: bookShortMs }) => {
    const longMs = scaled(bookLongMs, windowMs, LEAST_LONG_MS);
    const shortMs = scaled(bookShortMs, windowMs, LEAST_SHORT_MS);
    return {
      name,
      severity,
      budgetShare,
      longWindow: formatDuration(longMs),
      shortWindow: formatDuration(shortMs),
      factor: Number(((budgetShare * windowMs) / longMs).toPrecision(6)),
    };
  });
}

function scaled(bookMs: number, windowMs: number, leastMs: number): number {
  if (windowMs >= 28 * DAY_MS && windowMs <= 31 * DAY_MS) return bookMs;
  const ms = (bookMs * windowMs) / (30 * DAY_MS);
  const gridMs = ms >= DAY_MS ? HOUR_MS : ms >= 6 * HOUR_MS ? 30 * MINUTE_MS : ms >= HOUR_MS ? 5 * MINUTE_MS : MINUTE_MS;
  return Math.max(leastMs, Math.round(ms / gridMs) * gridMs);
}
