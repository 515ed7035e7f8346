/** A number constant of a template: an integer where it is one, and whether it is written as a float. */
export interface NumberConstant {
  readonly int?: bigint;
  readonly float: number;
  readonly isFloat: boolean;
}

const INTEGER = /^([+-]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|0_?[0-7][0-7_]*|[0-9][0-9_]*)$/;
const FLOAT = /^[+-]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?$/;
const HEX_FLOAT = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/;

/** Reads a Go number constant; undefined when it is none, or an integer that 64 bits cannot hold. */
export function parseNumber(text: string): NumberConstant | undefined {
  const integer = INTEGER.exec(text);
  if (integer) {
    const digits = (integer[2] as string).replaceAll('_', '').toLowerCase();
    const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    const int = integer[1] === '-' ? -magnitude : magnitude;
    return BigInt.asIntN(64, int) === int ? { int, float: Number(int), isFloat: false } : undefined;
  }
  const float = parseFloatConstant(text);
  if (float === undefined) return undefined;
  return Number.isSafeInteger(float) ? { int: BigInt(float), float, isFloat: true } : { float, isFloat: true };
}

function parseFloatConstant(text: string): number | undefined {
  const hex = HEX_FLOAT.exec(text);
  if (hex) {
    const fraction = hex[3] as string;
    const magnitude = Number(`0x${hex[2]}${fraction}`) * 2 ** (Number(hex[4]) - 4 * fraction.length);
    return hex[1] === '-' ? -magnitude : magnitude;
  }
  if (!FLOAT.test(text)) return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}
