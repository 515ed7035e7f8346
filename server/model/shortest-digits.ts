// The shortest decimal that is read back as the same number, written as bytes: what `String(value)` gives, without a text in between.
// Answers of the query API are numbers for the most part, and most of these have 15 to 17 digits.
//
// With p so that value · 10^p has 17 digits before its point, and up to p = 22, both factors are exact and so is their product as a pair of
// doubles (Dekker's two-product). A decimal is read back as `value` if it lies within half a unit in the last place; of those with the
// fewest digits the closest counts. Where rounding could hide which one that is, `String` decides.
import { formatShort } from './go-number.ts';

/** Where numbers are written; both are of the same memory. */
export interface DigitBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Bytes that one number may take. */
export const LONGEST_NUMBER_BYTES = 25;

const ZERO = 48;
const POINT = 46;
const MINUS = 45;
/** Below, JavaScript and Go write an exponent. */
const LEAST = 1e-6;
/** From here on, 17 digits may all be in front of the point. */
const MOST = 1e15;
const DIGITS = 17;
const LOW_DIGITS = 8;
const LOW_UNIT = 1e8;
/** Veltkamp's factor, which cuts a double in two halves. */
const SPLIT = 2 ** 27 + 1;
/** More than what a sum below 128 can lose. */
const DOUBT = 2 ** -40;
/** log10(2) */
const DECIMALS_PER_BIT = 0.30102999566398;
const EXPONENT_BIAS = 1023;
const MANTISSA_BITS = 52;
const LEAST_EXPONENT = -21;
const MOST_EXPONENT = 50;

const POWERS = Float64Array.from({ length: 23 }, (_, p) => Number(`1e${p}`));
const POWERS_HIGH = POWERS.map(highHalf);
/** Half a unit in the last place, by the exponent. */
const HALF_UNITS = Float64Array.from(
  { length: MOST_EXPONENT - LEAST_EXPONENT + 1 },
  (_, i) => 2 ** (LEAST_EXPONENT + i - MANTISSA_BITS - 1),
);

/** The digits of 0000 … 9999, four bytes each. */
const FOURS = Uint32Array.from({ length: 10_000 }, (_, i) =>
  [1000, 100, 10, 1].reduce((word, unit, place) => word | ((ZERO + (Math.floor(i / unit) % 10)) << (8 * place)), 0),
);

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Writes a number as `formatShort` does, from `at` on, where LONGEST_NUMBER_BYTES must be left. Returns where it ends. */
export function writeShort(value: number, out: DigitBytes, at: number): number {
  const size = Math.abs(value);
  if (!(size >= LEAST && size < MOST)) return value === 0 && !Object.is(value, -0) ? writeZero(out, at) : writeText(value, out, at);
  let to = at;
  if (value < 0) out.bytes[to++] = MINUS;
  return size === Math.floor(size) ? writeWhole(size, out, to) : writeFraction(size, value, out, to);
}

function writeZero(out: DigitBytes, at: number): number {
  out.bytes[at] = ZERO;
  return at + 1;
}

