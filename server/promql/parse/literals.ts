// The notations of numbers and durations. Texts of errors are upstream's.
import type { Literal } from '../../model/go-string.ts';

/** A number: decimal, hexadecimal, octal (a leading 0), with underscores between digits, `inf` or `nan`. */
export function parseNumber(text: string): Literal<number> {
  const lower = text.toLowerCase();
  if (lower === 'inf' || lower === '+inf') return { value: Number.POSITIVE_INFINITY };
  if (lower === 'nan') return { value: Number.NaN };
  const digits = lower.replaceAll(lower.startsWith('0x') ? /(?<=[0-9a-fx])_(?=[0-9a-f])/g : /(?<=\d)_(?=\d)/g, '');
  const integer = /^0x[0-9a-f]+$/.test(digits) ? BigInt(digits) : /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : undefined;
  if (integer !== undefined && integer <= MAX_INT64) return { value: Number(integer) };
  // What is too long for an integer is read as a decimal number, which a hexadecimal one is not.
  const isNumber = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits);
  const value = isNumber ? Number(digits) : Number.NaN;
  if (Number.isFinite(value)) return { value };
  const reason = isNumber ? 'value out of range' : 'invalid syntax';
  return { problem: `error parsing number: strconv.ParseFloat: parsing "${text}": ${reason}` };
}

const MAX_INT64 = 2n ** 63n - 1n;
const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];
/** The longest duration: 2^63 ns, as in Go. */
const MAX_DURATION_MS = 9_223_372_036_854.775;
const OUT_OF_RANGE = 'duration out of range';

/** Milliseconds of a duration such as `1h30m`; units go from large to small. */
export function parseDuration(text: string): Literal<number> {
  if (!/^\d/.test(text)) return { problem: `not a valid duration string: "${text}"` };
  let totalMs = 0;
  let lastUnit = -1;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)([^\d]*)/g)) {
    const index = UNITS.findIndex(([name]) => name === unit);
    if (unit === '') return { problem: `not a valid duration string: "${text}"` };
    if (index < 0) return { problem: `unknown unit "${unit}" in duration "${text}"` };
    if (index <= lastUnit) return { problem: `not a valid duration string: "${text}"` };
    lastUnit = index;
    totalMs += Number(count) * (UNITS[index]?.[1] ?? 0);
    if (totalMs > MAX_DURATION_MS) return { problem: OUT_OF_RANGE };
  }
  return { value: totalMs };
}

/** The milliseconds of a duration in seconds: rounded to nanoseconds, then cut, as upstream does. Within 2^63 ns. */
export function wholeMilliseconds(seconds: number): number {
  return Number(BigInt(Math.round(seconds * 1e9)) / 1_000_000n);
}
