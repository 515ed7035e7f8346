import { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import { noRows, type Rows } from '../../vector/rows.ts';
import { type Expr, unwrap } from '../parse/ast.ts';
import { argOf, type CallContext, everyWindow, rangeRows, type VectorFunction } from './function.ts';

export const ABSENT_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  absent: (call, context) => whereNothing(context.vector(argOf(call, 0)), argOf(call, 0), context),
  absent_over_time: (call, context) =>
    whereNothing(rangeRows(call, context, { kernel: everyWindow(1, () => 1), histograms: 'counted' }), argOf(call, 0), context),
};

/** One series of ones at the steps at which `rows` has no sample, labelled with what the selector asks for. */
function whereNothing({ present }: Rows, arg: Expr, { timesMs }: CallContext): Rows {
  const steps = timesMs.length;
  const isAbsent = new Uint8Array(steps).fill(1);
  present.forEach((flag, i) => {
    if (flag === 1) isAbsent[i % steps] = 0;
  });
  if (!isAbsent.includes(1)) return noRows(steps);
  return { steps, labels: [labelsWanted(arg)], values: new Float64Array(steps).fill(1), present: isAbsent };
}

/** The labels that equality matchers fix, unless contradicted by a later matcher. */
function labelsWanted(expr: Expr): Labels {
  const arg = unwrap(expr);
  const matchers: readonly Matcher[] = arg.kind === 'selector' ? arg.matchers : arg.kind === 'range' ? arg.selector.matchers : [];
  const wanted = new Map<string, string>();
  const equal = new Set<string>();
  for (const { type, name, value } of matchers) {
    if (name === '__name__') continue;
    const isFirst = type === '=' && !equal.has(name);
    if (type === '=') equal.add(name);
    if (isFirst) wanted.set(name, value);
    else wanted.delete(name);
  }
  return Labels.fromEntries(wanted);
}
