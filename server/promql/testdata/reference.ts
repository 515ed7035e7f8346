// A second, naive implementation of a good part of PromQL, for property tests: one step at a time, plain arrays and objects,
// straight from the documentation, sharing nothing with the engine but the parser.
import { compileMatcher } from '../../model/matcher.ts';
import { type Aggregation, type Binary, type Call, type Expr, type Subquery, typeOf, unwrap, type VectorSelector } from '../parse/ast.ts';
import type { TestSample, TestSeries } from './series.ts';

type LabelMap = Readonly<Record<string, string>>;

/** One sample of an instant vector. */
export interface ReferenceSample {
  readonly labels: LabelMap;
  readonly value: number;
}

interface Series {
  readonly labels: LabelMap;
  readonly samples: readonly TestSample[];
}

/** What a query is evaluated against. */
export interface ReferenceQuery {
  readonly series: readonly TestSeries[];
  /** What `@ start()` and `@ end()` mean. */
  readonly startMs: number;
  readonly endMs: number;
}

const LOOKBACK_MS = 300_000;
const SUBQUERY_STEP_MS = 60_000;

/** The instant vector at `timeMs`. Throws where the engine must fail; the text of the error is of no account. */
export function referenceVector(expr: Expr, timeMs: number, query: ReferenceQuery): ReferenceSample[] {
  return distinct(evaluate(expr));

  function evaluate(node: Expr): ReferenceSample[] {
    switch (node.kind) {
      case 'paren':
        return referenceVector(node.expr, timeMs, query);
      case 'unary': {
        const samples = referenceVector(node.expr, timeMs, query);
        return node.op === '+' ? samples : samples.map(({ labels, value }) => ({ labels: unnamed(labels), value: -value }));
      }
      case 'selector':
        return select(node, timeMs, query);
      case 'aggregation':
        return aggregate(node, referenceVector(node.expr, timeMs, query), timeMs, query);
      case 'binary':
        return combine(node, timeMs, query);
      case 'call':
        return call(node, timeMs, query);
      default:
        throw new Error(`the reference does not know ${node.kind}`);
    }
  }
}

function scalarOf(expr: Expr, timeMs: number, query: ReferenceQuery): number {
  const node = unwrap(expr);
  if (node.kind === 'number') return node.value;
  if (node.kind === 'unary') return node.op === '-' ? -scalarOf(node.expr, timeMs, query) : scalarOf(node.expr, timeMs, query);
  if (node.kind === 'binary') {
    const result = operate(node.op, scalarOf(node.lhs, timeMs, query), scalarOf(node.rhs, timeMs, query));
    return typeof result === 'number' ? result : Number(result);
  }
  if (node.kind === 'call' && node.fn.name === 'time') return timeMs / 1000;
  if (node.kind === 'call' && node.fn.name === 'scalar') {
    const samples = referenceVector(node.args[0] as Expr, timeMs, query);
    return samples.length === 1 ? (samples[0] as ReferenceSample).value : Number.NaN;
  }
  throw new Error(`the reference does not know the scalar ${node.kind}`);
}

function lookTime({ at, offsetMs }: VectorSelector | Subquery, timeMs: number, { startMs, endMs }: ReferenceQuery): number {
  const time = !at ? timeMs : at.kind === 'time' ? at.timeMs : at.kind === 'start' ? startMs : endMs;
  return time - offsetMs;
}

function matching(selector: VectorSelector, { series }: ReferenceQuery): TestSeries[] {
  return series.filter(({ labels }) => selector.matchers.every((matcher) => compileMatcher(matcher)(labels[matcher.name] ?? '')));
}

function select(selector: VectorSelector, timeMs: number, query: ReferenceQuery): ReferenceSample[] {
  const time = lookTime(selector, timeMs, query);
  return matching(selector, query).flatMap(({ labels, samples }) => {
    const last = samples.filter(({ timestampMs }) => timestampMs <= time).at(-1);
    return !last || last.isStale || last.timestampMs <= time - LOOKBACK_MS ? [] : [{ labels, value: last.value }];
  });
}

