// Pipelines over one trace: each stage turns sets of spans into sets of spans.
import type { ScalarExpression, SpansetExpression, Stage } from '../parse/ast.ts';
import { calculate, compareValues, compileCondition, compileExpression } from './field-expression.ts';
import { type FieldReader, ManyValues, type Value } from './field-value.ts';
import { type Relation, relate } from './relate.ts';
import type { SpanNode, TraceTree } from './trace-tree.ts';

/** Spans of one trace that belong together, in the order of the trace; never empty. */
export interface Spanset {
  readonly nodes: readonly SpanNode[];
  /** What `by(…)` grouped them by. */
  readonly groups: readonly { readonly name: string; readonly value: Value }[];
}

type Step = (spansets: readonly Spanset[]) => readonly Spanset[];
type Select = (nodes: readonly SpanNode[]) => readonly SpanNode[];

/** A pipeline as a function from a trace to the spansets that are left of it; none when the trace does not match. */
export function compilePipeline(stages: readonly Stage[]): (trace: TraceTree) => readonly Spanset[] {
  const run = compileStages(stages);
  return (trace) => run([{ nodes: trace.nodes, groups: [] }]);
}

function compileStages(stages: readonly Stage[]): Step {
  const steps = stages.map(compileStage);
  return (spansets) => steps.reduce((rest, step) => step(rest), spansets);
}

function compileStage(stage: Stage): Step {
  switch (stage.kind) {
    case 'spansets': {
      const select = compileSpansets(stage.expression);
      return (spansets) => spansets.map(({ nodes, groups }) => ({ nodes: select(nodes), groups })).filter(({ nodes }) => nodes.length > 0);
    }
    case 'scalarFilter': {
      const { op } = stage;
      if (op === '=~' || op === '!~') return () => [];
      const [left, right] = [compileScalar(stage.left), compileScalar(stage.right)];
      return (spansets) => spansets.filter(({ nodes }) => compareValues(op, left(nodes), right(nodes)));
    }
    case 'by': {
      const read = compileExpression(stage.expression);
      return (spansets) => spansets.flatMap((spanset) => groupBy(spanset, `by(${stage.text})`, read));
    }
    case 'coalesce':
      return (spansets) => (spansets.length === 0 ? [] : [{ nodes: union(spansets.map(({ nodes }) => nodes)), groups: [] }]);
    case 'select':
      // It only adds to what is shown.
      return (spansets) => spansets;
  }
}

function compileSpansets(expression: SpansetExpression): Select {
  switch (expression.kind) {
    case 'filter': {
      if (!expression.condition) return (nodes) => nodes;
      const test = compileCondition(expression.condition);
      return (nodes) => nodes.filter(test);
    }
    case 'pipeline': {
      const run = compileStages(expression.stages);
      return (nodes) => union(run([{ nodes, groups: [] }]).map((spanset) => spanset.nodes));
    }
    case 'operation': {
      const [left, right] = [compileSpansets(expression.left), compileSpansets(expression.right)];
      const { op } = expression;
      if (op === '||') return (nodes) => union([left(nodes), right(nodes)]);
      return (nodes) => {
        const [a, b] = [left(nodes), right(nodes)];
        if (op === '&&') return a.length > 0 && b.length > 0 ? union([a, b]) : [];
        return combine(op, a, b);
      };
    }
  }
}

const INVERSE: Readonly<Record<Relation, Relation>> = { '>': '<', '>>': '<<', '<': '>', '<<': '>>', '~': '~' };

/** Structural operators: the spans on the right that stand in the relation to one on the left. */
function combine(op: string, left: readonly SpanNode[], right: readonly SpanNode[]): readonly SpanNode[] {
  const relation = op.replace(/^[!&]/, '') as Relation;
  const related = relate(relation, left, right);
  if (op.startsWith('!')) return right.filter((node) => !related.has(node));
  if (op.startsWith('&')) return union([[...related], [...relate(INVERSE[relation], right, left)]]);
  return right.filter((node) => related.has(node));
}

function union(lists: readonly (readonly SpanNode[])[]): readonly SpanNode[] {
  const [only = []] = lists;
  if (lists.length < 2) return only;
  return [...new Set(lists.flat())].sort((a, b) => a.index - b.index);
}

function groupBy(spanset: Spanset, name: string, read: FieldReader): Spanset[] {
  const groups = new Map<string, { readonly value: Value; readonly nodes: SpanNode[] }>();
  for (const node of spanset.nodes) {
    const found = read(node);
    const value = found instanceof ManyValues ? found.values[0] : found;
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.nodes.push(node);
    else groups.set(key, { value, nodes: [node] });
  }
  return [...groups.values()].map(({ value, nodes }) => ({ nodes, groups: [...spanset.groups, { name, value }] }));
}

function keyOf(value: Value): string {
  return JSON.stringify([typeof value, value], (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}

function compileScalar(expression: ScalarExpression): (nodes: readonly SpanNode[]) => number | undefined {
  switch (expression.kind) {
    case 'number':
      return () => expression.value;
    case 'arithmetic': {
      const [left, right] = [compileScalar(expression.left), compileScalar(expression.right)];
      return (nodes) => calculate(expression.op, left(nodes), right(nodes));
    }
    case 'aggregate': {
      const { fn, of } = expression;
      if (fn === 'count' || !of) return (nodes) => nodes.length;
      const read = compileExpression(of);
      return (nodes) =>
        aggregate(
          fn,
          nodes.flatMap((node) => numbersOf(read(node))),
        );
    }
  }
}

function numbersOf(value: Value | ManyValues): number[] {
  const values = value instanceof ManyValues ? value.values : [value];
  return values.filter((item) => typeof item === 'number' || typeof item === 'bigint').map(Number);
}

/** Undefined without any number, which fails every comparison. */
function aggregate(fn: 'avg' | 'min' | 'max' | 'sum', numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined;
  if (fn === 'min') return numbers.reduce((a, b) => Math.min(a, b));
  if (fn === 'max') return numbers.reduce((a, b) => Math.max(a, b));
  const sum = numbers.reduce((a, b) => a + b, 0);
  return fn === 'sum' ? sum : sum / numbers.length;
}
