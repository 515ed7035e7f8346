import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels } from '../model/labels.ts';
import { combineMixed, type Sample, StepProblems } from './binary-histograms.ts';
import { duplicateSeries, vectorError } from './errors.ts';
import { floatsOf, histogramsOf, ignoreNote, type TakeNote, withHistograms } from './histogram-cells.ts';
import { formatLabelSet, type MatchLabels, matchGroups, matchPart } from './matching.ts';
import { arithmeticOf, type ComparisonOperator, comparisonOf, isTrim, type VectorOperator } from './operators.ts';
import { dropNames, type Rows, withoutName } from './rows.ts';

/** How two vectors are combined. */
export interface BinaryOptions extends MatchLabels {
  readonly op: VectorOperator;
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many';
  /** Labels copied from the one side. */
  readonly include: readonly string[];
  /** A comparison answers 0 or 1 instead of filtering. */
  readonly returnBool: boolean;
}

/** Applies an operator to every sample of a vector and a scalar that may change from step to step. */
export function vectorScalar(
  rows: Rows,
  scalar: Float64Array,
  op: VectorOperator,
  returnBool: boolean,
  isScalarLeft: boolean,
  note: TakeNote = ignoreNote,
): Rows {
  const floats = floatsOf(rows);
  const result = isTrim(op) ? withoutMeaning(floats, note) : floatScalar(floats, scalar, op, returnBool, isScalarLeft);
  const mixed = rows.histograms ? histogramScalar(rows, result, scalar, op, isScalarLeft, note) : result;
  return dropsName(op) || returnBool ? dropNames(mixed) : mixed;
}

/** No cell of it, for an operator that has no meaning between floats. */
function withoutMeaning(floats: Rows, note: TakeNote): Rows {
  if (floats.present.includes(1)) note({ kind: 'incompatible_types', left: 'float', right: 'float' });
  return { ...floats, present: new Uint8Array(floats.present.length) };
}

function dropsName(op: VectorOperator): boolean {
  return arithmeticOf(op) !== undefined || isTrim(op);
}

/** Adds to `floats`, the result of the operator for all other samples, what it is for histograms. No comparison has one. */
function histogramScalar(rows: Rows, floats: Rows, scalar: Float64Array, op: VectorOperator, isScalarLeft: boolean, note: TakeNote): Rows {
  const { steps } = rows;
  const present = Uint8Array.from(floats.present);
  const histograms = new Array<FloatHistogram | undefined>(present.length).fill(undefined);
  const problems = new StepProblems();
  for (const [cell, histogram] of histogramsOf(rows)) {
    const other = scalar[cell % steps] as number;
    const [left, right]: [Sample, Sample] = isScalarLeft ? [other, histogram] : [histogram, other];
    const result = combineMixed(op, left, right, note);
    if (typeof result === 'boolean') continue;
    if ('problem' in result) {
      problems.add(cell % steps, result.problem);
      continue;
    }
    present[cell] = 1;
    histograms[cell] = result;
  }
  problems.tell(note);
  return withHistograms({ ...floats, present }, histograms);
}

function floatScalar(rows: Rows, scalar: Float64Array, op: VectorOperator, returnBool: boolean, isScalarLeft: boolean): Rows {
  const { steps, values } = rows;
  const out = new Float64Array(values.length);
  const present = Uint8Array.from(rows.present);
  const arithmetic = arithmeticOf(op);
  const comparison = arithmetic ? undefined : comparisonOf(op as ComparisonOperator);
  for (let i = 0, t = 0; i < values.length; i++, t = t + 1 === steps ? 0 : t + 1) {
    if (present[i] === 0) continue;
    const a = isScalarLeft ? (scalar[t] as number) : (values[i] as number);
    const b = isScalarLeft ? (values[i] as number) : (scalar[t] as number);
    if (arithmetic) out[i] = arithmetic(a, b);
    else {
      const holds = comparison?.(a, b) === true;
      if (returnBool) out[i] = holds ? 1 : 0;
      else if (holds) out[i] = values[i] as number;
      else present[i] = 0;
    }
  }
  return { ...rows, values: out, present };
}

