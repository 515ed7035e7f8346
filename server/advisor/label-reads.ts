// Which labels an expression looks at, selector by selector: found by walking down from what its answer shows. What a label may be dropped
// for is judged by this first, and proved by evaluation afterwards.
import type { Matcher } from '../model/matcher.ts';
import type { Aggregation, Binary, Call, Expr, VectorSelector } from '../promql/parse/ast.ts';
import { typeOf } from '../promql/parse/ast.ts';
import { selectorNeeds } from '../promql/plan/plan.ts';

const DEFAULT_LOOKBACK_MS = 300_000;

/** Labels that matter: all but some, or only some. */
export interface LabelReads {
  readonly isAll: boolean;
  /** With `isAll` those that do not matter, else those that do. */
  readonly names: ReadonlySet<string>;
}

/** One selector and what is done with its labels. */
export interface SelectorReads {
  readonly matchers: readonly Matcher[];
  readonly reads: LabelReads;
}

const ALL: LabelReads = { isAll: true, names: new Set() };
const NONE: LabelReads = { isAll: false, names: new Set() };
/** Aggregations that hand on series as they are. */
const CHOOSING = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio']);

/** Whether `label` matters. */
export function readsLabel({ isAll, names }: LabelReads, label: string): boolean {
  return isAll !== names.has(label);
}

/** What matters to either. */
export function unionOfReads(a: LabelReads, b: LabelReads): LabelReads {
  if (!a.isAll && !b.isAll) return { isAll: false, names: new Set([...a.names, ...b.names]) };
  const [all, other] = a.isAll ? [a, b] : [b, a];
  return { isAll: true, names: new Set([...all.names].filter((name) => !readsLabel(other, name))) };
}

/** The selectors of `expr` and the labels that its answer depends on. */
export function labelReads(expr: Expr): SelectorReads[] {
  const found: SelectorReads[] = [];
  walk(expr, ALL, (selector, reads) => {
    const matched = selector.matchers.filter(({ name }) => name !== '__name__').map(({ name }) => name);
    found.push({ matchers: selector.matchers, reads: unionOfReads(reads, some(matched)) });
  });
  return found;
}

/** How far before the time of its evaluation `expr` looks, in milliseconds; what is fixed with `@` does not count. */
export function reachOf(expr: Expr): number {
  const options = { queryStartMs: 0, queryEndMs: 0, queryStepMs: 0, lookbackMs: DEFAULT_LOOKBACK_MS, subqueryStepMs: 60_000 };
  const needs = selectorNeeds(expr, 0, 0, 0, options).filter(({ selector }) => selector.at === undefined);
  return Math.max(0, ...needs.map(({ startMs }) => 1 - startMs));
}

type Visit = (selector: VectorSelector, reads: LabelReads) => void;

function walk(expr: Expr, wanted: LabelReads, visit: Visit): void {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return;
    case 'selector':
      visit(expr, wanted);
      break;
    case 'range':
      visit(expr.selector, wanted);
      break;
    case 'subquery':
    case 'unary':
    case 'paren':
      walk(expr.expr, wanted, visit);
      break;
    case 'call':
      walkCall(expr, wanted, visit);
      break;
    case 'aggregation':
      walkAggregation(expr, wanted, visit);
      break;
    case 'binary':
      walkBinary(expr, wanted, visit);
  }
}

function walkCall({ fn, args }: Call, wanted: LabelReads, visit: Visit): void {
  const texts = args.flatMap((arg) => (arg.kind === 'string' ? [arg.value] : []));
  const inner =
    fn.name === 'info'
      ? ALL
      : fn.name === 'label_replace' || fn.name === 'label_join' || fn.name.startsWith('sort_by_label')
        ? unionOfReads(wanted, some(texts))
        : fn.name.startsWith('histogram_')
          ? unionOfReads(wanted, some(['le']))
          : fn.name === 'scalar' || fn.name.startsWith('absent')
            ? NONE
            : wanted;
  for (const arg of args) walk(arg, inner, visit);
}

function walkAggregation({ op, expr, param, without, grouping }: Aggregation, wanted: LabelReads, visit: Visit): void {
  if (param) walk(param, ALL, visit);
  const grouped: LabelReads = without ? { isAll: true, names: new Set(grouping) } : some(grouping);
  walk(expr, CHOOSING.has(op) ? unionOfReads(wanted, grouped) : grouped, visit);
}

function walkBinary({ lhs, rhs, matching }: Binary, wanted: LabelReads, visit: Visit): void {
  const inner = typeOf(lhs) === 'scalar' || typeOf(rhs) === 'scalar' ? wanted : matchedReads(matching, wanted);
  walk(lhs, inner, visit);
  walk(rhs, inner, visit);
}

function matchedReads({ on, labels, include, card }: Binary['matching'], wanted: LabelReads): LabelReads {
  const matched: LabelReads = on ? some([...labels, ...include]) : { isAll: true, names: new Set(labels) };
  // One to one, the answer has the labels that match and no others; else those of the many side.
  return card === 'one-to-one' ? matched : unionOfReads(wanted, matched);
}

function some(names: Iterable<string>): LabelReads {
  return { isAll: false, names: new Set(names) };
}
