// Hand-made expressions, most of them every member of a family over every kind of data.
import type { Case } from '../grammar/areas.ts';

/** Every pattern with `X` replaced by every operand. */
export function each(patterns: readonly string[], operands: readonly string[], place = 'X'): string[] {
  return patterns.flatMap((pattern) => operands.map((operand) => pattern.replaceAll(place, operand)));
}

export function cases(area: string, expressions: readonly string[], tolerance?: number): Case[] {
  return [...new Set(expressions)].map((expr) => ({ area, expr, tolerance }));
}
