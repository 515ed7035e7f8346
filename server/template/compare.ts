import { compareText } from '../model/labels.ts';
import { templateError } from './errors.ts';
import { formatValue } from './printf.ts';
import { type GoValue, typeName } from './value.ts';

const bad = (message: string) => templateError('template.function', message);

/** The kind that decides whether two values can be compared at all. */
function basicKind(value: GoValue): string {
  if (typeof value !== 'object') return typeof value;
  return value.kind === 'duration' ? 'bigint' : value.kind;
}

function numberOf(value: GoValue): GoValue {
  return typeof value === 'object' && value.kind === 'duration' ? value.ns : value;
}

/** Go's `eq` of two values; different kinds are an error, nil equals only nil. */
export function equalValues(a: GoValue, b: GoValue): boolean {
  if (a === undefined || b === undefined) return a === b;
  const kind = basicKind(a);
  if (kind !== basicKind(b)) throw bad(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  if (kind === 'list' || kind === 'map') throw bad(`non-comparable type ${formatValue(a)}: ${typeName(a)}`);
  if (typeof a === 'object' && typeof b === 'object' && a.kind === 'struct')
    return a === b || (a.text !== undefined && a.text() === b.text?.());
  return numberOf(a) === numberOf(b);
}

/** Negative, zero or positive; NaN when a NaN is involved. Go's errors for what has no order. */
export function compareValues(a: GoValue, b: GoValue): number {
  for (const value of [a, b])
    if (value === undefined || ['list', 'map', 'struct'].includes(basicKind(value))) throw bad('invalid type for comparison');
  if (basicKind(a) !== basicKind(b)) throw bad(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  if (typeof a === 'boolean') throw bad('invalid type for comparison');
  if (typeof a === 'string') return compareText(a, b as string);
  const [x, y] = [numberOf(a), numberOf(b)] as [number | bigint, number | bigint];
  return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
}
