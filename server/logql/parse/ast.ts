// The tree of a LogQL query. Nodes are immutable; `start` and `end` are offsets in the query text.
import type { Matcher } from '../../model/matcher.ts';

/** Where a node stands in the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type LineFilterOp = '|=' | '!=' | '|~' | '!~' | '|>' | '!>';

/** One text of a line filter: `"x"`, or `ip("10.0.0.0/8")`. */
export interface LineFilterValue {
  readonly text: string;
  readonly isIp: boolean;
}

/** `|= "a" or "b"`: one of the texts (`|=`, `|~`, `|>`), none of them (`!=`, `!~`, `!>`). */
export interface LineFilterStage extends Span {
  readonly kind: 'line_filter';
  readonly op: LineFilterOp;
  readonly values: readonly LineFilterValue[];
}

/** `label="expression"` of json and logfmt; `label` alone extracts the field of that name. */
export interface Extraction {
  readonly label: string;
  readonly expression: string;
}

export interface JsonStage extends Span {
  readonly kind: 'json';
  /** Empty: all fields. */
  readonly extractions: readonly Extraction[];
}

export interface LogfmtStage extends Span {
  readonly kind: 'logfmt';
  readonly strict: boolean;
  readonly keepEmpty: boolean;
  /** Empty: all fields. */
  readonly extractions: readonly Extraction[];
}

export interface PatternStage extends Span {
  readonly kind: 'pattern' | 'regexp';
  readonly pattern: string;
}

export interface PlainStage extends Span {
  readonly kind: 'unpack' | 'decolorize';
}

/** `drop a, b="x"`, `keep a, b=~"x"`. */
export interface PickStage extends Span {
  readonly kind: 'drop' | 'keep';
  readonly labels: readonly { readonly name: string; readonly matcher?: Matcher | undefined }[];
}

export interface LabelFilterStage extends Span {
  readonly kind: 'label_filter';
  readonly filter: LabelFilter;
}

export type Comparison = '==' | '!=' | '>' | '>=' | '<' | '<=';

/** A condition on labels. Durations are nanoseconds. */
export type LabelFilter =
  | { readonly kind: 'and' | 'or'; readonly left: LabelFilter; readonly right: LabelFilter }
  | { readonly kind: 'string'; readonly matcher: Matcher }
  | { readonly kind: 'number' | 'duration' | 'bytes'; readonly name: string; readonly op: Comparison; readonly value: number }
  | { readonly kind: 'ip'; readonly name: string; readonly op: '=' | '!='; readonly pattern: string };

export interface LineFormatStage extends Span {
  readonly kind: 'line_format';
  readonly template: string;
}

/** `label_format a=b` renames, `label_format a="{{.b}}"` computes. */
export interface LabelFormatStage extends Span {
  readonly kind: 'label_format';
  readonly assignments: readonly { readonly label: string; readonly from?: string; readonly template?: string }[];
}

export type Stage =
  | LineFilterStage
  | JsonStage
  | LogfmtStage
  | PatternStage
  | PlainStage
  | PickStage
  | LabelFilterStage
  | LineFormatStage
  | LabelFormatStage;

/** `{app="x"} |= "y" | json`. */
export interface LogExpr extends Span {
  readonly kind: 'log';
  readonly matchers: readonly Matcher[];
  readonly stages: readonly Stage[];
}

/** `| unwrap duration(latency) | __error__=""`. */
export interface Unwrap extends Span {
  readonly label: string;
  readonly conversion: '' | 'duration' | 'duration_seconds' | 'bytes';
  readonly filters: readonly LabelFilter[];
}

export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export const RANGE_OPS = [
  'rate',
  'rate_counter',
  'count_over_time',
  'bytes_rate',
  'bytes_over_time',
  'avg_over_time',
  'sum_over_time',
  'min_over_time',
  'max_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'quantile_over_time',
  'first_over_time',
  'last_over_time',
  'absent_over_time',
] as const;
export type RangeOp = (typeof RANGE_OPS)[number];

export const VECTOR_OPS = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'approx_topk',
  'sort',
  'sort_desc',
] as const;
export type VectorOp = (typeof VECTOR_OPS)[number];

/** `rate({app="x"} | json | unwrap v [5m] offset 1h) by (a)`. */
export interface RangeAggregation extends Span {
  readonly kind: 'range_aggregation';
  readonly op: RangeOp;
  readonly log: LogExpr;
  readonly unwrap?: Unwrap | undefined;
  readonly rangeNs: bigint;
  readonly offsetNs: bigint;
  /** Of quantile_over_time. */
  readonly param?: number | undefined;
  readonly grouping?: Grouping | undefined;
}

export interface VectorAggregation extends Span {
  readonly kind: 'vector_aggregation';
  readonly op: VectorOp;
  readonly expr: MetricExpr;
  /** Of topk, bottomk and approx_topk. */
  readonly param?: number | undefined;
  readonly grouping?: Grouping | undefined;
}

export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '!=' | '>' | '>=' | '<' | '<=' | 'and' | 'or' | 'unless';

/** How the series of two vectors find each other; as in PromQL. */
export interface VectorMatching {
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly include: readonly string[];
}

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly lhs: MetricExpr;
  readonly rhs: MetricExpr;
  readonly returnBool: boolean;
  readonly matching: VectorMatching;
}

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
}

/** `vector(1)`. */
export interface VectorLiteral extends Span {
  readonly kind: 'vector';
  readonly value: number;
}

export interface LabelReplace extends Span {
  readonly kind: 'label_replace';
  readonly expr: MetricExpr;
  readonly destination: string;
  readonly replacement: string;
  readonly source: string;
  readonly regexp: string;
}

export type MetricExpr = RangeAggregation | VectorAggregation | Binary | NumberLiteral | VectorLiteral | LabelReplace;

export type Expr = LogExpr | MetricExpr;
