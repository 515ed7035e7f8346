// What a query is made of. `start` is the UTF-16 offset of a part in the query's text, for messages.

/** Comparisons of values. */
export type ComparisonOperator = '=' | '!=' | '=~' | '!~' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';

/** A value that stands in the query. Integers and durations (nanoseconds) are bigint. */
export type Literal =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int' | 'duration'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'status' | 'kind'; readonly value: string }
  | { readonly type: 'nil' };

/** Where an attribute is looked for; `any` is the span, then its resource. */
export type AttributeScope = 'any' | 'span' | 'resource' | 'event' | 'link';

/** What a span, its trace, its events or its links know of themselves. */
export const INTRINSICS = [
  'name',
  'status',
  'statusMessage',
  'kind',
  'duration',
  'childCount',
  'parent',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
  'spanId',
  'parentId',
  'rootName',
  'rootServiceName',
  'traceDuration',
  'traceId',
  'scopeName',
  'scopeVersion',
  'eventName',
  'eventTimeSinceStart',
  'linkTraceId',
  'linkSpanId',
] as const;
export type Intrinsic = (typeof INTRINSICS)[number];

/** What an expression reads from a span. */
export type Field =
  | { readonly scope: AttributeScope; readonly name: string; readonly ofParent: boolean }
  | { readonly scope: 'intrinsic'; readonly name: Intrinsic };

/** An expression over one span. */
export type FieldExpression =
  | { readonly kind: 'literal'; readonly literal: Literal; readonly start: number }
  | { readonly kind: 'field'; readonly field: Field; readonly text: string; readonly start: number }
  | { readonly kind: 'unary'; readonly op: '!' | '-'; readonly operand: FieldExpression; readonly start: number }
  | {
      readonly kind: 'binary';
      readonly op: ComparisonOperator | ArithmeticOperator | '&&' | '||';
      readonly left: FieldExpression;
      readonly right: FieldExpression;
      /** Of the operator. */
      readonly start: number;
    };

/** How two sets of spans of one trace are combined; `!` negates, a leading `&` keeps the spans of both sides. */
export const SPANSET_OPERATORS = [
  '&&',
  '||',
  ...['>', '>>', '<', '<<', '~'],
  ...['!>', '!>>', '!<', '!<<', '!~'],
  ...['&>', '&>>', '&<', '&<<', '&~'],
] as const;
export type SpansetOperator = (typeof SPANSET_OPERATORS)[number];

/** Something that selects spans of a trace. */
export type SpansetExpression =
  /** `{ … }`; without a condition it selects every span. */
  | { readonly kind: 'filter'; readonly condition: FieldExpression | undefined; readonly start: number }
  | { readonly kind: 'operation'; readonly op: SpansetOperator; readonly left: SpansetExpression; readonly right: SpansetExpression }
  /** `( … | … )`. */
  | { readonly kind: 'pipeline'; readonly stages: readonly Stage[] };

export type AggregateFunction = 'count' | 'avg' | 'min' | 'max' | 'sum';

/** A number for a set of spans. */
export type ScalarExpression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'aggregate'; readonly fn: AggregateFunction; readonly of: FieldExpression | undefined }
  | { readonly kind: 'arithmetic'; readonly op: ArithmeticOperator; readonly left: ScalarExpression; readonly right: ScalarExpression };

/** One step of a pipeline. */
export type Stage =
  | { readonly kind: 'spansets'; readonly expression: SpansetExpression }
  | { readonly kind: 'scalarFilter'; readonly op: ComparisonOperator; readonly left: ScalarExpression; readonly right: ScalarExpression }
  | { readonly kind: 'by'; readonly expression: FieldExpression; readonly text: string }
  | { readonly kind: 'coalesce' }
  | { readonly kind: 'select'; readonly fields: readonly FieldExpression[] };
