// Floats in decimal, as Go's strconv writes them. A decimal is 0.d1d2d3… × 10^point, without trailing zeros; zero has no digits.
// JavaScript's toFixed and toPrecision round halves up and Go rounds the exact binary value half to even, hence big integers here.
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** Formats like Go's strconv.FormatFloat with 64 bits; `precision` -1 is the shortest text that reads back as the same number. */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const abs = Math.abs(value);
  const isShortest = precision < 0;
  if (verb === 'e') {
    const decimal = isShortest ? shortest(abs) : round(exact(abs), precision + 1);
    return sign + exponential(decimal, isShortest ? Math.max(decimal.digits.length - 1, 0) : precision);
  }
  if (verb === 'f') {
    const full = isShortest ? shortest(abs) : exact(abs);
    const decimal = isShortest ? full : round(full, full.point + precision);
    return sign + positional(decimal, isShortest ? Math.max(decimal.digits.length - decimal.point, 0) : precision);
  }
  return sign + general(abs, precision);
}

/** Go's %x of a float: `0x1.8p+01`; `precision` hexadecimal digits after the point, -1 as many as it takes. */
export function formatHexFloat(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatFloat(value, 'g', -1);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const { mantissa, exponent } = parts(Math.abs(value));
  // Normalised to one bit before the point and 52 behind it.
  const shift = mantissa === 0n ? 0 : 53 - mantissa.toString(2).length;
  let bits = mantissa << BigInt(shift);
  let power = mantissa === 0n ? 0 : exponent - shift + 52;
  if (precision >= 0 && precision < 13) {
    const dropped = BigInt(52 - 4 * precision);
    const half = 1n << (dropped - 1n);
    const rest = bits & ((1n << dropped) - 1n);
    const kept = bits >> dropped;
    bits = (rest > half || (rest === half && kept % 2n === 1n) ? kept + 1n : kept) << dropped;
    if (bits >> 53n) [bits, power] = [bits >> 1n, power + 1];
  }
  const digits = (bits & 0xfffffffffffffn).toString(16).padStart(13, '0');
  const fraction = precision < 0 ? digits.replace(/0+$/, '') : digits.slice(0, precision).padEnd(precision, '0');
  const tail = `p${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  return `${sign}0x${bits >> 52n}${fraction === '' ? '' : `.${fraction}`}${tail}`;
}

function general(abs: number, precision: number): string {
  const isShortest = precision < 0;
  const wanted = precision === 0 ? 1 : precision;
  const decimal = isShortest ? shortest(abs) : round(exact(abs), wanted);
  const { digits, point } = decimal;
  const threshold = isShortest ? 6 : wanted > digits.length && digits.length >= point ? digits.length : wanted;
  const exponent = point - 1;
  if (exponent < -4 || exponent >= threshold) return exponential(decimal, Math.max(digits.length - 1, 0));
  return positional(decimal, Math.max(digits.length - point, 0));
}

function exponential({ digits, point }: Decimal, precision: number): string {
  const exponent = digits === '' ? 0 : point - 1;
  const all = digits.padEnd(precision + 1, '0');
  const fraction = precision > 0 ? `.${all.slice(1, precision + 1)}` : '';
  return `${all[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function positional({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision === 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, '0')}`;
}

function shortest(abs: number): Decimal {
  if (abs === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = '0'] = abs.toExponential().split('e');
  return { digits: trimZeros(mantissa.replace('.', '')), point: Number(exponent) + 1 };
}

/** The value is mantissa × 2^exponent. */
function parts(abs: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, abs);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  return { mantissa: biased === 0 ? fraction : fraction | 0x10000000000000n, exponent: (biased === 0 ? 1 : biased) - 1075 };
}

/** Every digit of the binary value. */
function exact(abs: number): Decimal {
  if (abs === 0) return { digits: '', point: 0 };
  const { mantissa, exponent } = parts(abs);
  const text = (exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits: trimZeros(text), point: text.length + Math.min(exponent, 0) };
}

/** The first `count` digits, half to even. */
function round({ digits, point }: Decimal, count: number): Decimal {
  if (count < 0) return { digits: '', point: 0 };
  if (count >= digits.length) return { digits, point };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const isHalf = rest === '5';
  const isUp = isHalf ? Number(kept.at(-1) ?? '0') % 2 === 1 : (rest[0] as string) >= '5';
  if (!isUp) return kept === '' ? { digits: '', point: 0 } : { digits: trimZeros(kept), point };
  const raised = (BigInt(kept === '' ? '0' : kept) + 1n).toString().padStart(count, '0');
  return { digits: trimZeros(raised), point: raised.length > count ? point + 1 : point };
}

function trimZeros(digits: string): string {
  return digits.replace(/0+$/, '');
}
