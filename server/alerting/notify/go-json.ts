import { toGoJson } from '../../model/go-json.ts';

/** JSON as Go's encoder writes it: the keys of `Record`s must already be in order; ends with a newline. */
export function goJson(value: unknown): string {
  return `${toGoJson(value)}\n`;
}

/** A map with its keys in Go's order. */
export function sortedMap(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Without what Go's `omitempty` leaves out: '', false and empty lists. */
export function omitEmpty<T extends object>(object: T): Partial<T> {
  const isKept = (value: unknown) =>
    value !== '' && value !== false && value !== undefined && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(object).filter(([, value]) => isKept(value))) as Partial<T>;
}
