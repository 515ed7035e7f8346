import { Labels } from '../../model/labels.ts';
import { floatsOf } from '../../vector/histogram-cells.ts';
import type { PlanOptions } from '../plan/plan.ts';
import { larger, smaller } from './clamp.ts';
import { argOf, type ScalarFunction, type VectorFunction } from './function.ts';

export const CONVERT_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  vector(call, context) {
    const values = context.scalar(argOf(call, 0));
    return { steps: values.length, labels: [Labels.EMPTY], values, present: new Uint8Array(values.length).fill(1) };
  },
};

export const SCALAR_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  pi: (_, { timesMs }) => new Float64Array(timesMs.length).fill(Math.PI),
  time: (_, { timesMs }) => timesMs.map((timeMs) => timeMs / 1000),
  start: ofQuery(({ queryStartMs }) => queryStartMs),
  end: ofQuery(({ queryEndMs }) => queryEndMs),
  step: ofQuery(({ queryStepMs }) => queryStepMs),
  range: ofQuery(({ queryStartMs, queryEndMs }) => queryEndMs - queryStartMs),
  min_of: ofTwo(smaller),
  max_of: ofTwo(larger),
  /** The value of a vector of exactly one float, NaN otherwise. */
  scalar(call, context) {
    const { steps, values, present } = floatsOf(context.vector(argOf(call, 0)));
    const counts = new Uint32Array(steps);
    const out = new Float64Array(steps).fill(Number.NaN);
    present.forEach((flag, i) => {
      const t = i % steps;
      if (flag === 0) return;
      counts[t] = (counts[t] as number) + 1;
      out[t] = counts[t] === 1 ? (values[i] as number) : Number.NaN;
    });
    return out;
  },
};

/** A time of the query as a whole, in seconds. */
function ofQuery(millisecondsOf: (options: PlanOptions) => number): ScalarFunction {
  return (_, { timesMs, options }) => new Float64Array(timesMs.length).fill(millisecondsOf(options) / 1000);
}

function ofTwo(choose: (a: number, b: number) => number): ScalarFunction {
  return (call, context) => {
    const other = context.scalar(argOf(call, 1));
    return context.scalar(argOf(call, 0)).map((value, t) => choose(value, other[t] as number));
  };
}
