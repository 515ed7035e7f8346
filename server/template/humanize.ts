import { templateError } from './errors.ts';
import { formatGo } from './printf.ts';
import { goTime } from './time.ts';
import { type GoValue, typeName } from './value.ts';

const LARGE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'] as const;
const LARGE_1024 = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'] as const;
const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'] as const;
const FLOAT = /^[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL: Readonly<Record<string, number>> = { inf: Number.POSITIVE_INFINITY, infinity: Number.POSITIVE_INFINITY, nan: Number.NaN };

/** A number, or text that is one, as the humanize functions take it. Throws AppError `template.function`. */
export function toFloat(value: GoValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'object' && value.kind === 'duration') return Number(value.ns) / 1e9;
  if (typeof value !== 'string') throw templateError('template.function', `can't convert ${typeName(value)} to float`);
  if (FLOAT.test(value) && !value.includes('_')) return Number(value);
  const special = SPECIAL[value.replace(/^[+-]/, '').toLowerCase()];
  if (special === undefined)
    throw templateError('template.function', `strconv.ParseFloat: parsing ${formatGo('%q', [value])}: invalid syntax`);
  return value.startsWith('-') ? -special : special;
}

const significant = (value: number) => formatGo('%.4g', [value]);

function scaleDown(value: number, base: number, prefixes: readonly string[]): string {
  let [rest, prefix] = [value, ''];
  for (const candidate of prefixes) {
    if (Math.abs(rest) < base) break;
    prefix = candidate;
    rest /= base;
  }
  return significant(rest) + prefix;
}

function scaleUp(value: number): string {
  let [rest, prefix] = [value, ''];
  for (const candidate of SMALL) {
    if (Math.abs(rest) >= 1) break;
    prefix = candidate;
    rest *= 1000;
  }
  return significant(rest) + prefix;
}

/** `1234567` → `1.235M`, `0.002` → `2m`. */
export function humanize(input: GoValue): string {
  const value = toFloat(input);
  if (value === 0 || !Number.isFinite(value)) return significant(value);
  return Math.abs(value) >= 1 ? scaleDown(value, 1000, LARGE) : scaleUp(value);
}

/** `1048576` → `1Mi`. */
export function humanize1024(input: GoValue): string {
  const value = toFloat(input);
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return significant(value);
  return scaleDown(value, 1024, LARGE_1024);
}

/** Seconds: `3661` → `1h 1m 1s`, `0.0015` → `1.5ms`. */
export function humanizeDuration(input: GoValue): string {
  const value = toFloat(input);
  if (!Number.isFinite(value)) return significant(value);
  if (value === 0) return `${significant(value)}s`;
  if (Math.abs(value) < 1) return `${scaleUp(value)}s`;
  const sign = value < 0 ? '-' : '';
  const abs = Math.abs(value);
  // Go converts to a 64-bit integer; beyond it, the conversion gives the smallest one.
  const whole = abs < 2 ** 63 ? BigInt(Math.trunc(abs)) : -(2n ** 63n);
  const [days, hours, minutes, seconds] = [whole / 86400n, (whole / 3600n) % 24n, (whole / 60n) % 60n, whole % 60n];
  if (days !== 0n) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0n) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes !== 0n) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${significant(abs)}s`;
}

/** `0.1234` → `12.34%`. */
export function humanizePercentage(input: GoValue): string {
  return `${significant(toFloat(input) * 100)}%`;
}

/** Unix seconds as a time in UTC. Throws AppError `template.function` for what a nanosecond clock cannot hold. */
export function toTime(input: GoValue) {
  const value = toFloat(input);
  if (!Number.isFinite(value)) throw templateError('template.function', 'value is NaN or Inf');
  const ns = value * 1e9;
  if (ns > 2 ** 63 || ns < -(2 ** 63))
    throw templateError(
      'template.function',
      `${formatGo('%v', [value])} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  return goTime(Number(BigInt(Math.trunc(ns)) / 1_000_000n));
}

/** Unix seconds as `2015-01-01 00:00:00.123 +0000 UTC`. */
export function humanizeTimestamp(input: GoValue): string {
  const value = toFloat(input);
  return Number.isFinite(value) ? formatGo('%v', [toTime(value)]) : significant(value);
}
