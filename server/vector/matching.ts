import type { Labels } from '../model/labels.ts';
import { METRIC_NAME } from './rows.ts';

/** Which labels decide whether two series belong together: exactly those (`on`) or all but those and the name (`ignoring`). */
export interface MatchLabels {
  readonly on: boolean;
  readonly labels: readonly string[];
}

/** The part of a label set that decides about matching. */
export function matchPart({ on, labels }: MatchLabels): (series: Labels) => Labels {
  const names = new Set(on ? labels : [...labels, ...METRIC_NAME]);
  return on ? (series) => series.keep(names) : (series) => series.drop(names);
}

/** Numbers the match groups of several vectors alike: two series get the same number exactly when they match. */
export function matchGroups(
  vectors: readonly (readonly Labels[])[],
  by: MatchLabels,
): { readonly count: number; readonly of: readonly Int32Array[] } {
  const numbers = new Map<string, number>();
  const keyOf = partKey(by.on ? 'only' : 'without', by.on ? by.labels : [...by.labels, ...METRIC_NAME]);
  const of = vectors.map((vector) =>
    Int32Array.from(vector, (series) => {
      const key = keyOf(series);
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, numbers.size);
      return numbers.size - 1;
    }),
  );
  return { count: numbers.size, of };
}

/**
 * A key that is equal exactly for series that agree in the named labels only, or in all labels without them. Made straight from
 * the flat labels, because it is needed for every series of every operation.
 */
export function partKey(what: 'only' | 'without', names: Iterable<string>): (series: Labels) => string {
  const named = new Set(names);
  const wantsNamed = what === 'only';
  return ({ flat }) => {
    let key = '';
    for (let i = 0; i < flat.length; i += 2)
      if (named.has(flat[i] as string) === wantsNamed) key += `${flat[i]}${SEPARATOR}${flat[i + 1]}${SEPARATOR}`;
    return key;
  };
}

/** Does not occur in text decoded from UTF-8. */
const SEPARATOR = '\ud800';

/** A label set as Prometheus writes it in messages: `{__name__="x", a="b"}`. */
export function formatLabelSet(labels: Labels): string {
  return `{${[...labels].map(([name, value]) => `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(value)}`).join(', ')}}`;
}
