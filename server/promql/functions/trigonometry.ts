import { elementwise, type VectorFunction } from './function.ts';

export const TRIGONOMETRY_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  sin: elementwise(Math.sin),
  cos: elementwise(Math.cos),
  tan: elementwise(Math.tan),
  asin: elementwise(Math.asin),
  acos: elementwise(Math.acos),
  atan: elementwise(Math.atan),
  sinh: elementwise((value) => (Math.abs(value) > 21 ? Math.sign(value) * halfExp(value) : Math.sinh(value))),
  cosh: elementwise((value) => (Math.abs(value) > 21 ? halfExp(value) : Math.cosh(value))),
  tanh: elementwise(Math.tanh),
  asinh: elementwise(Math.asinh),
  acosh: elementwise(Math.acosh),
  atanh: elementwise(Math.atanh),
  rad: elementwise((value) => (value * Math.PI) / 180),
  deg: elementwise((value) => (value * 180) / Math.PI),
};

/** Half of e^|x|, which overflows where Go's does. */
function halfExp(value: number): number {
  return Math.exp(Math.abs(value)) * 0.5;
}
