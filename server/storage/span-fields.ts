// What both stores agree on about the fields of spans that conditions look at.
import { type AttributeValue, SPAN_KINDS, type SpanStatus } from '../model/span.ts';
import type { SpanCondition, SpanTagValue } from './store.ts';

/** Statuses by their number in the table. */
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const satisfies readonly SpanStatus[];

/** The words that a field with few values can have. */
export const KEYWORDS = { status: SPAN_STATUSES, kind: SPAN_KINDS } as const;

export type ComparisonOp = Exclude<SpanCondition['op'], 'exists' | 'absent'>;

/** The comparisons of an ordering: what `compare` (negative, 0, positive) must say for `op` to hold. Not for regular expressions. */
export function isOrdered(op: Exclude<ComparisonOp, '=~' | '!~'>, order: number): boolean {
  switch (op) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** The value of an attribute as an answer; undefined for arrays and maps, which no question can name. */
export function tagValueOf(value: AttributeValue): SpanTagValue | undefined {
  switch (typeof value) {
    case 'string':
      return { type: 'string', value };
    case 'bigint':
      return { type: 'int', value: value.toString() };
    case 'number':
      return { type: 'float', value: String(value) };
    case 'boolean':
      return { type: 'bool', value: String(value) };
    default:
      return undefined;
  }
}
