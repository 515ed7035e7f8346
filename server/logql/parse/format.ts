// The text of a query's tree: what parses to the same tree again. Queries that fit on a line stay on one.
import type { Binary, Expr, Grouping, LogExpr, MetricExpr, RangeAggregation, VectorAggregation } from './ast.ts';
import { formatDuration, formatNumber } from './format-quantity.ts';
import { formatMatchers, formatStages, formatUnwrap } from './format-stage.ts';
import { bindsToTheRight, PRECEDENCE } from './precedence.ts';

const MAX_LINE = 100;
const INDENT = '  ';

/** Writes a query as Loki's `format_query` does: one line, or, when that is longer than 100 characters, its parts below each other. */
export function formatQuery(expr: Expr): string {
  return print(expr, 0);
}

/** `text` begins a line of its own at this depth. */
function at(depth: number, text: string): string {
  return INDENT.repeat(depth) + text;
}

function print(expr: Expr, depth: number): string {
  const line = at(depth, inline(expr));
  if (line.length <= MAX_LINE) return line;
  switch (expr.kind) {
    case 'log':
      return printLog(expr, depth);
    case 'range_aggregation': {
      const { op, log, unwrap, param } = expr;
      const parts = [
        ...(param === undefined ? [] : [at(depth + 1, `${formatNumber(param)},`)]),
        printLog(log, depth + 1),
        ...(unwrap ? [at(depth + 2, formatUnwrap(unwrap))] : []),
      ];
      return `${at(depth, op)}(\n${parts.join('\n')} ${rangeOf(expr)}\n${at(depth, ')')}${behind(expr.grouping)}`;
    }
    case 'vector_aggregation':
      return `${at(depth, headOf(expr))}(\n${paramLine(expr.param, depth + 1)}${print(expr.expr, depth + 1)}\n${at(depth, ')')}`;
    case 'label_replace': {
      const texts = [expr.destination, expr.replacement, expr.source, expr.regexp].map((text) => at(depth + 1, JSON.stringify(text)));
      return `${at(depth, 'label_replace')}(\n${[print(expr.expr, depth + 1), ...texts].join(',\n')}\n${at(depth, ')')}`;
    }
    case 'binary': {
      const side = (operand: MetricExpr, needsBrackets: boolean) =>
        needsBrackets ? `${at(depth + 1, '(')}\n${print(operand, depth + 2)}\n${at(depth + 1, ')')}` : print(operand, depth + 1);
      return `${side(expr.lhs, isLowerLeft(expr))}\n${at(depth, operatorOf(expr))}\n${side(expr.rhs, isLowerRight(expr))}`;
    }
    default:
      return line;
  }
}

function printLog({ matchers, stages }: LogExpr, depth: number): string {
  return [at(depth, formatMatchers(matchers)), ...formatStages(stages).map((stage) => at(depth + 1, stage))].join('\n');
}

function paramLine(param: number | undefined, depth: number): string {
  return param === undefined ? '' : `${at(depth, formatNumber(param))},\n`;
}

function inline(expr: Expr): string {
  switch (expr.kind) {
    case 'log':
      return [formatMatchers(expr.matchers), ...formatStages(expr.stages)].join(' ');
    case 'number':
      return formatNumber(expr.value);
    case 'vector':
      return `vector(${formatNumber(expr.value)})`;
    case 'range_aggregation': {
      const { op, log, unwrap, param, grouping } = expr;
      const plain = log.stages.length === 0 && !unwrap;
      const lines = `${inline(log)}${unwrap ? ` ${formatUnwrap(unwrap)}` : ''}${plain ? '' : ' '}${rangeOf(expr)}`;
      return `${op}(${param === undefined ? '' : `${formatNumber(param)}, `}${lines})${behind(grouping)}`;
    }
    case 'vector_aggregation': {
      const { param } = expr;
      return `${headOf(expr)}(${param === undefined ? '' : `${formatNumber(param)}, `}${inline(expr.expr)})`;
    }
    case 'label_replace': {
      const texts = [expr.destination, expr.replacement, expr.source, expr.regexp].map((text) => JSON.stringify(text));
      return `label_replace(${[inline(expr.expr), ...texts].join(', ')})`;
    }
    case 'binary': {
      const side = (operand: MetricExpr, needsBrackets: boolean) => (needsBrackets ? `(${inline(operand)})` : inline(operand));
      return `${side(expr.lhs, isLowerLeft(expr))} ${operatorOf(expr)} ${side(expr.rhs, isLowerRight(expr))}`;
    }
  }
}

function rangeOf({ rangeNs, offsetNs }: RangeAggregation): string {
  return `[${formatDuration(rangeNs)}]${offsetNs === 0n ? '' : ` offset ${formatDuration(offsetNs)}`}`;
}

function headOf({ op, grouping }: VectorAggregation): string {
  return grouping ? `${op} ${groupingOf(grouping)} ` : op;
}

function behind(grouping: Grouping | undefined): string {
  return grouping ? ` ${groupingOf(grouping)}` : '';
}

function groupingOf({ without, labels }: Grouping): string {
  return `${without ? 'without' : 'by'} (${labels.join(', ')})`;
}

function operatorOf({ op, returnBool, matching: { card, on, labels, include } }: Binary): string {
  const words: string[] = [op];
  if (returnBool) words.push('bool');
  const isGrouped = card === 'many-to-one' || card === 'one-to-many';
  if (on || labels.length > 0 || isGrouped) words.push(`${on ? 'on' : 'ignoring'} (${labels.join(', ')})`);
  // With brackets even when they are empty: an operand that begins with one would be read as the labels.
  if (isGrouped) words.push(`${card === 'many-to-one' ? 'group_left' : 'group_right'} (${include.join(', ')})`);
  return words.join(' ');
}

function isLowerLeft({ op, lhs }: Binary): boolean {
  if (lhs.kind !== 'binary') return false;
  return PRECEDENCE[lhs.op] < PRECEDENCE[op] || (lhs.op === op && bindsToTheRight(op));
}

function isLowerRight({ op, rhs }: Binary): boolean {
  if (rhs.kind !== 'binary') return false;
  return PRECEDENCE[rhs.op] < PRECEDENCE[op] || (PRECEDENCE[rhs.op] === PRECEDENCE[op] && !bindsToTheRight(op));
}