/** The series of a range vector with the samples in its window, and the window's edges. */
function range(expr: Expr, timeMs: number, query: ReferenceQuery): { readonly series: Series[]; readonly fromMs: number; readonly toMs: number } {
  const node = unwrap(expr);
  if (node.kind === 'range') {
    const toMs = lookTime(node.selector, timeMs, query);
    const fromMs = toMs - node.rangeMs;
    const inWindow = ({ timestampMs, isStale }: TestSample) => timestampMs > fromMs && timestampMs <= toMs && !isStale;
    const series = matching(node.selector, query).map(({ labels, samples }) => ({ labels, samples: samples.filter(inWindow) }));
    return { series: series.filter(({ samples }) => samples.length > 0), fromMs, toMs };
  }
  if (node.kind !== 'subquery') throw new Error(`the reference does not know the range ${node.kind}`);
  const toMs = lookTime(node, timeMs, query);
  const fromMs = toMs - node.rangeMs;
  const stepMs = node.stepMs || SUBQUERY_STEP_MS;
  const byLabels = new Map<string, { labels: LabelMap; samples: TestSample[] }>();
  for (let t = Math.floor(fromMs / stepMs) * stepMs + stepMs; t <= toMs; t += stepMs)
    for (const { labels, value } of referenceVector(node.expr, t, query)) {
      const found = byLabels.get(keyOf(labels)) ?? { labels, samples: [] };
      byLabels.set(keyOf(labels), found);
      found.samples.push({ timestampMs: t, value });
    }
  return { series: [...byLabels.values()], fromMs, toMs };
}

function call({ fn, args }: Call, timeMs: number, query: ReferenceQuery): ReferenceSample[] {
  const [first, second] = args as [Expr, Expr | undefined];
  if (fn.name === 'vector') return [{ labels: {}, value: scalarOf(first, timeMs, query) }];
  if (fn.args[0] === 'matrix') {
    const { series, fromMs, toMs } = range(first, timeMs, query);
    if (fn.name === 'absent_over_time' || fn.name === 'predict_linear') throw new Error(`the reference does not know ${fn.name}`);
    return series.flatMap(({ labels, samples }) => {
      const value = overTime(fn.name, samples, fromMs, toMs);
      return value === undefined ? [] : [{ labels: fn.name === 'last_over_time' ? labels : unnamed(labels), value }];
    });
  }
  const change = elementFunction(fn.name, second ? scalarOf(second, timeMs, query) : 1);
  return referenceVector(first, timeMs, query).map(({ labels, value }) => ({ labels: unnamed(labels), value: change(value) }));
}

function elementFunction(name: string, parameter: number): (value: number) => number {
  switch (name) {
    case 'abs':
      return Math.abs;
    case 'ceil':
      return Math.ceil;
    case 'floor':
      return Math.floor;
    case 'sqrt':
      return Math.sqrt;
    case 'clamp_min':
      return (value) => (parameter === Number.POSITIVE_INFINITY ? parameter : Math.max(value, parameter));
    case 'clamp_max':
      return (value) => (parameter === Number.NEGATIVE_INFINITY ? parameter : Math.min(value, parameter));
    default:
      throw new Error(`the reference does not know ${name}`);
  }
}

function overTime(name: string, samples: readonly TestSample[], fromMs: number, toMs: number): number | undefined {
  const values = samples.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  switch (name) {
    case 'count_over_time':
      return values.length;
    case 'sum_over_time':
      return values.reduce((sum, value) => sum + value, 0);
    case 'avg_over_time':
      return mean;
    case 'min_over_time':
      return values.reduce((a, b) => (b < a || Number.isNaN(a) ? b : a));
    case 'max_over_time':
      return values.reduce((a, b) => (b > a || Number.isNaN(a) ? b : a));
    case 'last_over_time':
      return values.at(-1);
    case 'present_over_time':
      return 1;
    case 'stdvar_over_time':
      return values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
    case 'changes':
      return values.filter((value, i) => i > 0 && !Object.is(value + 0, (values[i - 1] as number) + 0)).length;
    case 'resets':
      return values.filter((value, i) => i > 0 && value < (values[i - 1] as number)).length;
    case 'rate':
      return perSecond(extrapolated(samples, fromMs, toMs, true), toMs - fromMs);
    case 'increase':
      return extrapolated(samples, fromMs, toMs, true);
    case 'delta':
      return extrapolated(samples, fromMs, toMs, false);
    case 'irate':
    case 'idelta': {
      const [before, last] = samples.slice(-2) as [TestSample, TestSample | undefined];
      if (!last) return undefined;
      if (name === 'idelta') return last.value - before.value;
      return perSecond(last.value < before.value ? last.value : last.value - before.value, last.timestampMs - before.timestampMs);
    }
    default:
      throw new Error(`the reference does not know ${name}`);
  }
}

function perSecond(change: number | undefined, durationMs: number): number | undefined {
  return change === undefined ? undefined : change / (durationMs / 1000);
}

function extrapolated(samples: readonly TestSample[], fromMs: number, toMs: number, isCounter: boolean): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || samples.length < 2) return undefined;
  let change = last.value - first.value;
  if (isCounter) samples.forEach(({ value }, i) => {
    const before = samples[i - 1];
    if (before && value < before.value) change += before.value;
  });
  const sampledMs = last.timestampMs - first.timestampMs;
  const averageMs = sampledMs / (samples.length - 1);
  const reach = (gapMs: number) => (gapMs < averageMs * 1.1 ? gapMs : averageMs / 2);
  let beforeMs = reach(first.timestampMs - fromMs);
  if (isCounter && change > 0 && first.value >= 0) beforeMs = Math.min(beforeMs, sampledMs * (first.value / change));
  return change * ((sampledMs + beforeMs + reach(toMs - last.timestampMs)) / sampledMs);
}

