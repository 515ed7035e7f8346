// Differences that stay, each with its reason. They are counted and shown apart.
import type { Difference } from './run.ts';

export interface Justification {
  readonly reason: string;
  /** What the expression must look like. */
  readonly expr: RegExp;
  /** What the difference must look like. */
  readonly words?: RegExp;
}

export const JUSTIFIED: readonly Justification[] = [
  {
    reason: "ln and log10 of subnormal numbers: Go's assembly on amd64 does not normalize them (ln(5e-324) is -744.44, not -709.09)",
    expr: /\b(ln|log10)\(.*odd/,
    words: /real -?(709|307)\./,
  },
  {
    reason: 'count_values makes text of the last bit of exp, sin and the like, which differs between mathematical libraries',
    expr: /count_values.*\b(exp|ln|log2|log10|sinh?|cosh?|tanh?|asinh?|acosh?|atanh?)\b|count_values.*(\^|atan2)/,
    words: /^only (real|ours)|^order/,
  },
  {
    reason: 'histogram_fraction of classic histograms with a bound in the first bucket: NaN in 3.5, a number since 3.8 (#17424)',
    expr: /histogram_fraction/,
    words: /real NaN|wavers|only ours/,
  },
  {
    reason: 'equality, changes() and products with NaN and Inf see the empty buckets that 3.5 adds to histograms of one chunk',
    expr: /(native|custom).*(==|!=|[*/] (NaN|Inf))|changes\((native|custom)/,
    words: /histogram|value|only (real|ours)/,
  },
];

/** The justification of a difference, if any. */
export function justificationOf({ question, words }: Difference): Justification | undefined {
  return JUSTIFIED.find((one) => one.expr.test(question.expr) && (one.words?.test(words) ?? true));
}
