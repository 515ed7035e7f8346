// Differences that stay, each with its reason. They are counted and shown apart.
import type { Difference } from './run.ts';

export interface Justification {
  readonly reason: string;
  /** What the expression must look like. */
  readonly expr: RegExp;
  /** What the difference must look like. */
  readonly words?: RegExp;
  /** What must hold of the numbers that `words` captures. */
  readonly holds?: (numbers: readonly number[]) => boolean;
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
    expr: /\binfo\(.*\b((target|build)_info\b|label_replace\(up, "cluster").*, \{/,
    words: /^only ours|^float \d+ of .*: real none/,
  },
  {
    reason: 'info() drops series that have neither job nor instance in 3.5 (fixed by #17898)',
    expr: /\binfo\(.*\b(temperature_celsius|vector)\b/,
    words: /^only ours/,
  },
  {
    reason: 'info() looks at info series at the time of @ and offset since 3.15 (#19266)',
    expr: /\binfo\(.*(@|\boffset\b)/,
    words: /only (real|ours)|^float \d+ of|^value of|^error|^status/,
  },
  {
    reason: 'names to be dropped late stay so in info() since 3.15 (#19413)',
    expr: /\binfo\(/,
    words: /only real: \[\["__name__"/,
  },
  {
    reason: '3.5 fails within itself on a second argument of info() that is no selector (fixed by #17379)',
    expr: /\binfo\(/,
    words: /^error: real .*unexpected error, ours /,
  },
  {
    reason: 'start(), end(), step() and range() as functions came with 3.12',
    expr: /(?<!@ *)\b(start|end|step|range)\(\)/,
    words: /^status: real 400, ours 200 .*unexpected "\("/,
  },
  {
    reason: '@ start() and @ end() are refused before a range, like others, since 3.15 (#19406)',
    expr: /@ (start|end)\(\) *\[/,
    words: /ours 400 .*no @ modifiers allowed before range/,
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
  {
    reason: 'quantiles of negated histograms see those empty buckets, too',
    expr: /histogram_quantile\([\d.]+, ?-\(*(native|custom)/,
    words: /^value/,
  },
  {
    reason: 'rates of histograms are not extrapolated to before the count was zero since 3.6 (#16828)',
    expr: /\b(rate|increase)\(\(*(native|custom)/,
    words: /^histogram of .*: count: real ([\d.e+-]+), ours ([\d.e+-]+)$/,
    holds: ([real = 0, ours = 0]) => ours < real,
  },
  {
    reason: '3.5 does not read buckets where only count and sum are asked for, and misjudges layouts then (#18660, fixed in 3.12)',
    expr: /\bhistogram_(sum|count|avg)\(.*(native|custom)/,
    words: /^warnings: .*(exponential and custom buckets schemas|incompatible bucket layout)/,
  },
  {
    reason: 'a remainder shows the last bit of atan2, exp and the like, which differs between mathematical libraries',
    expr: /%.*\b(atan2|exp|ln|log2|log10|sinh?|cosh?|tanh?|asinh?|acosh?|atanh?)\b/,
    words: /^value of/,
  },
  {
    reason: 'mad_over_time is NaN where a sample is since 3.14 (#19040)',
    expr: /\bmad_over_time\(/,
    words: /^value .* ours NaN$/,
  },
  {
    reason:
      'series that become alike by unary minus, label_replace or label_join are one since 3.9 if they are at different times (#17708, #17703)',
    expr: /-\s*[({\w]|\blabel_(replace|join)\(/,
    words: /^status: real 422, ours 200 \(vector cannot contain metrics with the same labelset\)/,
  },
  {
    reason: 'filters refuse a second match even where they let nothing through since 3.9 (#17668)',
    expr: /[=!]=|[<>]/,
    words: /^status: real 200, ours 422 \(multiple matches for labels/,
  },
  {
    reason: 'of two series that clash the lesser is named first since 3.15 (#18810)',
    expr: /./,
    words: /^error: real (found duplicate series for the match group .* on the (?:left|right) hand-side of the operation): .*, ours \1: /,
  },
];

/** The justification of a difference, if any. */
export function justificationOf({ question, words }: Difference): Justification | undefined {
  return JUSTIFIED.find((one) => {
    if (!one.expr.test(question.expr)) return false;
    const match = one.words ? one.words.exec(words) : [];
    return match !== null && (one.holds?.(match.slice(1).map(Number)) ?? true);
  });
}
