// Powers and logarithms to the base 2 with the rounding that Go's have, because answers are compared by their digits.

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Of the approximation of e^r by Remez, from fdlibm. */
const REMEZ = [0.16666666666666666, -0.0027777777777015593, 6.613756321437934e-5, -1.6533902205465252e-6, 4.1381367970572385e-8];

/** log2 of a number that is not negative. */
export function log2(value: number): number {
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) return Math.log2(value);
  const { fraction, exponent } = splitFloat(value);
  return fraction === 0.5 ? exponent - 1 : Math.log(fraction) * (1 / Math.LN2) + exponent;
}

/** 2 to the power of `value`. */
export function exp2(value: number): number {
  if (!Number.isFinite(value) || value > 1024 || value < -1074) return 2 ** value;
  const exponent = Math.trunc(value > 0 ? value + 0.5 : value - 0.5);
  const rest = value - exponent;
  const [high, low] = [rest * LN2_HIGH, -rest * LN2_LOW];
  const r = high - low;
  const square = r * r;
  const c = r - square * REMEZ.reduceRight((sum, factor) => factor + square * sum, 0);
  return scaleByPower(1 - (low - (r * c) / (2 - c) - high), exponent);
}

/** `fraction * 2^exponent` with a fraction from 0.5 to below 1. */
function splitFloat(value: number): { readonly fraction: number; readonly exponent: number } {
  const exponent = Math.min(Math.max(Math.floor(Math.log2(value)) + 1, -1073), 1024);
  const fraction = scaleByPower(value, -exponent);
  if (fraction >= 1) return { fraction: fraction / 2, exponent: exponent + 1 };
  return fraction < 0.5 ? { fraction: fraction * 2, exponent: exponent - 1 } : { fraction, exponent };
}

/** `value * 2^exponent`, rounded once; in two steps because 2^exponent may be no float. */
export function scaleByPower(value: number, exponent: number): number {
  if (exponent > 1000) return value * 2 ** 1000 * 2 ** (exponent - 1000);
  return exponent < -1000 ? value * 2 ** (exponent + 1000) * 2 ** -1000 : value * 2 ** exponent;
}
