import { elementwise, type VectorFunction } from './function.ts';

export const TRIGONOMETRY_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  sin: elementwise(Math.sin),
  cos: elementwise(Math.cos),
  tan: elementwise(Math.tan),
  asin: elementwise(Math.asin),
  acos: elementwise(Math.acos),
  atan: elementwise(Math.atan),
  sinh: elementwise(Math.sinh),
  cosh: elementwise(Math.cosh),
  tanh: elementwise(Math.tanh),
  asinh: elementwise(Math.asinh),
  acosh: elementwise(Math.acosh),
  atanh: elementwise(Math.atanh),
  rad: elementwise((value) => (value * Math.PI) / 180),
  deg: elementwise((value) => (value * 180) / Math.PI),
};
