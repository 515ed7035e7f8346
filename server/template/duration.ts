import type { GoDuration } from './value.ts';

const SECOND = 1_000_000_000n;

/** `time.Duration` of so many nanoseconds. */
export function goDuration(ns: bigint): GoDuration {
  const float = (unit: number) => ({ params: [], call: () => Number(ns) / unit });
  return {
    kind: 'duration',
    type: 'time.Duration',
    ns,
    text: () => formatGoDuration(ns),
    methods: {
      Seconds: float(1e9),
      Minutes: float(60e9),
      Hours: float(3600e9),
      Milliseconds: { params: [], call: () => ns / 1_000_000n },
      Nanoseconds: { params: [], call: () => ns },
      String: { params: [], call: () => formatGoDuration(ns) },
    },
  };
}

/** Go's Duration.String: `1h2m3.5s`, `1.5ms`, `0s`. */
export function formatGoDuration(ns: bigint): string {
  if (ns === 0n) return '0s';
  const sign = ns < 0n ? '-' : '';
  const abs = ns < 0n ? -ns : ns;
  if (abs < 1_000n) return `${sign}${abs}ns`;
  if (abs < 1_000_000n) return `${sign}${decimal(abs, 1_000n)}µs`;
  if (abs < SECOND) return `${sign}${decimal(abs, 1_000_000n)}ms`;
  const minutes = abs / (60n * SECOND);
  const seconds = `${decimal(abs % (60n * SECOND), SECOND)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  const fraction = String(value % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${value / unit}` : `${value / unit}.${fraction}`;
}
