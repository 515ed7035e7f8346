import type { ValueType } from './ast.ts';

/** Name, argument types and result type of a function of Prometheus 3. */
export interface FunctionSignature {
  readonly name: string;
  readonly args: readonly ValueType[];
  /** How many arguments beyond the required ones: 0 none, -1 any number of the last type; the last type may then be left out. */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Refused unless experimental functions are enabled, as upstream does. */
  readonly experimental: boolean;
}

/** Compact notation: `name(arg, arg) -> type`; `?` after the last type makes it optional, `*` repeatable, `*9` so often; `!` marks experimental. */
const NOTATION = `
  abs(vector) -> vector
  absent(vector) -> vector
  absent_over_time(matrix) -> vector
  acos(vector) -> vector
  acosh(vector) -> vector
  asin(vector) -> vector
  asinh(vector) -> vector
  atan(vector) -> vector
  atanh(vector) -> vector
  avg_over_time(matrix) -> vector
  ceil(vector) -> vector
  changes(matrix) -> vector
  clamp(vector, scalar, scalar) -> vector
  clamp_max(vector, scalar) -> vector
  clamp_min(vector, scalar) -> vector
  cos(vector) -> vector
  cosh(vector) -> vector
  count_over_time(matrix) -> vector
  day_of_month(vector?) -> vector
  day_of_week(vector?) -> vector
  day_of_year(vector?) -> vector
  days_in_month(vector?) -> vector
  deg(vector) -> vector
  delta(matrix) -> vector
  deriv(matrix) -> vector
  double_exponential_smoothing(matrix, scalar, scalar) -> vector !
  end() -> scalar !
  exp(vector) -> vector
  first_over_time(matrix) -> vector
  floor(vector) -> vector
  histogram_avg(vector) -> vector
  histogram_count(vector) -> vector
  histogram_fraction(scalar, scalar, vector) -> vector
  histogram_quantile(scalar, vector) -> vector
  histogram_quantiles(vector, string, scalar, scalar*9) -> vector !
  histogram_stddev(vector) -> vector
  histogram_stdvar(vector) -> vector
  histogram_sum(vector) -> vector
  hour(vector?) -> vector
  idelta(matrix) -> vector
  increase(matrix) -> vector
  info(vector, vector?) -> vector !
  integral(matrix) -> vector !
  irate(matrix) -> vector
  label_join(vector, string, string, string*) -> vector
  label_replace(vector, string, string, string, string) -> vector
  last_over_time(matrix) -> vector
  ln(vector) -> vector
  log10(vector) -> vector
  log2(vector) -> vector
  mad_over_time(matrix) -> vector !
  max_of(scalar, scalar) -> scalar !
  max_over_time(matrix) -> vector
  min_of(scalar, scalar) -> scalar !
  min_over_time(matrix) -> vector
  minute(vector?) -> vector
  month(vector?) -> vector
  pi() -> scalar
  predict_linear(matrix, scalar) -> vector
  present_over_time(matrix) -> vector
  quantile_over_time(scalar, matrix) -> vector
  rad(vector) -> vector
  range() -> scalar !
  rate(matrix) -> vector
  resets(matrix) -> vector
  round(vector, scalar?) -> vector
  scalar(vector) -> scalar
  sgn(vector) -> vector
  sin(vector) -> vector
  sinh(vector) -> vector
  sort(vector) -> vector
  sort_by_label(vector, string*) -> vector !
  sort_by_label_desc(vector, string*) -> vector !
  sort_desc(vector) -> vector
  sqrt(vector) -> vector
  start() -> scalar !
  start_timestamp(vector) -> vector !
  step() -> scalar !
  stddev_over_time(matrix) -> vector
  stdvar_over_time(matrix) -> vector
  sum_over_time(matrix) -> vector
  tan(vector) -> vector
  tanh(vector) -> vector
  time() -> scalar
  timestamp(vector) -> vector
  ts_of_first_over_time(matrix) -> vector !
  ts_of_last_over_time(matrix) -> vector !
  ts_of_max_over_time(matrix) -> vector !
  ts_of_min_over_time(matrix) -> vector !
  vector(scalar) -> vector
  year(vector?) -> vector
`;

/** Every function by name. */
export const SIGNATURES: ReadonlyMap<string, FunctionSignature> = new Map(
  NOTATION.trim()
    .split('\n')
    .map((line) => parseSignature(line.trim()))
    .map((signature) => [signature.name, signature]),
);

function parseSignature(line: string): FunctionSignature {
  const [, name = '', args = '', returns = '', mark] = /^(\w+)\((.*)\) -> (\w+)( !)?$/.exec(line) ?? [];
  const types = args === '' ? [] : args.split(', ');
  const last = types.at(-1) ?? '';
  return {
    name,
    args: types.map((type) => type.replace(/[?*]\d*$/, '') as ValueType),
    variadic: last.endsWith('?') ? 1 : last.endsWith('*') ? -1 : Number(last.split('*')[1] ?? 0),
    returns: returns as ValueType,
    experimental: mark !== undefined,
  };
}
