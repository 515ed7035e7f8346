// Binary operators of PromQL: how tightly they bind, and how series of both sides are matched.
import { formatLabel } from './matchers.ts';
import type { Unit } from './units.ts';

/** Anything that stands for a PromQL text. */
export interface PromqlText {
  readonly promql: string;
  /** How its values are shown, where that is known. */
  readonly unit?: Unit | undefined;
}

/** The other side of an operator. */
export type Operand = PromqlText | number;

/** Which series of both sides belong together; PromQL's `on`, `ignoring`, `group_left`, `group_right` and `bool`. */
export interface Matching<L extends string> {
  readonly on?: readonly L[];
  readonly ignoring?: readonly L[];
  /** Many series on the left; the labels to take over from the right. */
  readonly groupLeft?: readonly string[];
  /** Many series on the right; the labels to take over from the left. */
  readonly groupRight?: readonly string[];
  /** Comparisons answer 0 or 1 instead of dropping series. */
  readonly bool?: boolean;
}

/** How tightly a text binds, as PromQL's operators do: what binds less than its surroundings gets parentheses. */
export const RANK = { or: 1, and: 2, compare: 3, add: 4, multiply: 5, power: 6, atom: 7 } as const;

/** The binary operators and how tightly they bind. */
export const OPERATORS = {
  or: RANK.or,
  and: RANK.and,
  unless: RANK.and,
  '==': RANK.compare,
  '!=': RANK.compare,
  '>': RANK.compare,
  '>=': RANK.compare,
  '<': RANK.compare,
  '<=': RANK.compare,
  '+': RANK.add,
  '-': RANK.add,
  '*': RANK.multiply,
  '/': RANK.multiply,
  '%': RANK.multiply,
  '^': RANK.power,
} as const;

/** A binary operator of PromQL. */
export type Operator = keyof typeof OPERATORS;
/** The modifiers between an operator and its right side, with a leading space; '' without any. */
export function formatMatching({ on, ignoring, groupLeft, groupRight, bool }: Matching<string>): string {
  const list = (word: string, labels: readonly string[] | undefined) => (labels ? ` ${word} (${labels.map(formatLabel).join(', ')})` : '');
  return `${bool ? ' bool' : ''}${list('on', on)}${list('ignoring', ignoring)}${list('group_left', groupLeft)}${list('group_right', groupRight)}`;
}

/** A number as PromQL writes it; Infinity would be the name of a metric. */
export function formatNumber(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
