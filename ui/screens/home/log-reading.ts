import type { LogVolume } from '@alidade/sdk/schema';

/** What Home says about the logs of a service. */
export interface LogReading {
  /** Lines of each bucket, all levels. */
  readonly counts: readonly number[];
  readonly lines: number;
  /** Lines of level error and worse. */
  readonly errors: number;
  /** Lines a second over the last two minutes. */
  readonly rate: number;
}

const RATE_MS = 120_000;
const ERRORS: ReadonlySet<string> = new Set(['fatal', 'critical', 'error']);

/** A volume in figures. The last bucket may still be filling: the rate is taken from those before it. */
export function logReading({ stepMs, levels }: LogVolume): LogReading {
  const buckets = Math.max(0, ...levels.map(({ counts }) => counts.length));
  const counts = Array.from({ length: buckets }, (_, at) => levels.reduce((sum, { counts: own }) => sum + (own[at] ?? 0), 0));
  const errors = levels.filter(({ level }) => ERRORS.has(level)).reduce((sum, { counts: own }) => sum + total(own), 0);
  const window = Math.max(1, Math.round(RATE_MS / stepMs));
  const recent = counts.slice(-window - 1, -1);
  return { counts, lines: total(counts), errors, rate: recent.length === 0 ? 0 : total(recent) / ((recent.length * stepMs) / 1_000) };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
