/**
 * A metric family declared as data: name, kind, help, unit, labels and buckets, written once and read by everybody:
 * `sdk/instrument` registers it, generators draw dashboards and rules from it, linters compare a scrape with it.
 *
 * Names follow https://prometheus.io/docs/concepts/data_model/ (the classic character set, which every exposition format carries).
 */

/** What one sample of the family measures; dashboards choose their display unit by it. */
export type MetricUnit = 'seconds' | 'bytes' | 'ratio' | 'percent' | 'count' | 'dollars' | 'boolean' | 'info';

interface MetricDescriptorBase<L extends string> {
  /** Family name without `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  /** One line for `# HELP`. */
  readonly help: string;
  readonly unit: MetricUnit;
  /** Label name → what its value says. A series may leave a label out: Prometheus reads that as the empty value. */
  readonly labels: Readonly<Record<L, string>>;
}

/** A family whose series only go up, until a restart sets them to 0. */
export interface CounterDescriptor<L extends string = string> extends MetricDescriptorBase<L> {
  readonly type: 'counter';
}

/** A family whose series go up and down. */
export interface GaugeDescriptor<L extends string = string> extends MetricDescriptorBase<L> {
  readonly type: 'gauge';
}

/** A classic histogram family: cumulative `_bucket` series with a label `le`, `_sum` and `_count`. */
export interface HistogramDescriptor<L extends string = string> extends MetricDescriptorBase<L> {
  readonly type: 'histogram';
  /** Upper bounds in `unit`, strictly increasing and finite; `+Inf` is implied. */
  readonly buckets: readonly number[];
}

/** One metric family of any kind. */
export type MetricDescriptor<L extends string = string> = CounterDescriptor<L> | GaugeDescriptor<L> | HistogramDescriptor<L>;

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** All reasons why a descriptor cannot be exposed, each naming the offending value; empty when it is sound. */
export function validateMetricDescriptor(descriptor: MetricDescriptor): string[] {
  const problems: string[] = [];
  if (!METRIC_NAME.test(descriptor.name)) {
    problems.push(`name ${JSON.stringify(descriptor.name)} does not match ${METRIC_NAME.source}`);
  }
  if (descriptor.help.trim() === '') problems.push('help is empty: say in one line what the metric measures');
  for (const label of Object.keys(descriptor.labels)) {
    if (!LABEL_NAME.test(label)) problems.push(`label ${JSON.stringify(label)} does not match ${LABEL_NAME.source}`);
    else if (label.startsWith('__')) problems.push(`label "${label}" begins with "__", which is reserved for Prometheus itself`);
    else if (label === 'le' && descriptor.type === 'histogram') problems.push('label "le" is reserved for the buckets of a histogram');
  }
  if (descriptor.type === 'histogram') problems.push(...validateBuckets(descriptor.buckets));
  return problems;
}

function validateBuckets(buckets: readonly number[]): string[] {
  if (buckets.length === 0) return ['buckets is empty: give at least one upper bound'];
  const problems: string[] = [];
  buckets.forEach((bound, i) => {
    const previous = buckets[i - 1];
    if (!Number.isFinite(bound)) problems.push(`bucket ${bound} is not finite; +Inf is added by itself`);
    else if (previous !== undefined && bound <= previous) problems.push(`bucket ${bound} follows ${previous}: bounds must increase`);
  });
  return problems;
}

/** The series names that a family occupies in an exposition: its own, or `_bucket`, `_sum` and `_count` for a histogram. */
export function seriesNames(descriptor: MetricDescriptor): string[] {
  if (descriptor.type !== 'histogram') return [descriptor.name];
  return [descriptor.name, `${descriptor.name}_bucket`, `${descriptor.name}_sum`, `${descriptor.name}_count`];
}
