// JSON as Go's encoder writes it, because clients and tests compare bytes: `<`, `>` and `&` escaped in
// everything but label sets, which have an encoder of their own.

import { toGoJson } from '../../model/go-json.ts';
import type { Labels } from '../../model/labels.ts';

/** A label set as an object; the order of names is kept also for names that look like numbers. */
export function labelsToJson(labels: Labels): string {
  let text = '{';
  for (const [name, value] of labels) text += `${text === '{' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return `${text}}`;
}

/** Labels or annotations that are kept as an object, in name order. */
export function labelMapToJson(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(sortedByName(labels));
}

/** A map with its keys in order, as Go writes maps. */
export function mapToJson(map: Readonly<Record<string, string>>): string {
  return toGoJson(sortedByName(map));
}

function sortedByName(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Members in the given order; values are JSON already, undefined ones are left out (Go's `omitempty`). */
export function objectJson(members: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(members).filter(([, json]) => json !== undefined);
  return `{${pairs.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}

const ITEMS_AT_ONCE = 5_000;

/** A JSON array of any length, letting other work run in between. */
export async function listToJson<T>(items: readonly T[], toJson: (item: T) => string): Promise<string> {
  const parts: string[] = [];
  for (let i = 0; i < items.length; i += ITEMS_AT_ONCE) {
    if (i > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    parts.push(
      items
        .slice(i, i + ITEMS_AT_ONCE)
        .map(toJson)
        .join(','),
    );
  }
  return `[${parts.join(',')}]`;
}

/** A number as Go's encoder writes it, which has two digits in every exponent. */
export function numberToJson(value: number): string {
  return String(value).replace(/e-(\d)$/, 'e-0$1');
}

/** RFC 3339 with as many digits of a second as are needed; Go's zero time for 0, which means "never". */
export function timeToJson(timestampMs: number): string {
  if (timestampMs === 0) return '"0001-01-01T00:00:00Z"';
  return `"${new Date(timestampMs).toISOString().replace(/\.?0*Z$/, 'Z')}"`;
}

/** Go's `%e` with the shortest digits, as alert values are written: `0e+00`, `1.5e+03`, `+Inf`. */
export function formatExponential(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = Object.is(value, -0) ? '-' : '';
  return sign + value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
