import { formatFixed, formatG } from '../../model/go-number.ts';
import { aggregate, aggregatePieces, aggregateQuantile } from '../../vector/aggregate.ts';
import { countValues } from '../../vector/count-values.ts';
import type { Grouping } from '../../vector/group.ts';
import type { HistogramNote } from '../../vector/histogram-cells.ts';
import { hashUnit } from '../../vector/label-hash.ts';
import type { Rows } from '../../vector/rows.ts';
import { selectFirst, selectMatching, selectTop } from '../../vector/select-k.ts';
import { inExecution, promqlError } from '../errors.ts';
import { type CallContext, labelNameOf } from '../functions/function.ts';
import type { Aggregation, Expr } from '../parse/ast.ts';
import { annotateOperation } from './histogram-annotations.ts';
import { extremeQuantileWarning, ratioWarning } from './warnings.ts';

/** Evaluates an aggregation, its parameter first. Throws `promql.execution` for parameters that make no sense. */
export function evaluateAggregation(node: Aggregation, context: CallContext): Rows {
  const grouping: Grouping = { without: node.without, labels: node.grouping };
  const { op, expr } = node;
  const places = { operand: op === 'topk' || op === 'bottomk' ? node.start : expr.start, whole: node.start };
  const note = (about: HistogramNote) => annotateOperation(about, op, places, context.annotations);
  switch (op) {
    case 'topk':
    case 'bottomk': {
      const counts = countParameter(paramOf(node), context);
      return selectTop(context.vector(expr), counts, grouping, op === 'topk' ? 'top' : 'bottom', note, () => context.annotations.tie());
    }
    case 'limitk': {
      const counts = countParameter(paramOf(node), context);
      return selectFirst(context.vector(expr), counts, grouping);
    }
    case 'limit_ratio':
      return limitRatio(node, grouping, context);
    case 'quantile': {
      const phi = context.scalar(paramOf(node));
      const rows = context.vector(expr);
      extremeQuantileWarning(phi, paramOf(node), context.annotations);
      return aggregateQuantile(rows, phi, grouping, note);
    }
    case 'count_values': {
      const label = labelNameOf(paramOf(node), (_, quoted) => `invalid label name ${quoted}`);
      return inExecution(() => countValues(context.vector(expr), label, grouping, formatFixed));
    }
    default: {
      const pieces = context.piecesOf(expr);
      return pieces ? aggregatePieces(pieces, context.timesMs.length, op, grouping) : aggregate(context.vector(expr), op, grouping, note);
    }
  }
}

function paramOf({ param, op }: Aggregation): Expr {
  if (!param) throw new RangeError(`${op} has no parameter`);
  return param;
}

/** A number of series to keep. Throws when it is not a number or no 64-bit integer. */
function countParameter(param: Expr, context: CallContext): Float64Array {
  const counts = context.scalar(param);
  if (counts.length > 0 && counts.every(Number.isNaN)) throw promqlError('promql.execution', 'Scalar value NaN overflows int64');
  if (counts.some((k) => !Number.isNaN(k)) && counts.every((k) => !(k >= 1))) return counts;
  for (const k of counts) {
    if (Number.isNaN(k)) throw promqlError('promql.execution', 'Parameter value is NaN');
    if (k <= -9.223372036854775e18) throw promqlError('promql.execution', `Scalar value ${formatG(k)} underflows int64`);
    if (k >= 9.223372036854775e18) throw promqlError('promql.execution', `Scalar value ${formatG(k)} overflows int64`);
  }
  return counts;
}

/** Keeps about the given part of all series, the same ones every time; a negative ratio keeps the others. */
function limitRatio(node: Aggregation, grouping: Grouping, context: CallContext): Rows {
  const param = paramOf(node);
  const wanted = context.scalar(param);
  if (wanted.some(Number.isNaN)) throw promqlError('promql.execution', 'Ratio value NaN is NaN');
  ratioWarning(wanted, param, context.annotations);
  const rows = context.vector(node.expr);
  const ratios = wanted.map((ratio) => Math.max(-1, Math.min(1, ratio)));
  const hashes = rows.labels.map(hashUnit);
  return selectMatching(rows, grouping, (row, t) => {
    const ratio = ratios[t] as number;
    const hash = hashes[row] as number;
    return ratio >= 0 ? hash < ratio : hash >= 1 + ratio;
  });
}
