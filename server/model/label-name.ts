const LONE_SURROGATE = /\p{Surrogate}/u;

/** A label name of Prometheus 3: any text that is not empty and can be written as UTF-8. */
export function isLabelName(name: string): boolean {
  return name !== '' && !LONE_SURROGATE.test(name);
}

/** A metric name of Prometheus 3 obeys the same rule. */
export const isMetricName = isLabelName;
