import { Labels } from '../../model/labels.ts';
import { floatsOf } from '../../vector/histogram-cells.ts';
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
