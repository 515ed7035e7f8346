// Which fields the loaded lines have, and which values are frequent.
import type { ReadLine } from './log-line.ts';
import type { FieldSource } from './query-text.ts';

export interface FieldValue {
  readonly value: string;
  readonly count: number;
}

export interface FieldSummary {
  readonly name: string;
  readonly source: FieldSource;
  readonly isList: boolean;
  /** Lines that have it. */
  readonly count: number;
  readonly distinct: number;
  /** The most frequent first, at most `MOST_VALUES`. */
  readonly values: readonly FieldValue[];
}

const MOST_VALUES = 8;
/** Different values of one field that are told apart; a field with more is an id or a measure. */
const MOST_DISTINCT = 5_000;

/** Fields in the order stream labels, metadata, fields of lines; frequent ones first. */
export function summarizeFields(lines: readonly ReadLine[]): readonly FieldSummary[] {
  const found = new Map<string, { source: FieldSource; isList: boolean; count: number; values: Map<string, number> }>();
  for (const line of lines) {
    for (const { name, value, source, isList } of line.fields) {
      const key = `${group(source)} ${name}`;
      let field = found.get(key);
      if (field === undefined) {
        field = { source, isList, count: 0, values: new Map() };
        found.set(key, field);
      }
      field.count += 1;
      const known = field.values.get(value);
      if (known !== undefined || field.values.size < MOST_DISTINCT) field.values.set(value, (known ?? 0) + 1);
    }
  }
  return [...found]
    .map(([key, { source, isList, count, values }]) => ({
      name: key.slice(2),
      source,
      isList,
      count,
      distinct: values.size,
      values: [...values]
        .map(([value, times]) => ({ value, count: times }))
        .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value))
        .slice(0, MOST_VALUES),
    }))
    .sort((a, b) => group(a.source) - group(b.source) || b.count - a.count || a.name.localeCompare(b.name));
}

/** 0 stream labels, 1 metadata, 2 fields of the line, parsed by the query or here. */
function group(source: FieldSource): 0 | 1 | 2 {
  return source === 'label' ? 0 : source === 'metadata' ? 1 : 2;
}

/** The heading over fields of a source. */
export function groupTitle(source: FieldSource): string {
  return (['Stream labels', 'Metadata', 'Fields of the line'] as const)[group(source)];
}
