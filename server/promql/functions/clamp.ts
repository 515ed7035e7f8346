// Functions that bring a value into bounds or onto a grid.
import { dropNames, mapCells, type Rows } from '../../vector/rows.ts';
import { argOf, type VectorFunction } from './function.ts';

export const CLAMP_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  clamp(call, context) {
    const rows = context.vector(argOf(call, 0));
    const min = context.scalar(argOf(call, 1));
    const max = context.scalar(argOf(call, 2));
    const clamped = mapCells(rows, (value, t) => larger(min[t] as number, smaller(max[t] as number, value)));
    return dropNames(withoutSteps(clamped, (t) => (max[t] as number) < (min[t] as number)));
  },
  clamp_min(call, context) {
    const rows = context.vector(argOf(call, 0));
    const min = context.scalar(argOf(call, 1));
    return dropNames(mapCells(rows, (value, t) => larger(min[t] as number, value)));
  },
  clamp_max(call, context) {
    const rows = context.vector(argOf(call, 0));
    const max = context.scalar(argOf(call, 1));
    return dropNames(mapCells(rows, (value, t) => smaller(max[t] as number, value)));
  },
  round(call, context) {
    const rows = context.vector(argOf(call, 0));
    const nearest = call.args[1] ? context.scalar(call.args[1]) : undefined;
    return dropNames(
      mapCells(rows, (value, t) => {
        // Multiplying by the inverse loses less than dividing twice.
        const inverse = 1 / (nearest?.[t] ?? 1);
        return Math.floor(value * inverse + 0.5) / inverse;
      }),
    );
  },
};

/** IEEE 754 maximum, except that an infinity beats NaN (Go's `math.Max`). */
export function larger(a: number, b: number): number {
  return a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b);
}

/** Likewise the minimum (Go's `math.Min`). */
export function smaller(a: number, b: number): number {
  return a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b);
}

function withoutSteps(rows: Rows, isLeftOut: (step: number) => boolean): Rows {
  return { ...rows, present: rows.present.map((flag, i) => (isLeftOut(i % rows.steps) ? 0 : flag)) };
}
