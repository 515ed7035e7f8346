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
    reason: 'custom buckets with different borders are brought to their common ones since 3.8; 3.5 drops the result and warns',
    expr: /custom_(borders|changing)|native_.*custom_|custom_.*native_/,
    words: /custom buckets|only ours|histogram|value/,
  },
  {
    reason: 'sums of histograms warn of conflicting counter resets since 3.7',
    expr: /native|custom/,
    words: /^warnings: .*ours .*conflicting counter resets/,
  },
  {
    reason: 'info() fails in 3.5 when info series are replaced within the range (#17199, fixed in 3.8)',
    expr: /\binfo\(/,
    words:
      /real 422, ours 200 \(found duplicate series for info metric|^error: real found duplicate series for info metric \w+, ours conflicting/,
  },
  {
    reason: 'info() drops info series, and series that have the wanted labels already, in 3.5 (fixed by #17932 and #17817)',
    expr: /\binfo\(.*\b(target|build)_info\b.*, \{/,
    words: /^only ours|^float \d+ of .*: real none/,
  },
  {
    reason: 'start(), end(), step() and range() as functions came with 3.12',
    expr: /(?<!@ *)\b(start|end|step|range)\(\)/,
    words: /^status: real 400, ours 200 .*unexpected "\("/,
  },
  {
    reason: 'last_over_time() over a subquery gives back names that are yet to be dropped, in 3.5 (fixed by #18409)',
    expr: /last_over_time\(.*\[[^\]]*:[^\]]*\]/,
    words: /^only (real|ours): \[(\["__name__"|.*$)|wavers/,
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
