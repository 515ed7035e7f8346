import { compareValues, equalValues } from './compare.ts';
import { templateError } from './errors.ts';
import { escapeHtml, escapeJs, escapeQuery } from './escape.ts';
import { formatGo, formatValue, sprint } from './printf.ts';
import { ANY, type GoFunction, type GoValue, isTrue, typeName } from './value.ts';

const fail = (message: string): never => {
  throw templateError('template.function', message);
};
const text = (values: readonly GoValue[]) => (values.length === 1 && typeof values[0] === 'string' ? values[0] : sprint(values));
const compared = (isWanted: (order: number) => boolean): GoFunction => ({
  params: [ANY, ANY],
  call: (a, b) => {
    const order = compareValues(a, b);
    return !Number.isNaN(order) && isWanted(order);
  },
});

/** The functions that every Go template has. `and` and `or` are short-circuited by the evaluator. */
export const BUILTINS: Readonly<Record<string, GoFunction>> = {
  and: { params: [ANY], variadic: ANY, call: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1) },
  or: { params: [ANY], variadic: ANY, call: (...values) => values.find(isTrue) ?? values.at(-1) },
  not: { params: [ANY], call: (value) => !isTrue(value) },
  len: { params: [ANY], call: length },
  index: { params: [ANY], variadic: ANY, call: (value, ...keys) => keys.reduce(element, value ?? fail('index of untyped nil')) },
  slice: { params: [ANY], variadic: ANY, call: slice },
  print: { params: [], variadic: ANY, call: (...values) => sprint(values) },
  println: { params: [], variadic: ANY, call: (...values) => `${values.map(formatValue).join(' ')}\n` },
  printf: { params: ['string'], variadic: ANY, call: (format, ...values) => formatGo(format as string, values) },
  html: { params: [], variadic: ANY, call: (...values) => escapeHtml(text(values)) },
  js: { params: [], variadic: ANY, call: (...values) => escapeJs(text(values)) },
  urlquery: { params: [], variadic: ANY, call: (...values) => escapeQuery(text(values)) },
  call: { params: [ANY], variadic: ANY, call: (value) => fail(`non-function ${formatValue(value)} of type ${typeName(value)}`) },
  eq: {
    params: [ANY],
    variadic: ANY,
    call: (value, ...others) =>
      others.length === 0 ? fail('missing argument for comparison') : others.some((other) => equalValues(value, other)),
  },
  ne: { params: [ANY, ANY], call: (a, b) => !equalValues(a, b) },
  lt: compared((order) => order < 0),
  le: compared((order) => order <= 0),
  gt: compared((order) => order > 0),
  ge: compared((order) => order >= 0),
};

function length(value: GoValue): bigint {
  if (value === undefined) fail('reflect: call of reflect.Value.Type on zero Value');
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
  if (typeof value === 'object' && value.kind === 'list') return BigInt(value.items.length);
  if (typeof value === 'object' && value.kind === 'map') return BigInt(value.entries.size);
  return fail(`len of type ${typeName(value)}`);
}

function position(key: GoValue, limit: number): number {
  if (key === undefined) fail('cannot index slice/array with nil');
  if (typeof key !== 'bigint') return fail(`cannot index slice/array with type ${typeName(key)}`);
  if (key < 0n || key > BigInt(limit)) fail(`index out of range: ${key}`);
  return Number(key);
}

function element(value: GoValue, key: GoValue): GoValue {
  if (typeof value === 'object' && value.kind === 'map') {
    if (typeof key !== 'string')
      return fail(key === undefined ? 'value is nil; should be of type string' : `value has type ${typeName(key)}; should be string`);
    return value.entries.has(key) ? value.entries.get(key) : value.zero;
  }
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return BigInt(bytes[position(key, bytes.length - 1)] as number);
  }
  if (typeof value === 'object' && value.kind === 'list') return value.items[position(key, value.items.length - 1)];
  return fail(`can't index item of type ${typeName(value)}`);
}

function slice(value: GoValue, ...bounds: GoValue[]): GoValue {
  if (value === undefined) fail('slice of untyped nil');
  if (bounds.length > 3) fail(`too many slice indexes: ${bounds.length}`);
  if (typeof value === 'string' && bounds.length === 3) fail('cannot 3-index slice a string');
  const isList = typeof value === 'object' && value.kind === 'list';
  if (typeof value !== 'string' && !isList) return fail(`can't slice item of type ${typeName(value)}`);
  const bytes = typeof value === 'string' ? Buffer.from(value) : undefined;
  const size = bytes?.length ?? (isList ? value.items.length : 0);
  const [start = 0, end = size] = bounds.map((bound) => position(bound, size));
  if (start > end) fail(`invalid slice index: ${start} > ${end}`);
  if (bytes) return bytes.subarray(start, end).toString();
  return isList ? { ...value, items: value.items.slice(start, end) } : undefined;
}
