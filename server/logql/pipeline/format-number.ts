// Functions on numbers, durations and values of any kind that the templates of line_format and label_format have. Text is read as a
// number where one is wanted; text that is none is 0, as in the library of functions that Loki uses.
import { templateError } from '../../template/errors.ts';
import { ANY, type GoFunction, type GoValue, isTrue } from '../../template/value.ts';
import { type Converted, toFloat as parseFloatText, toBytes, toDurationNs } from './convert.ts';

const INTEGER = /^[+-]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9]\d*|0)$/;

/** A 64-bit integer. */
function toInt(value: GoValue): bigint {
  switch (typeof value) {
    case 'bigint':
      return BigInt.asIntN(64, value);
    case 'number':
      return Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : 0n;
    case 'boolean':
      return value ? 1n : 0n;
    case 'string':
      return integerOf(value);
    default:
      return typeof value === 'object' && value.kind === 'duration' ? value.ns : 0n;
  }
}

function integerOf(text: string): bigint {
  const whole = text.replace(/\.0*$/, '');
  if (!INTEGER.test(whole)) return 0n;
  const digits = whole.replace(/^[+-]/, '').toLowerCase();
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = whole.startsWith('-') ? -magnitude : magnitude;
  return BigInt.asIntN(64, value) === value ? value : 0n;
}

function toFloat(value: GoValue): number {
  if (typeof value === 'string') return parseFloatText(value).value ?? 0;
  return typeof value === 'number' ? value : Number(toInt(value));
}

const ints = (call: (a: bigint, b: bigint) => bigint): GoFunction => ({
  params: [ANY],
  variadic: ANY,
  call: (first, ...others) => others.reduce<bigint>((sum, other) => BigInt.asIntN(64, call(sum, toInt(other))), toInt(first)),
});
const floats = (call: (a: number, b: number) => number): GoFunction => ({
  params: [ANY],
  variadic: ANY,
  call: (first, ...others) => others.reduce<number>((sum, other) => call(sum, toFloat(other)), toFloat(first)),
});
const two = ({ call }: GoFunction): GoFunction => ({ params: [ANY, ANY], call });
const onFloat = (call: (value: number) => number): GoFunction => ({ params: [ANY], call: (value) => call(toFloat(value)) });
const converted = (convert: (text: string) => Converted): GoFunction => ({
  params: ['string'],
  call: (text) => {
    const found = convert(text as string);
    if (found.problem !== undefined) throw templateError('template.function', found.problem);
    return found.value;
  },
});
const seconds = converted((text) => {
  const found = toDurationNs(text);
  return found.problem === undefined ? { value: found.value / 1e9 } : found;
});

function nonZero(divisor: bigint): bigint {
  if (divisor === 0n) throw templateError('template.function', 'integer divide by zero');
  return divisor;
}

/** Sums of decimals as people expect them: 0.1 + 0.2 is 0.3. */
const decimal = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(15)) : value);

/** `round 123.5555 3`: half away from zero, unless another share than 0.5 is given. */
function round(value: GoValue, places: GoValue, share: GoValue): number {
  const scale = 10 ** Number(toInt(places));
  const scaled = toFloat(value) * scale;
  const whole = Math.trunc(scaled);
  const isUp = decimal(Math.abs(scaled - whole)) >= (share === undefined ? 0.5 : toFloat(share));
  return (isUp ? whole + Math.sign(scaled) : whole) / scale;
}

function fromJson(text: string): GoValue {
  try {
    return toGoValue(JSON.parse(text));
  } catch {
    return '';
  }
}

function toGoValue(value: unknown): GoValue {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return { kind: 'list', type: '[]interface {}', items: value.map(toGoValue) };
  if (typeof value !== 'object') return value as string | number | boolean;
  const entries = new Map(Object.entries(value).map(([name, entry]) => [name, toGoValue(entry)]));
  return { kind: 'map', type: 'map[string]interface {}', entries, zero: undefined };
}

export const NUMBER_FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  add: ints((a, b) => a + b),
  sub: two(ints((a, b) => a - b)),
  mul: ints((a, b) => a * b),
  div: two(ints((a, b) => a / nonZero(b))),
  mod: two(ints((a, b) => a % nonZero(b))),
  // biome-ignore lint/complexity/useMathMinMax: Math has no functions for bigint
  max: ints((a, b) => (a > b ? a : b)),
  // biome-ignore lint/complexity/useMathMinMax: Math has no functions for bigint
  min: ints((a, b) => (a < b ? a : b)),
  addf: floats((a, b) => decimal(a + b)),
  subf: floats((a, b) => decimal(a - b)),
  mulf: floats((a, b) => decimal(a * b)),
  divf: floats((a, b) => decimal(a / b)),
  maxf: floats(Math.max),
  minf: floats(Math.min),
  ceil: onFloat(Math.ceil),
  floor: onFloat(Math.floor),
  round: { params: [ANY, ANY], variadic: ANY, call: round },
  int: { params: [ANY], call: toInt },
  float64: onFloat((value) => value),
  bytes: converted(toBytes),
  duration: seconds,
  duration_seconds: seconds,
  default: { params: [ANY], variadic: ANY, call: (fallback, value) => (isTrue(value) ? value : fallback) },
  fromJson: { params: ['string'], call: (text) => fromJson(text as string) },
};
