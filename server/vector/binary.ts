// Operators between two vectors, step by step.
import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels } from '../model/labels.ts';
import { combineMixed, type Sample, StepProblems } from './binary-histograms.ts';
import { type BinaryOptions, dropsName } from './binary-options.ts';
import { FirstFailure } from './first-failure.ts';
import { ignoreNote, type TakeNote } from './histogram-cells.ts';
import { MatchOwners } from './match-owners.ts';
import { matchGroups } from './matching.ts';
import { arithmeticOf, type ComparisonOperator, comparisonOf, isTrim } from './operators.ts';
import { PairSink } from './pair-sink.ts';
import { type Rows, withoutName } from './rows.ts';

/**
 * Combines the series of two vectors that match, step by step. Throws `vector.many_to_many`, `vector.ambiguous_match` and
 * `vector.duplicate_series` as Prometheus does.
 */
export function vectorVector(lhs: Rows, rhs: Rows, options: BinaryOptions, note: TakeNote = ignoreNote): Rows {
  const [many, one] = options.card === 'one-to-many' ? [rhs, lhs] : [lhs, rhs];
  const groups = matchGroups([many.labels, one.labels], options);
  const [groupOfMany, groupOfOne] = groups.of as [Int32Array, Int32Array];
  const failures = new FirstFailure(lhs.steps);
  const owners = new MatchOwners(many, one, groupOfOne, groups.count, options, failures);
  const sink = new PairSink(lhs.steps, groups.count, options, failures);
  const isLate = lhs.nameDropped !== undefined;
  const problems = new StepProblems();
  const hasHistograms = isTrim(options.op) || lhs.histograms !== undefined || rhs.histograms !== undefined;
  const combine = hasHistograms ? mixedPair(options, note, problems) : floatPair(options);
  const pair = new Pair(many, one, sink, resultLabels(options, isLate));
  for (let m = 0; m < many.labels.length; m++) {
    const group = groupOfMany[m] as number;
    if (owners.has(group)) combineSeries(m, group, owners, pair, combine, failures);
  }
  failures.throwIfAny();
  problems.tell(note);
  const result = sink.finish();
  // As upstream has it, what a filter lets through has its name again.
  return isLate ? { ...result, nameDropped: new Uint8Array(result.labels.length).fill(options.returnBool ? 1 : 0) } : result;
}

/** Combines series `m` of the many side with those of the one side that it meets. */
function combineSeries(m: number, group: number, owners: MatchOwners, pair: Pair, combine: Combine, failures: FirstFailure): void {
  const { many, one } = pair;
  const steps = many.steps;
  const ownerByStep = owners.byStep(group);
  const only = owners.only(group);
  pair.begin(m, group);
  for (let t = 0, i = m * steps; t < failures.step; t++, i++) {
    const owner = ownerByStep ? (ownerByStep[t] as number) : only;
    if (owner < 0 || many.present[i] === 0 || one.present[owner * steps + t] === 0) continue;
    pair.meet(owner);
    combine(pair, t, i, owner * steps + t);
  }
}

/** Combines the cells number `i` of the many and `o` of the one side at step `t`. */
type Combine = (pair: Pair, t: number, i: number, o: number) => void;

/** A series of the many side and the one that it meets. */
class Pair {
  readonly many: Rows;
  readonly one: Rows;
  readonly #sink: PairSink;
  readonly #labelsOf: (many: Labels, one: Labels) => Labels;
  #m = 0;
  #group = 0;
  #owner = -1;
  #row = -1;
  #labels: Labels | undefined;

  constructor(many: Rows, one: Rows, sink: PairSink, labelsOf: (many: Labels, one: Labels) => Labels) {
    this.many = many;
    this.one = one;
    this.#sink = sink;
    this.#labelsOf = labelsOf;
  }

  begin(m: number, group: number): void {
    this.#m = m;
    this.#group = group;
    this.meet(-1);
  }

  meet(owner: number): void {
    if (owner === this.#owner && owner >= 0) return;
    this.#owner = owner;
    this.#row = -1;
    this.#labels = undefined;
  }

  put(t: number, value: number, histogram?: FloatHistogram): void {
    // Made when it has its first sample, for that is where upstream puts it.
    if (this.#row < 0) this.#row = this.#sink.row(this.#labelsNow());
    this.#sink.put(this.#row, t, this.#group, value, histogram);
  }

  pass(t: number): void {
    if (!this.#sink.isFilter) return;
    if (this.#sink.isOneToOne) this.#sink.pass(this.#group, t);
    else this.#sink.passGrouped(this.#group, t, this.#labelsNow());
  }

  #labelsNow(): Labels {
    this.#labels ??= this.#labelsOf(this.many.labels[this.#m] as Labels, this.one.labels[this.#owner] as Labels);
    return this.#labels;
  }
}

function floatPair({ op, card, returnBool }: BinaryOptions): Combine {
  const isManyLeft = card !== 'one-to-many';
  const arithmetic = arithmeticOf(op);
  if (arithmetic)
    return (pair, t, i, o) => {
      const a = pair.many.values[i] as number;
      const b = pair.one.values[o] as number;
      pair.put(t, isManyLeft ? arithmetic(a, b) : arithmetic(b, a));
    };
  const comparison = comparisonOf(op as ComparisonOperator);
  return (pair, t, i, o) => {
    const a = pair.many.values[i] as number;
    const b = pair.one.values[o] as number;
    const left = isManyLeft ? a : b;
    const holds = comparison(left, isManyLeft ? b : a);
    if (returnBool) pair.put(t, holds ? 1 : 0);
    else if (holds) pair.put(t, left);
    else pair.pass(t);
  };
}

/** As floatPair, where either side may be a histogram. */
function mixedPair(options: BinaryOptions, note: TakeNote, problems: StepProblems): Combine {
  const isManyLeft = options.card !== 'one-to-many';
  const ofFloats = isTrim(options.op) ? undefined : floatPair(options);
  const evaluate = mixedFunction(options, note, problems);
  return (pair, t, i, o) => {
    const [x, y] = [pair.many.histograms?.[i], pair.one.histograms?.[o]];
    if (ofFloats && !x && !y) {
      ofFloats(pair, t, i, o);
      return;
    }
    const a = x ?? (pair.many.values[i] as number);
    const b = y ?? (pair.one.values[o] as number);
    const cell = isManyLeft ? evaluate(a, b, t) : evaluate(b, a, t);
    if (cell) pair.put(t, cell.value, cell.histogram);
    else pair.pass(t);
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
