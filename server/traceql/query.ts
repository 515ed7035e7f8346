// The way into TraceQL: a query is compiled once and then asked about one trace after the other.

import type { SpanField, SpanFilter } from '../storage/store.ts';
import { compileField, type FieldReader } from './engine/field-value.ts';
import { compilePipeline, type Spanset } from './engine/spansets.ts';
import type { TraceTree } from './engine/trace-tree.ts';
import type { FieldExpression, ScalarExpression, SpansetExpression, Stage } from './parse/ast.ts';
import { parseField } from './parse/field-parser.ts';
import { parseTraceql } from './parse/parse.ts';
import { TokenStream } from './parse/token-stream.ts';
import { planTraceql, type TracePlan } from './plan/plan.ts';
import { planCondition, storeFieldOf } from './plan/span-filter.ts';

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

/**
 * What the store can decide of a query that is one `{ … }`, for questions about the spans that pass; undefined when that is nothing.
 * Throws as `compileTraceql`.
 */
export function spanFilterOf(query: string): SpanFilter | undefined {
  const [stage] = parseTraceql(query);
  if (stage?.kind !== 'spansets' || stage.expression.kind !== 'filter' || !stage.expression.condition) return undefined;
  const { filter } = planCondition(stage.expression.condition);
  return typeof filter === 'boolean' ? undefined : filter;
}

/** The field that `.name`, `resource.name`, `status` and their like name, undefined when the store cannot list its values. Throws `traceql.parse`. */
export function storeFieldNamed(text: string): SpanField | undefined {
  const stream = new TokenStream(text);
  const expression = parseField(stream);
  if (expression.kind !== 'field' || !stream.is('end'))
    throw stream.fail(
      0,
      `${JSON.stringify(text)} is not an attribute or intrinsic: write .name, span.name, resource.name, or one such as status`,
    );
  const { field } = expression;
  // Every root is a span, so what spans have is more than enough to choose from.
  if (field.scope === 'intrinsic' && field.name === 'rootName') return { scope: 'intrinsic', name: 'name' };
  if (field.scope === 'intrinsic' && field.name === 'rootServiceName') return { scope: 'intrinsic', name: 'service' };
  return storeFieldOf(field);
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
