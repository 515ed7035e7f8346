const TIME_DEPENDENT: ReadonlySet<string> = new Set([
  'days_in_month',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'hour',
  'minute',
  'month',
  'year',
  'predict_linear',
  'time',
  'timestamp',
]);

/** Whether a function's value depends on the evaluation time even when its arguments do not. */
export function isTimeDependent(name: string): boolean {
  return TIME_DEPENDENT.has(name);
}
