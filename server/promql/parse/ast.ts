// The tree of an expression. Nodes are immutable; `start` and `end` are offsets in the query text.
import type { Matcher } from '../../model/matcher.ts';
import type { Span } from './position.ts';
import type { FunctionSignature } from './signatures.ts';
import type { Aggregator } from './token.ts';

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export type BinaryOperator =
  | ('+' | '-' | '*' | '/' | '%' | '^' | 'atan2')
  | ('==' | '!=' | '<' | '<=' | '>' | '>=')
  | ('</' | '>/')
  | ('and' | 'or' | 'unless');

/** When a selector or subquery is evaluated, if not at the query's own time. */
export type AtModifier = { readonly kind: 'time'; readonly timeMs: number } | { readonly kind: 'start' } | { readonly kind: 'end' };

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration such as `5m`. */
  readonly isDuration: boolean;
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
  /** With bytes that are no UTF-8, as in GoString. */
  readonly raw?: string | undefined;
}

export type DurationOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'negate' | 'step' | 'range' | 'min' | 'max';

/** Arithmetic where a duration stands (promql-duration-expr); its value is in seconds and known once the query runs. */
export interface DurationOperation extends Span {
  readonly kind: 'duration';
  readonly op: DurationOperator;
  /** None for `step()` and `range()`, one to negate, else two. */
  readonly args: readonly DurationExpr[];
  /** In parentheses, which `start` and `end` leave out. */
  readonly isWrapped: boolean;
}

export type DurationExpr = NumberLiteral | DurationOperation;

export interface VectorSelector extends Span {
  readonly kind: 'selector';
  /** The name outside the braces, or ''; it is also the last of `matchers`. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** 0 as long as `offsetExpr` is not evaluated; the same holds for the other durations. */
  readonly offsetMs: number;
  readonly offsetExpr?: DurationOperation | undefined;
  readonly at?: AtModifier | undefined;
  /** What stands at the edges of the window, or at the evaluation time, where no sample does (promql-extended-range-selectors). */
  readonly boundary?: 'anchored' | 'smoothed' | undefined;
}

export interface MatrixSelector extends Span {
  readonly kind: 'range';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationOperation | undefined;
}

export interface Subquery extends Span {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationOperation | undefined;
  /** 0 means the engine's default resolution. */
  readonly stepMs: number;
  readonly stepExpr?: DurationOperation | undefined;
  readonly offsetMs: number;
  readonly offsetExpr?: DurationOperation | undefined;
  readonly at?: AtModifier | undefined;
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly fn: FunctionSignature;
  readonly args: readonly Expr[];
}

export interface Aggregation extends Span {
  readonly kind: 'aggregation';
  readonly op: Aggregator;
  readonly expr: Expr;
  readonly param?: Expr | undefined;
  /** `without (…)` when true; without any clause this is `by ()`. */
  readonly without: boolean;
  readonly grouping: readonly string[];
}

/** How the series of two vectors find each other. */
export interface VectorMatching {
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** `on (…)` when true, else `ignoring (…)`. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels that `group_left (…)` or `group_right (…)` copies from the one side. */
  readonly include: readonly string[];
  /** The value of a series that is missing on the left, on the right (promql-binop-fill-modifiers). */
  readonly fillLeft?: number | undefined;
  readonly fillRight?: number | undefined;
}

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly lhs: Expr;
  readonly rhs: Expr;
  readonly returnBool: boolean;
  readonly matching: VectorMatching;
}

export interface Unary extends Span {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
}

export interface Paren extends Span {
  readonly kind: 'paren';
  readonly expr: Expr;
}

export type Expr = NumberLiteral | StringLiteral | VectorSelector | MatrixSelector | Subquery | Call | Aggregation | Binary | Unary | Paren;

/** The type of an expression's value. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregation':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'call':
      return expr.fn.returns;
    case 'binary':
      return typeOf(expr.lhs) === 'scalar' && typeOf(expr.rhs) === 'scalar' ? 'scalar' : 'vector';
    case 'unary':
    case 'paren':
      return typeOf(expr.expr);
  }
}

/** The expression inside any number of parentheses. */
export function unwrap(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrap(expr.expr) : expr;
}

export function isComparison(op: BinaryOperator): boolean {
  return op === '==' || op === '!=' || op === '<' || op === '<=' || op === '>' || op === '>=';
}

export function isSetOperator(op: BinaryOperator): op is 'and' | 'or' | 'unless' {
  return op === 'and' || op === 'or' || op === 'unless';
}
