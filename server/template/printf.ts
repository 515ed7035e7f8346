// Go's fmt for the values of templates. A directive is %[flags][width][.precision]verb with optional [n] and *.
import { formatFloat, formatHexFloat } from './float.ts';
import { quoteGo } from './quote.ts';
import { type GoValue, typeName } from './value.ts';

interface Directive {
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly verb: string;
}

const DIRECTIVE = /%([-+# 0]*)(?:\[(\d+)\])?(\*|\d+)?(\.(?:\[(\d+)\])?(\*|\d+)?)?(?:\[(\d+)\])?([\s\S]?)/gu;
const MAX_WIDTH = 1_000_000;

/** Go's fmt.Sprintf. Wrong verbs and counts give Go's `%!d(string=x)` marks, never an error. */
export function formatGo(format: string, values: readonly GoValue[]): string {
  let next = 0;
  let isReordered = false;
  const take = () => values[next++];
  const seek = (index: string | undefined) => {
    if (index === undefined) return;
    isReordered = true;
    next = Number(index) - 1;
  };
  const size = (text: string | undefined) => {
    const value = text === '*' ? Number(take() ?? 0) : Number(text);
    return Math.abs(value) > MAX_WIDTH ? undefined : value;
  };
  const out = format.replace(DIRECTIVE, (_, flags: string, i1, width, dot, i2, precision, i3, verb: string) => {
    seek(i1);
    const wide = width === undefined ? undefined : size(width);
    seek(i2);
    const precise = dot === undefined ? undefined : precision === undefined ? 0 : size(precision);
    seek(i3);
    if (verb === '') return '%!(NOVERB)';
    if (verb === '%') return '%';
    if (next < 0 || next >= values.length) return isReordered ? `%!${verb}(BADINDEX)` : `%!${verb}(MISSING)`;
    const isLeft = wide !== undefined && wide < 0;
    return formatOne(take(), {
      flags: isLeft ? `${flags}-` : flags,
      width: wide === undefined ? undefined : Math.abs(wide),
      precision: precise !== undefined && precise < 0 ? undefined : precise,
      verb,
    });
  });
  if (isReordered || next >= values.length) return out;
  const extra = values.slice(next).map((value) => (value === undefined ? '<nil>' : `${typeName(value)}=${formatValue(value)}`));
  return `${out}%!(EXTRA ${extra.join(', ')})`;
}

/** A value as `%v` writes it. */
export function formatValue(value: GoValue): string {
  return formatOne(value, { flags: '', width: undefined, precision: undefined, verb: 'v' });
}

/** Go's fmt.Sprint: a space between two operands when neither is a string. */
export function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, i) => {
      const isSpaced = i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string';
      return (isSpaced ? ' ' : '') + formatValue(value);
    })
    .join('');
}

function formatOne(value: GoValue, directive: Directive): string {
  const { verb } = directive;
  if (verb === 'T') return pad(typeName(value), directive);
  if (value === undefined) return verb === 'v' ? pad('<nil>', directive) : `%!${verb}(<nil>)`;
  switch (typeof value) {
    case 'boolean':
      return verb === 'v' || verb === 't' ? pad(String(value), directive) : badVerb(value, verb);
    case 'bigint':
      return formatInt(value, directive);
    case 'number':
      return formatNumber(value, directive);
    case 'string':
      return formatText(value, directive, value);
    default:
      return formatComposite(value, directive);
  }
}

function badVerb(value: GoValue, verb: string): string {
  return `%!${verb}(${typeName(value)}=${formatValue(value)})`;
}

function pad(text: string, { width, flags }: Directive): string {
  const missing = (width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  return flags.includes('-') ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

/** Pads a number: zeros go between sign and digits. */
function padNumber(digits: string, isNegative: boolean, directive: Directive, zeroes = true): string {
  const { flags, width } = directive;
  const sign = isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const isZeroPadded = zeroes && flags.includes('0') && !flags.includes('-');
  return isZeroPadded ? sign + digits.padStart((width ?? 0) - sign.length, '0') : pad(sign + digits, directive);
}

const RADIX: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function formatInt(value: bigint, directive: Directive): string {
  const { verb, precision, flags } = directive;
  const abs = value < 0n ? -value : value;
  if (verb === 'c' || verb === 'q') {
    const isCode = value >= 0n && value <= 0x10ffffn;
    const char = isCode ? String.fromCodePoint(Number(value)) : '\ufffd';
    return pad(verb === 'c' ? char : quoteGo(char, "'"), directive);
  }
  if (verb === 'U') return pad(`U+${abs.toString(16).toUpperCase().padStart(4, '0')}`, directive);
  const radix = RADIX[verb];
  if (radix === undefined) return badVerb(value, verb);
  const lower = precision === 0 && value === 0n ? '' : abs.toString(radix).padStart(precision ?? 0, '0');
  const prefix = verb === 'O' ? '0o' : flags.includes('#') ? ({ b: '0b', o: '0', x: '0x', X: '0X' }[verb] ?? '') : '';
  return padNumber(prefix + (verb === 'X' ? lower.toUpperCase() : lower), value < 0n, directive, precision === undefined);
}

function formatNumber(value: number, directive: Directive): string {
  const verb = directive.verb === 'v' ? 'g' : directive.verb === 'F' ? 'f' : directive.verb;
  const lower = verb.toLowerCase();
  if (!['e', 'f', 'g', 'x'].includes(lower)) return badVerb(value, directive.verb);
  const precision = directive.precision ?? (lower === 'g' || lower === 'x' ? -1 : 6);
  const text = lower === 'x' ? formatHexFloat(value, precision) : formatFloat(value, lower as 'e' | 'f' | 'g', precision);
  const isNegative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  const isNumber = Number.isFinite(value);
  const cased = isNumber && verb !== lower ? digits.toUpperCase() : digits;
  // Infinity keeps its plus sign, and is never padded with zeros.
  if (value === Number.POSITIVE_INFINITY) return pad(directive.flags.includes(' ') ? ' Inf' : '+Inf', directive);
  return padNumber(cased, isNegative, directive, isNumber);
}

function formatText(text: string, directive: Directive, value: GoValue): string {
  const { verb, precision, flags } = directive;
  const cut = precision === undefined ? text : [...text].slice(0, precision).join('');
  if (verb === 'v' || verb === 's') return pad(cut, directive);
  if (verb === 'q') return pad(flags.includes('#') && !/[`\p{Cc}]/u.test(cut) ? `\`${cut}\`` : quoteGo(cut), directive);
  if (verb === 'x' || verb === 'X') {
    const bytes = Buffer.from(text).subarray(0, precision ?? Number.POSITIVE_INFINITY);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(flags.includes(' ') ? ' ' : '');
    return pad(verb === 'X' ? hex.toUpperCase() : hex, directive);
  }
  return badVerb(value, verb);
}

function formatComposite(value: Exclude<GoValue, undefined | boolean | bigint | number | string>, directive: Directive): string {
  const isTextVerb = ['v', 's', 'q', 'x', 'X'].includes(directive.verb);
  if (value.text && isTextVerb) return formatText(value.text(), directive, value);
  switch (value.kind) {
    case 'duration':
      return formatInt(value.ns, directive);
    case 'list':
      return `[${value.items.map((item) => formatOne(item, directive)).join(' ')}]`;
    case 'map':
      return `map[${[...value.entries.keys()]
        .sort()
        .map((key) => `${formatOne(key, directive)}:${formatOne(value.entries.get(key), directive)}`)
        .join(' ')}]`;
    case 'struct':
      return `{${[...value.fields.values()].map((field) => formatOne(field, directive)).join(' ')}}`;
  }
}
