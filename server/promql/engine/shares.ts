// What is above the rows of series, shared out among threads by its groups: `sum by (service)` of one service needs no other. Each thread
// evaluates the whole expression on the rows of its groups; as groups are shared out in the order of their labels, the answers follow each other.

import type { Labels } from '../../model/labels.ts';
import type { LanguageFeatures } from '../../model/language-features.ts';
import { Grouper } from '../../vector/group.ts';
import type { Rows } from '../../vector/rows.ts';
import { type Aggregation, type Binary, type Call, type Expr, isSetOperator, typeOf, unwrap } from '../parse/ast.ts';
import type { Matrix } from '../query.ts';
import type { Outcome } from './job.ts';
import { joinTexts } from './matrix-json.ts';
import { Notes } from './notes.ts';
import { reductionsOf } from './reductions.ts';
import { stackMatrices } from './result.ts';

/** Part `index` of `of` parts of the groups by `labels`. */
export interface Share {
  readonly labels: readonly string[];
  readonly index: number;
  readonly of: number;
}

/** What one share may have of all series. */
const LARGEST_SHARE = 2 / 3;

/** Of each group one row at most, from rows that have its labels. */
const BY_GROUP: ReadonlySet<string> = new Set(['sum', 'avg', 'count', 'min', 'max', 'group', 'stddev', 'stdvar', 'quantile']);

/**
 * The labels of which the result has one row for each combination, made of nothing but rows with these. Undefined where there are none, or where
 * names are dropped late or series differ in type and unit.
 */
export function shareLabels(expr: Expr, { delayedNameRemoval, typeAndUnitLabels }: LanguageFeatures): readonly string[] | undefined {
  if (delayedNameRemoval || typeAndUnitLabels) return undefined;
  const labels = labelsOf(expr);
  return labels && labels.length > 0 && labels.every((name) => !name.startsWith('__')) ? labels : undefined;
}

/** In order, each once. */
function labelsOf(expr: Expr): readonly string[] | undefined {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
      return labelsOf(expr.expr);
    case 'aggregation':
      return labelsOfAggregation(expr);
    case 'call':
      return labelsOfQuantile(expr);
    case 'binary':
      return labelsOfBinary(expr);
    default:
      return undefined;
  }
}

function labelsOfAggregation({ op, param, without, grouping, expr }: Aggregation): readonly string[] | undefined {
  if (without || !BY_GROUP.has(op) || !keepsSeries(expr) || (param && unwrap(param).kind !== 'number')) return undefined;
  return [...new Set(grouping)].sort();
}

/** histogram_quantile makes one series of those that differ in `le` alone. */
function labelsOfQuantile({ fn, args }: Call): readonly string[] | undefined {
  const [phi, buckets] = args;
  if (fn.name !== 'histogram_quantile' || !phi || !buckets || unwrap(phi).kind !== 'number') return undefined;
  return labelsOf(buckets)?.filter((name) => name !== 'le');
}

function labelsOfBinary({ op, lhs, rhs, matching }: Binary): readonly string[] | undefined {
  if (unwrap(lhs).kind === 'number') return labelsOf(rhs);
  if (unwrap(rhs).kind === 'number') return labelsOf(lhs);
  const { card, on, labels, include, fillLeft, fillRight } = matching;
  const isPlain = card === 'one-to-one' && !on && labels.length === 0 && include.length === 0;
  if (!isPlain || isSetOperator(op) || fillLeft !== undefined || fillRight !== undefined) return undefined;
  const [left, right] = [labelsOf(lhs), labelsOf(rhs)];
  return left && right && isSame(left, right) ? left : undefined;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, i) => name === right[i]);
}

/** Whether every series has a row, with all labels but perhaps its name. */
function keepsSeries(expr: Expr): boolean {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
      return keepsSeries(expr.expr);
    case 'binary':
      if (unwrap(expr.lhs).kind === 'number') return keepsSeries(expr.rhs);
      return unwrap(expr.rhs).kind === 'number' && keepsSeries(expr.lhs);
    default:
      return typeOf(expr) === 'vector' && reductionsOf(expr)?.[0]?.node === expr;
  }
}

