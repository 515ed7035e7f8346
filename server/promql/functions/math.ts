import { elementwise, type VectorFunction } from './function.ts';

export const MATH_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  abs: elementwise(Math.abs),
  ceil: elementwise(Math.ceil),
  floor: elementwise(Math.floor),
  exp: elementwise(Math.exp),
  sqrt: elementwise(Math.sqrt),
  ln: elementwise(Math.log),
  log2: elementwise(Math.log2),
  log10: elementwise(Math.log10),
  sgn: elementwise((value) => (value < 0 ? -1 : value > 0 ? 1 : value)),
};