function aggregate({ op, grouping, without }: Aggregation, samples: readonly ReferenceSample[], _timeMs: number, _query: ReferenceQuery): ReferenceSample[] {
  const groups = new Map<string, { labels: LabelMap; values: number[] }>();
  for (const { labels, value } of samples) {
    const kept = without ? omit(labels, [...grouping, '__name__']) : pick(labels, grouping);
    const group = groups.get(keyOf(kept)) ?? { labels: kept, values: [] };
    groups.set(keyOf(kept), group);
    group.values.push(value);
  }
  const fold = op === 'group' ? () => 1 : (values: readonly number[]) => overTime(`${op === 'stdvar' ? 'stdvar' : op}_over_time`, values.map((value) => ({ timestampMs: 0, value })), 0, 0);
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: fold(values) as number }));
}

function combine(node: Binary, timeMs: number, query: ReferenceQuery): ReferenceSample[] {
  const { op, lhs, rhs, returnBool, matching: by } = node;
  const isArithmetic = ['+', '-', '*', '/', '%'].includes(op);
  const finish = (labels: LabelMap, result: number | boolean, kept: number): ReferenceSample[] => {
    if (typeof result === 'number') return [{ labels: unnamed(labels), value: result }];
    if (returnBool) return [{ labels: unnamed(labels), value: Number(result) }];
    return result ? [{ labels, value: kept }] : [];
  };
  if (typeOf(lhs) === 'scalar') {
    const scalar = scalarOf(lhs, timeMs, query);
    return referenceVector(rhs, timeMs, query).flatMap(({ labels, value }) => finish(labels, operate(op, scalar, value), value));
  }
  if (typeOf(rhs) === 'scalar') {
    const scalar = scalarOf(rhs, timeMs, query);
    return referenceVector(lhs, timeMs, query).flatMap(({ labels, value }) => finish(labels, operate(op, value, scalar), value));
  }
  const part = (labels: LabelMap) => keyOf(by.on ? pick(labels, by.labels) : omit(labels, [...by.labels, '__name__']));
  const left = referenceVector(lhs, timeMs, query);
  const right = referenceVector(rhs, timeMs, query);
  const matches = (samples: readonly ReferenceSample[], labels: LabelMap) => samples.filter((other) => part(other.labels) === part(labels));
  if (op === 'and') return left.filter(({ labels }) => matches(right, labels).length > 0);
  if (op === 'unless') return left.filter(({ labels }) => matches(right, labels).length === 0);
  if (op === 'or') return [...left, ...right.filter(({ labels }) => matches(left, labels).length === 0)];
  const [many, one] = by.card === 'one-to-many' ? [right, left] : [left, right];
  if (many.length > 0 && one.some(({ labels }) => matches(one, labels).length > 1)) throw new Error('many-to-many');
  const used = new Map<string, Set<string>>();
  return many.flatMap((sample) => {
    const [other] = matches(one, sample.labels);
    if (!other) return [];
    const [a, b] = by.card === 'one-to-many' ? [other.value, sample.value] : [sample.value, other.value];
    let labels = isArithmetic || returnBool ? unnamed(sample.labels) : sample.labels;
    if (by.card === 'one-to-one') labels = by.on ? pick(labels, by.labels) : omit(labels, by.labels);
    for (const name of by.include) labels = { ...omit(labels, [name]), ...pick(other.labels, [name]) };
    const result = finish(labels, operate(op, a, b), a);
    for (const each of result) {
      const seen = used.get(part(sample.labels)) ?? new Set();
      used.set(part(sample.labels), seen);
      if (by.card === 'one-to-one' ? seen.size > 0 : seen.has(keyOf(each.labels))) throw new Error('ambiguous');
      seen.add(keyOf(each.labels));
    }
    return result;
  });
}

function operate(op: Binary['op'], a: number, b: number): number | boolean {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      throw new Error(`the reference does not know ${op}`);
  }
}

function distinct(samples: ReferenceSample[]): ReferenceSample[] {
  if (new Set(samples.map(({ labels }) => keyOf(labels))).size < samples.length) throw new Error('same labelset');
  return samples;
}

/** Text that is equal exactly for equal label sets. */
export function keyOf(labels: LabelMap): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pick(labels: LabelMap, names: readonly string[]): LabelMap {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}

function omit(labels: LabelMap, names: readonly string[]): LabelMap {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

function unnamed(labels: LabelMap): LabelMap {
  return omit(labels, ['__name__']);
}
