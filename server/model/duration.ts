import { AppError } from './app-error.ts';

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];
const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds of a Prometheus duration: `0`, `15s`, `1h30m`. Throws AppError `duration.bad`. */
export function parseDurationMs(text: string): number {
  if (text === '0') return 0;
  const match = text === '' ? null : PATTERN.exec(text);
  if (!match)
    throw new AppError(
      'duration.bad',
      `not a valid duration string: "${text}" (write 30s, 5m or 1h30m; units from large to small: y w d h m s ms)`,
    );
  return UNITS.reduce((sum, [, ms], i) => sum + Number(match[i + 1] ?? 0) * ms, 0);
}

/** Prometheus' notation of a duration: 90000 → `1m30s`, 0 → `0s`. Years and weeks only when they divide it. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const [unit, ms] of UNITS) {
    const exactOnly = unit === 'y' || unit === 'w';
    if (exactOnly && rest % ms !== 0) continue;
    const count = Math.floor(rest / ms);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * ms;
  }
  return text;
}
