// How the values of a Go template are represented:
//   int → bigint, float64 → number, string, bool as they are; `undefined` is both nil and Go's "no value";
//   slices, maps and structs are the tagged objects below, which carry their Go type name (error texts and %T need it).
import { templateError } from './errors.ts';

export type GoValue = undefined | boolean | bigint | number | string | GoList | GoMap | GoStruct | GoDuration;

/** A function or method: Go type names of its parameters, the type of further ones, and the call itself; what it throws is placed. */
export interface GoFunction {
  readonly params: readonly string[];
  readonly variadic?: string;
  call(...args: GoValue[]): GoValue;
}

export type Methods = Readonly<Record<string, GoFunction>>;

/** A slice. */
export interface GoList {
  readonly kind: 'list';
  readonly type: string;
  readonly items: readonly GoValue[];
  readonly methods?: Methods;
  /** Go's `String() string`. */
  readonly text?: () => string;
}

/** A map with string keys; `zero` is the zero value of its element type. */
export interface GoMap {
  readonly kind: 'map';
  readonly type: string;
  readonly entries: ReadonlyMap<string, GoValue>;
  readonly zero: GoValue;
  readonly methods?: Methods;
  readonly text?: () => string;
}

/** A struct; a field is looked up when it is used. */
export interface GoStruct {
  readonly kind: 'struct';
  readonly type: string;
  readonly fields: ReadonlyMap<string, GoValue>;
  readonly methods?: Methods;
  readonly text?: () => string;
}

/** `time.Duration`, in nanoseconds. */
export interface GoDuration {
  readonly kind: 'duration';
  readonly type: 'time.Duration';
  readonly ns: bigint;
  readonly methods?: Methods;
  readonly text: () => string;
}

/** The type that takes anything. */
export const ANY = 'interface {}';

/** The Go name of a value's type, as in error texts. */
export function typeName(value: GoValue): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    case 'string':
      return 'string';
    default:
      return value.type;
  }
}

/** Whether `if` takes its first branch. */
export function isTrue(value: GoValue): boolean {
  switch (typeof value) {
    case 'undefined':
      return false;
    case 'boolean':
      return value;
    case 'bigint':
      return value !== 0n;
    case 'number':
      return value !== 0;
    case 'string':
      return value !== '';
    default:
      if (value.kind === 'list') return value.items.length > 0;
      if (value.kind === 'map') return value.entries.size > 0;
      return value.kind === 'duration' ? value.ns !== 0n : true;
  }
}

/** `[]string`. */
export function stringList(items: readonly string[]): GoList {
  return { kind: 'list', type: '[]string', items };
}

/** `map[string]string`, or a type over it. */
export function stringMap(object: Readonly<Record<string, string>>, type = 'map[string]string', methods: Methods = {}): GoMap {
  return { kind: 'map', type, entries: new Map(Object.entries(object)), zero: '', methods };
}

/** A struct of `type` with these fields. */
export function struct(type: string, fields: Readonly<Record<string, GoValue>>, methods: Methods = {}): GoStruct {
  return { kind: 'struct', type, fields: new Map(Object.entries(fields)), methods };
}

/** The texts of a `[]string`. Throws AppError `template.function` for anything else. */
export function toStrings(value: GoValue): string[] {
  if (typeof value !== 'object' || value.kind !== 'list')
    throw templateError('template.function', `expected a list, got ${typeName(value)}`);
  return value.items.map((item) => {
    if (typeof item !== 'string') throw templateError('template.function', `expected a string, got ${typeName(item)}`);
    return item;
  });
}
