// An expression as text again, in upstream's notation: one line, keywords in lower case.

import { formatDurationMs } from '../../model/duration.ts';
import { formatFixed } from '../../model/go-number.ts';
import type { Matcher } from '../../model/matcher.ts';
import {
  type AtModifier,
  type Binary,
  type DurationExpr,
  type DurationOperation,
  type Expr,
  type Subquery,
  typeOf,
  type VectorMatching,
  type VectorSelector,
} from './ast.ts';
import { quote } from './quote.ts';

/** The text of an expression; parsing it yields the same tree but for the order of matchers, which are sorted. */
export function formatExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return expr.isDuration ? formatSignedDuration(expr.value * 1000) : formatFixed(expr.value);
    case 'string':
      return quote(expr.raw ?? expr.value);
    case 'selector':
      return formatSeries(expr) + formatBoundary(expr) + formatModifiers(expr);
    case 'range':
      return `${formatSeries(expr.selector)}[${formatRange(expr.rangeMs, expr.rangeExpr)}]${formatBoundary(expr.selector)}${formatModifiers(expr.selector)}`;
    case 'subquery':
      return formatSubquery(expr);
    case 'call':
      return `${expr.fn.name}(${expr.args.map(formatExpr).join(', ')})`;
    case 'aggregation': {
      const clause = expr.without
        ? ` without (${formatLabels(expr.grouping)}) `
        : expr.grouping.length > 0
          ? ` by (${formatLabels(expr.grouping)}) `
          : '';
      const param = expr.param ? `${formatExpr(expr.param)}, ` : '';
      return `${expr.op}${clause}(${param}${formatExpr(expr.expr)})`;
    }
    case 'binary':
      return formatBinary(expr);
    case 'unary':
      return `${expr.op}${formatExpr(expr.expr)}`;
    case 'paren':
      return `(${formatExpr(expr.expr)})`;
  }
}

function formatBinary({ op, lhs, rhs, returnBool, matching }: Binary): string {
  // A scalar has nothing to match by.
  const isMatched = typeOf(lhs) === 'vector' && typeOf(rhs) === 'vector';
  return `${formatExpr(lhs)} ${op}${returnBool ? ' bool' : ''}${isMatched ? formatMatching(matching) : ''} ${formatExpr(rhs)}`;
}

function formatMatching({ card, on, labels, include, ...fill }: VectorMatching): string {
  const isGrouped = card === 'many-to-one' || card === 'one-to-many';
  // Prometheus 3.5 also leaves out `ignoring () group_left ()`, which makes another expression of it: not copied.
  if (!on && labels.length === 0 && !isGrouped) return formatFill(fill);
  const group = isGrouped ? ` ${card === 'many-to-one' ? 'group_left' : 'group_right'} (${formatLabels(include)})` : '';
  return ` ${on ? 'on' : 'ignoring'} (${formatLabels(labels)})${group}${formatFill(fill)}`;
}

function formatFill({ fillLeft, fillRight }: Pick<VectorMatching, 'fillLeft' | 'fillRight'>): string {
  if (fillLeft !== undefined && Object.is(fillLeft, fillRight)) return ` fill (${formatFixed(fillLeft)})`;
  const left = fillLeft === undefined ? '' : ` fill_left (${formatFixed(fillLeft)})`;
  return left + (fillRight === undefined ? '' : ` fill_right (${formatFixed(fillRight)})`);
}

function formatSubquery(expr: Subquery): string {
  const step = expr.stepMs === 0 && !expr.stepExpr ? '' : formatRange(expr.stepMs, expr.stepExpr);
  return `${formatExpr(expr.expr)}[${formatRange(expr.rangeMs, expr.rangeExpr)}:${step}]${formatModifiers(expr)}`;
}

function formatSeries({ name, matchers }: VectorSelector): string {
  const isPlainName = /^[A-Za-z_:][\w:]*$/.test(name);
  const shown = isPlainName ? matchers.slice(0, -1) : matchers;
  if (shown.length === 0) return isPlainName ? name : '{}';
  return `${isPlainName ? name : ''}{${shown.map(formatMatcher).sort().join(',')}}`;
}

function formatMatcher({ name, type, value }: Matcher): string {
  return `${/^[A-Za-z_]\w*$/.test(name) ? name : quote(name)}${type}${quote(value)}`;
}

function formatModifiers({ at, offsetMs, offsetExpr }: VectorSelector | Subquery): string {
  if (offsetExpr) return `${formatAt(at)} offset ${formatDuration(offsetExpr)}`;
  return formatAt(at) + (offsetMs === 0 ? '' : ` offset ${formatSignedDuration(offsetMs)}`);
}

function formatBoundary({ boundary }: VectorSelector): string {
  return boundary === undefined ? '' : ` ${boundary}`;
}

function formatAt(at: AtModifier | undefined): string {
  if (!at) return '';
  return at.kind === 'time' ? ` @ ${(at.timeMs / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
}

function formatLabels(names: readonly string[]): string {
  return names.map((name) => (/^[A-Za-z_:][\w:]*$/.test(name) ? name : quote(name))).join(', ');
}

/** Ranges below a millisecond read back as zero, which only a number can say. */
function formatRange(durationMs: number, expr: DurationOperation | undefined): string {
  if (expr) return formatDuration(expr);
  return durationMs === 0 ? '0.0001' : formatDurationMs(durationMs);
}

function formatSignedDuration(durationMs: number): string {
  return durationMs < 0 ? `-${formatDurationMs(-durationMs)}` : formatDurationMs(durationMs);
}

function formatDuration(expr: DurationExpr): string {
  if (expr.kind === 'number') return formatExpr(expr);
  const [lhs = '', rhs = ''] = expr.args.map(formatDuration);
  const text = formatOperation(expr, lhs, rhs);
  return expr.isWrapped ? `(${text})` : text;
}

function formatOperation({ op }: DurationOperation, lhs: string, rhs: string): string {
  switch (op) {
    case 'negate':
      return `-${lhs}`;
    case 'step':
    case 'range':
      return `${op}()`;
    case 'min':
    case 'max':
      return `${op}_of(${lhs}, ${rhs})`;
    default:
      return `${lhs} ${op} ${rhs}`;
  }
}
