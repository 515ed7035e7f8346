// Numbers as Go prints them, because that is what Prometheus' answers and messages hold.

/** `strconv.FormatFloat(v, 'f', -1, 64)`: never an exponent. */
export function formatFixed(value: number): string {
  const text = formatShort(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-])(\d+)$/.exec(text);
  if (!parts) return text;
  const [, sign = '', lead = '', fraction = '', direction, exponent] = parts;
  const digits = lead + fraction;
  const shift = Number(exponent);
  if (direction === '-') return `${sign}0.${'0'.repeat(shift - 1)}${digits}`;
  return sign + digits.padEnd(shift + 1, '0');
}

/** The shortest text that reads back as the same number; an exponent below 1e-6 and from 1e21 on, of two digits at least. */
export function formatShort(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const text = String(value);
  return text.charCodeAt(text.length - 2) === MINUS ? text.replace(/e-(\d)$/, 'e-0$1') : text;
}

const MINUS = '-'.charCodeAt(0);

/** Go's `%g`: an exponent below 1e-4 and from 1e6 on. */
export function formatG(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value) || (size >= 1e-4 && size < 1e6)) return formatShort(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Go's `%f`: six decimals. */
export function formatFixed6(value: number): string {
  return Number.isFinite(value) && Math.abs(value) < 1e21 ? value.toFixed(6) : formatShort(value);
}

/** A number as Go's `strconv.ParseFloat` reads it from a label such as `le`; undefined when it is none. */
export function parseFloatText(text: string): number | undefined {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special)
    return special[2]?.toLowerCase() === 'nan' ? Number.NaN : special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  // Hexadecimal ones always have a binary exponent.
  const [, sign, whole = '', part = '', exponent] = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/i.exec(text) ?? [];
  if (exponent === undefined || whole + part === '') return undefined;
  const value = Number(`0x${whole}${part}`) * 2 ** (Number(exponent) - 4 * part.length);
  return sign === '-' ? -value : value;
}