/** Applies an operator between two scalars at every step; comparisons answer 0 or 1. */
export function scalarScalar(left: Float64Array, right: Float64Array, op: VectorOperator): Float64Array {
  const arithmetic = arithmeticOf(op);
  if (arithmetic) return left.map((value, t) => arithmetic(value, right[t] as number));
  if (isTrim(op)) throw vectorError('vector.no_histogram', `operator "${op}" not allowed for Scalar operations`);
  const comparison = comparisonOf(op as ComparisonOperator);
  return left.map((value, t) => (comparison(value, right[t] as number) ? 1 : 0));
}

/**
 * Combines the series of two vectors that match, step by step. Throws `vector.many_to_many`, `vector.ambiguous_match` and
 * `vector.duplicate_series` as Prometheus does.
 */
export function vectorVector(lhs: Rows, rhs: Rows, options: BinaryOptions, note: TakeNote = ignoreNote): Rows {
  const isManyLeft = options.card !== 'one-to-many';
  const [many, one] = isManyLeft ? [lhs, rhs] : [rhs, lhs];
  const groups = matchGroups([many.labels, one.labels], options);
  const [groupOfMany, groupOfOne] = groups.of as [Int32Array, Int32Array];
  const failures = new FirstFailure(lhs.steps);
  const owners = ownersOf(many, one, groupOfOne, groups.count, options, failures);
  const sink = new PairSink(lhs.steps, groups.count, options, failures);
  const isLate = lhs.nameDropped !== undefined;
  const labelsOf = resultLabels(options, isLate);
  const evaluate = cellFunction(options);
  const hasHistograms = isTrim(options.op) || lhs.histograms !== undefined || rhs.histograms !== undefined;
  const problems = new StepProblems();
  const evaluateMixed = mixedFunction(options, note, problems);
  for (let m = 0; m < many.labels.length; m++) {
    const group = groupOfMany[m] as number;
    const ownerAt = owners(group);
    if (!ownerAt) continue;
    let owner = -1;
    let row = -1;
    let labels: Labels | undefined;
    const labelsNow = () => {
      labels ??= labelsOf(many.labels[m] as Labels, one.labels[owner] as Labels);
      return labels;
    };
    // Made when it has its first sample, for that is where upstream puts it.
    const rowNow = () => {
      if (row < 0) row = sink.row(labelsNow());
      return row;
    };
    for (let t = 0, i = m * lhs.steps; t < failures.step; t++, i++) {
      const o = ownerAt(t);
      if (o < 0 || many.present[i] === 0 || one.present[o * lhs.steps + t] === 0) continue;
      if (o !== owner) {
        owner = o;
        row = -1;
        labels = undefined;
      }
      const a = many.values[i] as number;
      const b = one.values[o * lhs.steps + t] as number;
      if (hasHistograms) {
        const [x, y] = [many.histograms?.[i], one.histograms?.[o * lhs.steps + t]];
        if (x || y || isTrim(options.op)) {
          const cell = isManyLeft ? evaluateMixed(x ?? a, y ?? b, t) : evaluateMixed(y ?? b, x ?? a, t);
          if (cell) sink.put(rowNow(), t, group, cell.value, cell.histogram);
          else sink.pass(group, t, labelsNow);
          continue;
        }
      }
      const { holds, value } = isManyLeft ? evaluate(a, b) : evaluate(b, a);
      if (!holds) sink.pass(group, t, labelsNow);
      else sink.put(rowNow(), t, group, value);
    }
  }
  failures.throwIfAny();
  problems.tell(note);
  const result = sink.finish();
  // As upstream has it, what a filter lets through has its name again.
  return isLate ? { ...result, nameDropped: new Uint8Array(result.labels.length).fill(options.returnBool ? 1 : 0) } : result;
}

/** Prometheus evaluates step by step, so the failure of the earliest step is the one to report. */
class FirstFailure {
  /** The earliest step that failed; from there on nothing matters. The number of steps when none did. */
  step: number;
  #error: Error | undefined;

  constructor(steps: number) {
    this.step = steps;
  }

  add(step: number, error: () => Error): void {
    if (step >= this.step) return;
    this.step = step;
    this.#error = error();
  }

