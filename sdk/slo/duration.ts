// Prometheus' durations, as objectives use them.
const UNITS_MS = { y: 365 * 86_400_000, w: 7 * 86_400_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds of `30d`, `1h30m`, …; undefined when it is no duration of Prometheus or zero. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const ms = Object.values(UNITS_MS).reduce((sum, unitMs, i) => sum + Number(match[i + 1] ?? 0) * unitMs, 0);
  return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

/** Milliseconds of a duration that has been validated. Throws RangeError for any other text. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`not a duration: "${text}"; write 30d, 1h30m, 5m …`);
  return ms;
}

/** A duration in days and smaller, `28d`, `1h30m`: weeks and years are written as days, so that equal windows have equal names. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / UNITS_MS[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * UNITS_MS[unit];
  }
  return text;
}