/** The rows of the groups of a share, in place: in as many pieces as they lie apart. */
export function takeShare<R extends Rows>(pieces: readonly R[], { labels, index, of }: Share): R[] {
  const lists = sharedOut(
    pieces.map((piece) => piece.labels),
    labels,
    of,
  );
  return pieces.flatMap((piece, i) => runsIn(lists[i] as Uint8Array, index).map((run) => cut(piece, run)));
}

/** Which of some series, of each of the lists, belong to a share. */
export function placesOf(lists: readonly (readonly Labels[])[], { labels, index, of }: Share): Uint32Array[] {
  return sharedOut(lists, labels, of).map((shares) => Uint32Array.from(shares.keys()).filter((i) => shares[i] === index));
}

/** The share of each series, in lists as they came. */
function sharedOut(lists: readonly (readonly Labels[])[], labels: readonly string[], of: number): Uint8Array[] {
  const grouper = new Grouper({ without: false, labels });
  const groupOf = lists.map((list) => grouper.add(list));
  const shareOf = shareOut(grouper.labels, groupOf, of);
  return groupOf.map((groups) => Uint8Array.from(groups, (group) => shareOf[group] as number));
}

/** Whether no share would have most of the series: what has few groups, or one that is large, is better not shared out by groups. */
export function isEven(lists: readonly (readonly Labels[])[], labels: readonly string[], of: number): boolean {
  const sizes = new Float64Array(of);
  for (const shares of sharedOut(lists, labels, of)) for (const share of shares) sizes[share] = (sizes[share] as number) + 1;
  return Math.max(...sizes) <= LARGEST_SHARE * sizes.reduce((sum, size) => sum + size, 0);
}

/** The share of each group: following each other in the order of labels, with about as many rows each. */
function shareOut(groups: readonly Labels[], groupOf: readonly Int32Array[], of: number): Uint8Array {
  const sizes = new Float64Array(groups.length);
  let rows = 0;
  for (const piece of groupOf)
    for (const group of piece) {
      sizes[group] = (sizes[group] as number) + 1;
      rows++;
    }
  const shares = new Uint8Array(groups.length);
  let before = 0;
  const inOrder = Array.from(groups.keys()).sort((a, b) => (groups[a] as Labels).compare(groups[b] as Labels));
  for (const group of inOrder) {
    const size = sizes[group] as number;
    shares[group] = Math.min(of - 1, Math.floor(((before + size / 2) / rows) * of));
    before += size;
  }
  return shares;
}

interface Run {
  readonly from: number;
  readonly end: number;
}

function runsIn(shares: Uint8Array, wanted: number): Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < shares.length; ) {
    let end = from;
    while (end < shares.length && shares[end] === wanted) end++;
    if (end > from) runs.push({ from, end });
    from = Math.max(end, from + 1);
  }
  return runs;
}

function cut<R extends Rows>(rows: R, { from, end }: Run): R {
  const { steps, labels, values, present } = rows;
  if (from === 0 && end === labels.length) return rows;
  return {
    ...rows,
    labels: labels.slice(from, end),
    values: values.subarray(from * steps, end * steps),
    present: present.subarray(from * steps, end * steps),
  };
}

/**
 * The outcome of all shares, in their order. Undefined when there is more than one thing to say of them: which comes first, and where in the
 * expression it is said to be, is known to who evaluates everything.
 */
export function joinShares(outcomes: readonly Outcome[]): Outcome | undefined {
  if (new Set(outcomes.flatMap(({ warnings, infos }) => [...warnings, ...infos])).size > 1) return undefined;
  const notes = new Notes();
  for (const outcome of outcomes) notes.take(outcome);
  const matrices = outcomes.flatMap(({ value }) => (value ? [value as Matrix] : []));
  const texts = outcomes.flatMap(({ json }) => json ?? []);
  return notes.addTo({
    ...(matrices.length > 0 && { value: stackMatrices(matrices) }),
    ...(texts.length > 0 && { json: joinTexts(texts) }),
    warnings: [],
    infos: [],
  });
}