  throwIfAny(): void {
    if (this.#error) throw this.#error;
  }
}

/** One cell; the returned object is reused, so read it at once. */
function cellFunction({ op, returnBool }: BinaryOptions): (left: number, right: number) => { holds: boolean; value: number } {
  const cell = { holds: true, value: 0 };
  const arithmetic = arithmeticOf(op);
  if (arithmetic)
    return (left, right) => {
      cell.value = arithmetic(left, right);
      return cell;
    };
  const comparison = comparisonOf(op as ComparisonOperator);
  return (left, right) => {
    const holds = comparison(left, right);
    cell.holds = holds || returnBool;
    cell.value = returnBool ? (holds ? 1 : 0) : left;
    return cell;
  };
}

/** One cell with a histogram on either side; undefined when it is empty. */
function mixedFunction(
  { op, returnBool }: BinaryOptions,
  note: TakeNote,
  problems: StepProblems,
): (left: Sample, right: Sample, step: number) => { readonly value: number; readonly histogram?: FloatHistogram } | undefined {
  return (left, right, step) => {
    const result = combineMixed(op, left, right, note);
    const isProblem = typeof result !== 'boolean' && 'problem' in result;
    if (isProblem) {
      problems.add(step, result.problem);
      return undefined;
    }
    if (returnBool) return { value: result === true ? 1 : 0 };
    if (result === false) return undefined;
    return { value: 0, histogram: result === true ? (left as FloatHistogram) : result };
  };
}

/**
 * For each match group the row of the one side that belongs to it at a step, -1 without any; undefined for a group without rows.
 * At a step at which both sides have any series, there must not be a second one.
 */
function ownersOf(
  many: Rows,
  one: Rows,
  groupOf: Int32Array,
  groups: number,
  options: BinaryOptions,
  failures: FirstFailure,
): (group: number) => ((step: number) => number) | undefined {
  const only = new Int32Array(groups).fill(-1);
  const shared = new Map<number, Int32Array>();
  groupOf.forEach((group, row) => {
    if ((only[group] as number) >= 0 && !shared.has(group)) shared.set(group, new Int32Array(one.steps).fill(-1));
    only[group] = row;
  });
  if (shared.size > 0) fillShared(many, one, groupOf, shared, options, failures);
  return (group) => {
    const rows = shared.get(group);
    if (rows) return (step) => rows[step] as number;
    const row = only[group] as number;
    return row < 0 ? undefined : () => row;
  };
}

/** Step by step, because the first step with two rows in a group is the failure to report. */
function fillShared(
  many: Rows,
  one: Rows,
  groupOf: Int32Array,
  shared: ReadonlyMap<number, Int32Array>,
  options: BinaryOptions,
  failures: FirstFailure,
): void {
  const { steps } = many;
  const isManyAt = new Uint8Array(steps);
  many.present.forEach((flag, i) => {
    if (flag === 1) isManyAt[i % steps] = 1;
  });
  for (let t = 0; t < steps; t++) {
    if (isManyAt[t] === 0) continue;
    for (let row = 0; row < groupOf.length; row++) {
      if (one.present[row * steps + t] === 0) continue;
      const rows = shared.get(groupOf[row] as number);
      if (!rows) continue;
      const first = rows[t] as number;
      if (first >= 0) {
        failures.add(t, () => manyToMany(one.labels[row] as Labels, one.labels[first] as Labels, options));
        return;
      }
      rows[t] = row;
    }
  }
}

function manyToMany(second: Labels, first: Labels, options: BinaryOptions): Error {
  const side = options.card === 'one-to-many' ? 'left' : 'right';
  const group = formatLabelSet(matchPart(options)(second));
  const pair = [first, second].sort((a, b) => a.compare(b)).map(formatLabelSet);
  return vectorError(
    'vector.many_to_many',
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${pair.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

function resultLabels(
  { op, card, on, labels, include, returnBool }: BinaryOptions,
  isLate: boolean,
): (many: Labels, one: Labels) => Labels {
  const names = new Set(labels);
  const isNameless = dropsName(op) || (returnBool && !isLate);
  return (many, one) => {
    let result = isNameless ? withoutName(many) : many;
    if (card === 'one-to-one') result = on ? result.keep(names) : result.drop(names);
    for (const name of include) result = result.with(name, one.get(name));
    // group_left (__name__) may have brought a name.
    return returnBool && !isLate ? withoutName(result) : result;
  };
}

/** Collects the cells of the result and finds those that must not be there. */
class PairSink {
  readonly #steps: number;
  readonly #isOneToOne: boolean;
  readonly #rowOf = new Map<string, number>();
  readonly #labels: Labels[] = [];
  readonly #values: Float64Array[] = [];
  /** By row, for those that have any. */
  readonly #histograms = new Map<number, (FloatHistogram | undefined)[]>();
  /** 0 for an empty cell, else 1 + the match group that filled it. */
  readonly #filledBy: Int32Array[] = [];
  /** By match group, in a one-to-one operation: 1 at the steps at which it has a pair. */
  readonly #paired: (Uint8Array | undefined)[];
  readonly #isFilter: boolean;
  /** By the labels they would have had, where a filter let pairs not through: 1 + the match group, as in #filledBy. */
  readonly #passed = new Map<string, Int32Array>();
  readonly #failures: FirstFailure;

  constructor(steps: number, groups: number, options: BinaryOptions, failures: FirstFailure) {
    this.#steps = steps;
    this.#failures = failures;
    this.#isOneToOne = options.card === 'one-to-one';
    this.#isFilter = !dropsName(options.op) && !options.returnBool;
    this.#paired = new Array(groups).fill(undefined);
  }

  row(labels: Labels): number {
    const key = labels.key();
    const known = this.#rowOf.get(key);
    if (known !== undefined) return known;
    const row = this.#labels.length;
    this.#rowOf.set(key, row);
    this.#labels.push(labels);
    this.#values.push(new Float64Array(this.#steps));
    this.#filledBy.push(new Int32Array(this.#steps));
    return row;
  }

  put(row: number, step: number, group: number, value: number, histogram?: FloatHistogram): void {
    const filledBy = this.#filledBy[row] as Int32Array;
    const before = filledBy[step] as number;
    if (this.#isOneToOne) this.#checkOneToOne(step, group);
    else if (before === group + 1 || this.#passed.get((this.#labels[row] as Labels).key())?.[step] === group + 1)
      this.#failures.add(step, ungrouped);
    if (before !== 0) this.#failures.add(step, duplicateSeries);
    filledBy[step] = group + 1;
    (this.#values[row] as Float64Array)[step] = value;
    if (histogram) this.#putHistogram(row, step, histogram);
  }

  /** A pair that a filter does not let through is matched all the same. */
  pass(group: number, step: number, labelsOf: () => Labels): void {
    if (!this.#isFilter) return;
    if (this.#isOneToOne) {
      this.#checkOneToOne(step, group);
      return;
    }
    const key = labelsOf().key();
    const passed = this.#passed.get(key) ?? new Int32Array(this.#steps);
    this.#passed.set(key, passed);
    const row = this.#rowOf.get(key);
    const isSecond = passed[step] === group + 1 || (row !== undefined && this.#filledBy[row]?.[step] === group + 1);
    if (isSecond) this.#failures.add(step, ungrouped);
    passed[step] = group + 1;
  }

  finish(): Rows {
    const steps = this.#steps;
    const values = new Float64Array(this.#labels.length * steps);
    const present = new Uint8Array(values.length);
    this.#labels.forEach((_, row) => {
      values.set(this.#values[row] as Float64Array, row * steps);
      const filledBy = this.#filledBy[row] as Int32Array;
      for (let t = 0; t < steps; t++) if (filledBy[t] !== 0) present[row * steps + t] = 1;
    });
    return { steps, labels: this.#labels, values, present, histograms: this.#histogramCells() };
  }

  #putHistogram(row: number, step: number, histogram: FloatHistogram): void {
    const cells = this.#histograms.get(row) ?? new Array<FloatHistogram | undefined>(this.#steps).fill(undefined);
    this.#histograms.set(row, cells);
    cells[step] = histogram;
  }

  #histogramCells(): (FloatHistogram | undefined)[] | undefined {
    if (this.#histograms.size === 0) return undefined;
    const none = new Array<undefined>(this.#steps).fill(undefined);
    return this.#labels.flatMap((_, row) => this.#histograms.get(row) ?? none);
  }

  /** In a one-to-one operation a match group has one result at each step. */
  #checkOneToOne(step: number, group: number): void {
    this.#paired[group] ??= new Uint8Array(this.#steps);
    const pairs = this.#paired[group] as Uint8Array;
    if (pairs[step] === 1) this.#failures.add(step, implicitManyToOne);
    pairs[step] = 1;
  }
}

function ungrouped(): Error {
  return vectorError('vector.ambiguous_match', 'multiple matches for labels: grouping labels must ensure unique matches');
}

function implicitManyToOne(): Error {
  return vectorError(
    'vector.ambiguous_match',
    'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
  );
}
