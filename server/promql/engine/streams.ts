// Aggregations that take the rows of a reduction as they come, so that these need not be kept: of a hundred thousand series a sum keeps one row.
import type { LanguageFeatures } from '../../model/language-features.ts';
import type { FoldOperator } from '../../vector/folding.ts';
import { type Streamed, StreamedFold, StreamedTop } from '../../vector/streamed.ts';
import { type Aggregation, type Expr, unwrap } from '../parse/ast.ts';
import { reductionsOf } from './reductions.ts';

/** What keeps more samples than this of each group does not keep little. */
const MOST_KEPT = 100;

const FOLDS: ReadonlySet<string> = new Set<FoldOperator>(['sum', 'avg', 'count', 'min', 'max', 'group', 'stddev', 'stdvar']);

/** For each reduction of `expr`, in order of appearance, the aggregation that can take its rows as they come, if there is one. */
export function streamingAggregations(
  expr: Expr,
  { delayedNameRemoval, typeAndUnitLabels }: LanguageFeatures,
): (Aggregation | undefined)[] {
  const reductions = reductionsOf(expr) ?? [];
  if (delayedNameRemoval || typeAndUnitLabels) return reductions.map(() => undefined);
  const ofNode = new Map<Expr, Aggregation>();
  collect(expr, true, ofNode);
  return reductions.map(({ node }) => ofNode.get(node));
}

/** Notes each aggregation with what it aggregates. */
function collect(node: Expr, isRoot: boolean, ofNode: Map<Expr, Aggregation>): void {
  switch (node.kind) {
    case 'aggregation':
      if (isStreaming(node, isRoot)) ofNode.set(unwrap(node.expr), node);
      if (node.param) collect(node.param, false, ofNode);
      collect(node.expr, false, ofNode);
      break;
    case 'call':
      for (const arg of node.args) collect(arg, false, ofNode);
      break;
    case 'binary':
      collect(node.lhs, false, ofNode);
      collect(node.rhs, false, ofNode);
      break;
    case 'unary':
      collect(node.expr, false, ofNode);
      break;
    case 'paren':
      collect(node.expr, isRoot, ofNode);
  }
}

/** Of what topk leaves out the rows are missed further up, where their order may count. */
function isStreaming(node: Aggregation, isRoot: boolean): boolean {
  return FOLDS.has(node.op) || (isRoot && wantedOf(node) !== undefined);
}

/** How many samples topk or bottomk are to keep, when that is a plain number. */
function wantedOf({ op, param }: Aggregation): number | undefined {
  if (op !== 'topk' && op !== 'bottomk') return undefined;
  const number = param && unwrap(param);
  const wanted = number?.kind === 'number' ? Math.trunc(number.value) : 0;
  return wanted >= 1 && wanted <= MOST_KEPT ? wanted : undefined;
}

/** Begins to aggregate rows of so many steps. */
export function openStream(node: Aggregation, steps: number): Streamed {
  const grouping = { without: node.without, labels: node.grouping };
  const wanted = wantedOf(node);
  if (wanted !== undefined) return new StreamedTop(wanted, node.op === 'topk' ? 'top' : 'bottom', steps, grouping);
  return new StreamedFold(node.op as FoldOperator, steps, grouping);
}
