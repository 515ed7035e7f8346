// Numbers, durations and sizes in the text of labels, as Go reads them. Failures are Go's error texts.

export type Converted = { readonly value: number; readonly problem?: undefined } | { readonly value?: undefined; readonly problem: string };

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;

/** Go's strconv.ParseFloat. */
export function toFloat(text: string): Converted {
  if (FLOAT.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? { value } : { problem: `strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range` };
  }
  const infinite = INFINITY.exec(text);
  if (infinite) return { value: infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
  if (/^nan$/i.test(text)) return { value: Number.NaN };
  const hex = HEX.exec(text);
  if (hex && `${hex[2]}${hex[3]}` !== '') {
    const digits = `${hex[2]}${hex[3]}`;
    const value = Number.parseInt(digits, 16) * 2 ** (Number(hex[4]) - 4 * (hex[3] as string).length);
    return { value: hex[1] === '-' ? -value : value };
  }
  return { problem: `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax` };
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);
const DURATION_PART = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;

/** Go's time.ParseDuration, in nanoseconds. */
export function toDurationNs(text: string): Converted {
  const quoted = JSON.stringify(text);
  const invalid = { problem: `time: invalid duration ${quoted}` };
  const isNegative = text.startsWith('-');
  const digits = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (digits === '0') return { value: 0 };
  if (digits === '') return invalid;
  let total = 0;
  for (let at = 0; at < digits.length; at = DURATION_PART.lastIndex) {
    DURATION_PART.lastIndex = at;
    const match = DURATION_PART.exec(digits);
    if (!match) return invalid;
    const unit = match[2] as string;
    if (unit === '') return { problem: `time: missing unit in duration ${quoted}` };
    const size = UNITS.get(unit);
    if (size === undefined) return { problem: `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}` };
    total += Number(match[1]) * size;
  }
  // Go holds durations in 64 bits.
  if (total > 2 ** 63) return invalid;
  return { value: Math.trunc(isNegative ? -total : total) };
}

const SIZES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't', 'p', 'e'].flatMap((prefix, i): [string, number][] => [
    [prefix, 1000 ** (i + 1)],
    [`${prefix}b`, 1000 ** (i + 1)],
    [`${prefix}i`, 1024 ** (i + 1)],
    [`${prefix}ib`, 1024 ** (i + 1)],
  ]),
]);

/** Bytes of `42MB`, `1.5 KiB`, `1,024`: humanised units, decimal and binary; fractions of a byte are cut. */
export function toBytes(text: string): Converted {
  const digits = /^[\d.,]*/.exec(text)?.[0] ?? '';
  const count = toFloat(digits.replaceAll(',', ''));
  if (count.problem !== undefined) return count;
  const unit = text.slice(digits.length).trim().toLowerCase();
  const size = SIZES.get(unit);
  if (size === undefined) return { problem: `unhandled size name: ${unit}` };
  const value = count.value * size;
  return value >= 2 ** 64 ? { problem: `too large: ${text}` } : { value: Math.trunc(value) };
}
