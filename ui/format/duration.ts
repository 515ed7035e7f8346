/** A length of time in two parts at most: "850 ms", "12 s", "3 m 5 s", "2 h 10 m", "4 d 3 h". */
export function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? '-' : '';
  if (size < 1) return `${sign}${size === 0 ? 0 : Number(size.toPrecision(2))} ms`;
  if (size < 1_000) return `${sign}${Math.round(size)} ms`;
  if (size < 10_000) return `${sign}${Number((size / 1_000).toFixed(1))} s`;
  const total = Math.round(size / 1_000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3_600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'm'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return sign + shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}

/** "12 s ago", "in 3 m", "now" within a second; `timeMs` and `nowMs` are Unix milliseconds. */
export function formatAgo(timeMs: number, nowMs: number): string {
  const age = nowMs - timeMs;
  if (Math.abs(age) < 1_000) return 'now';
  const seconds = Math.round(age / 1_000) * 1_000;
  return seconds > 0 ? `${formatDuration(seconds)} ago` : `in ${formatDuration(-seconds)}`;
}

/** The duration of a span, to three figures: "430 µs", "12.3 ms", "1.25 s", "2 m 5 s". */
export function formatLatency(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms < 1) return `${figures(ms * 1_000)} µs`;
  if (ms < 1_000) return figures(ms) === '1000' ? '1 s' : `${figures(ms)} ms`;
  return ms < 60_000 ? `${figures(ms / 1_000)} s` : formatDuration(ms);
}

function figures(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 36e5 };

/** Milliseconds of a written duration ("250ms", "1.5 s", "1m30s"; a plain number is milliseconds), undefined when it cannot be read. */
export function parseLatency(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  if (!/^(\d+(\.\d+)?\s*(us|µs|ms|s|m|h)\s*)+$/.test(trimmed)) return undefined;
  const parts = trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(us|µs|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0);
}