function writeText(value: number, out: DigitBytes, at: number): number {
  const text = formatShort(value);
  for (let i = 0; i < text.length; i++) out.bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function writeWhole(value: number, out: DigitBytes, at: number): number {
  let left = value;
  let end = at + 1;
  for (let bound = 10; bound <= value; bound *= 10) end++;
  for (let i = end - 1; i >= at; i--) {
    const rest = Math.floor(left / 10);
    out.bytes[i] = ZERO + left - rest * 10;
    left = rest;
  }
  return end;
}

function writeFraction(size: number, value: number, out: DigitBytes, at: number): number {
  float[0] = size;
  const upper = words[1] as number;
  const exponent = (upper >>> 20) - EXPONENT_BIAS;
  let power = Math.min(POWERS.length - 1, DIGITS - 1 - Math.floor(exponent * DECIMALS_PER_BIT));
  if (size * (POWERS[power] as number) >= 1e17) power--;
  const reach = (HALF_UNITS[exponent - LEAST_EXPONENT] as number) * (POWERS[power] as number);
  // Of a power of two the neighbours are not equally far away.
  const isPowerOfTwo = (upper & 0xfffff) === 0 && words[0] === 0;
  const whole = DIGITS - power;
  const from = whole > 0 ? at + 1 : at + 2 - whole;
  const end = isPowerOfTwo ? 0 : writeDigits(size, power, reach, out, from);
  if (end === 0) return writeText(value, out, value < 0 ? at - 1 : at);
  if (whole > 0) {
    for (let i = at; i < at + whole; i++) out.bytes[i] = out.bytes[i + 1] as number;
    out.bytes[at + whole] = POINT;
    return end;
  }
  out.bytes[at] = ZERO;
  out.bytes[at + 1] = POINT;
  for (let i = at + 2; i < from; i++) out.bytes[i] = ZERO;
  return end;
}

/** Writes the digits of size · 10^power without zeros at the end; where they end, 0 when rounding may hide the right ones. */
function writeDigits(size: number, power: number, reach: number, out: DigitBytes, at: number): number {
  const factor = POWERS[power] as number;
  const factorHigh = POWERS_HIGH[power] as number;
  const product = size * factor;
  if (product < 1e16) return 0;
  const sizeHigh = highHalf(size);
  const sizeLow = size - sizeHigh;
  const factorLow = factor - factorHigh;
  const rest = sizeLow * factorLow - (product - sizeHigh * factorHigh - sizeLow * factorHigh - sizeHigh * factorLow);
  // By multiplication: one more or less is put right below.
  let high = Math.floor(product * 1e-8);
  let low = product - high * LOW_UNIT;
  const lastTwo = low - Math.floor(low * 0.01) * 100;
  low -= lastTwo;
  const exact = lastTwo + rest;
  let rounded = Math.floor(exact * 0.01 + 0.5) * 100;
  let away = Math.abs(exact - rounded);
  if (away >= reach - DOUBT) {
    if (away < reach + DOUBT) return 0;
    rounded = Math.floor(exact * 0.1 + 0.5) * 10;
    away = Math.abs(exact - rounded);
    if (away > 5 - DOUBT) return 0;
    if (away >= reach - DOUBT) {
      if (away < reach + DOUBT) return 0;
      rounded = Math.floor(exact + 0.5);
      if (Math.abs(exact - rounded) > 0.5 - DOUBT) return 0;
    }
  }
  low += rounded;
  if (low < 0 || low >= LOW_UNIT) {
    const carry = low < 0 ? -1 : 1;
    high += carry;
    low -= carry * LOW_UNIT;
  }
  if (high < LOW_UNIT || high >= 10 * LOW_UNIT) return 0;
  writeNine(high | 0, out, at);
  writeEight(low | 0, out, at + DIGITS - LOW_DIGITS);
  let end = at + DIGITS;
  while (out.bytes[end - 1] === ZERO) end--;
  return end;
}

function writeNine(number: number, out: DigitBytes, at: number): void {
  const first = (number * 1e-8) | 0;
  out.bytes[at] = ZERO + first;
  writeEight((number - first * LOW_UNIT) | 0, out, at + 1);
}

function writeEight(number: number, out: DigitBytes, at: number): void {
  const high = quotient(number, 1e-4);
  writeFour(high, out, at);
  writeFour((number - high * 10_000) | 0, out, at + 4);
}

function writeFour(number: number, { view }: DigitBytes, at: number): void {
  view.setUint32(at, FOURS[number] as number, true);
}

/** Whole parts of divisions of whole numbers by powers of ten, whose reciprocals as doubles are a little too large, so that it is never one less. */
function quotient(number: number, reciprocal: number): number {
  return (number * reciprocal) | 0;
}

function highHalf(value: number): number {
  const product = SPLIT * value;
  return product - (product - value);
}
