// The way into TraceQL: a query is compiled once and then asked about one trace after the other.
import { compileField, type FieldReader } from './engine/field-value.ts';
import { compilePipeline, type Spanset } from './engine/spansets.ts';
import type { TraceTree } from './engine/trace-tree.ts';
import type { FieldExpression, ScalarExpression, SpansetExpression, Stage } from './parse/ast.ts';
import { parseTraceql } from './parse/parse.ts';
import { planTraceql, type TracePlan } from './plan/plan.ts';

/** A field that the query looks at, to be shown with the spans that it found. */
export interface ShownField {
  /** As Tempo names it: without its scope. */
  readonly name: string;
  readonly read: FieldReader;
}

/** A query that is ready to use. */
export interface TraceqlQuery {
  /** What to ask the store for candidates. */
  readonly plan: TracePlan;
  /** The spansets of a whole trace that match; none = the trace does not. */
  match(trace: TraceTree): readonly Spanset[];
  readonly fields: readonly ShownField[];
}

/** Compiles a query. Throws AppError `traceql.parse`, `traceql.type` and `traceql.unsupported`, with line and column. */
export function compileTraceql(query: string): TraceqlQuery {
  const stages = parseTraceql(query);
  return { plan: planTraceql(stages), match: compilePipeline(stages), fields: shownFields(stages) };
}

// They are answered of every span anyway, or mean nothing as an attribute.
const NOT_SHOWN: readonly string[] = ['name', 'duration', 'parent', 'traceId', 'spanId'];

function shownFields(stages: readonly Stage[]): ShownField[] {
  const shown = new Map<string, ShownField>();
  for (const expression of stages.flatMap(fieldsOfStage)) {
    const { field } = expression;
    const name = field.scope === 'intrinsic' ? expression.text.replace(/^\w+:/, '') : field.name;
    if (field.scope === 'intrinsic' && NOT_SHOWN.includes(field.name)) continue;
    if (!shown.has(name)) shown.set(name, { name, read: compileField(field) });
  }
  return [...shown.values()];
}

type FieldPart = Extract<FieldExpression, { kind: 'field' }>;

function fieldsOfStage(stage: Stage): FieldPart[] {
  switch (stage.kind) {
    case 'spansets':
      return fieldsOfSpansets(stage.expression);
    case 'scalarFilter':
      return [...fieldsOfScalar(stage.left), ...fieldsOfScalar(stage.right)];
    case 'by':
      return fieldsOf(stage.expression);
    case 'select':
      return stage.fields.flatMap(fieldsOf);
    case 'coalesce':
      return [];
  }
}

function fieldsOfSpansets(expression: SpansetExpression): FieldPart[] {
  switch (expression.kind) {
    case 'filter':
      return expression.condition ? fieldsOf(expression.condition) : [];
    case 'pipeline':
      return expression.stages.flatMap(fieldsOfStage);
    case 'operation':
      return [...fieldsOfSpansets(expression.left), ...fieldsOfSpansets(expression.right)];
  }
}

function fieldsOfScalar(expression: ScalarExpression): FieldPart[] {
  if (expression.kind === 'arithmetic') return [...fieldsOfScalar(expression.left), ...fieldsOfScalar(expression.right)];
  return expression.kind === 'aggregate' && expression.of ? fieldsOf(expression.of) : [];
}

function fieldsOf(expression: FieldExpression): FieldPart[] {
  switch (expression.kind) {
    case 'field':
      return [expression];
    case 'literal':
      return [];
    case 'unary':
      return fieldsOf(expression.operand);
    case 'binary':
      return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
  }
}
