// Random well-typed PromQL for property and differential tests, over the metrics of testdata/series.ts.
import fc from 'fast-check';

/** Names and labels that generated selectors choose from. */
const COUNTERS = ['http_requests_total', 'ml_predictions_total', 'resetting_total'];
const GAUGES = ['up', 'gpu_utilization_percent', 'odd_values', 'node_memory_MemTotal_bytes', 'sparse', 'replaced'];
const BUCKETS = ['http_request_duration_seconds_bucket', 'broken_bucket'];
const LABELS = ['job', 'instance', 'status', 'model_version', 'le', 'absent'];
const RANGES = ['1m', '90s', '5m', '17m', '1h', '301', '2m30s'];
const RANGE_FUNCTIONS = [
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'deriv',
  'changes',
  'resets',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'last_over_time',
  'present_over_time',
  'absent_over_time',
  'stddev_over_time',
  'stdvar_over_time',
];
const VECTOR_FUNCTIONS = ['abs', 'ceil', 'floor', 'sgn', 'sqrt', 'round', 'timestamp', 'absent', 'hour', 'minute', 'day_of_week', 'month'];
const FOLDS = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];

/** Weights favour shallow trees. */
export interface ExpressionArbitraries {
  readonly vector: fc.Arbitrary<string>;
  readonly scalar: fc.Arbitrary<string>;
}

/** Expressions of type instant vector and scalar. */
export function expressionArbitraries(): ExpressionArbitraries {
  const { vector, scalar } = fc.letrec<{ vector: string; scalar: string; matrix: string }>((tie) => ({
    scalar: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      number(),
      fc.constant('time()'),
      text`scalar(${tie('vector')})`,
      scalarBinary(tie('scalar')),
    ),
    matrix: fc.oneof({ maxDepth: 3, depthSize: 'small' }, rangeSelector(), subquery(tie('vector'))),
    vector: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      modified(selector()),
      text`${fc.constantFrom(...RANGE_FUNCTIONS)}(${tie('matrix')})`,
      text`quantile_over_time(${fc.constantFrom('0', '0.5', '0.9', '1', '1.5')}, ${tie('matrix')})`,
      text`predict_linear(${tie('matrix')}, ${fc.constantFrom('60', '3600', '-5')})`,
      text`${fc.constantFrom(...FOLDS)}${grouping()}(${tie('vector')})`,
      text`quantile${grouping()}(${fc.constantFrom('0', '0.3', '0.5', '0.99', '-1')}, ${tie('vector')})`,
      text`count_values${grouping()}("value", ${tie('vector')})`,
      text`${fc.constantFrom('topk', 'bottomk')}${grouping()}(${fc.constantFrom('1', '2', '5')}, ${tie('vector')})`,
      text`${fc.constantFrom(...VECTOR_FUNCTIONS)}(${tie('vector')})`,
      text`${fc.constantFrom('clamp_min', 'clamp_max')}(${tie('vector')}, ${tie('scalar')})`,
      text`histogram_quantile(${fc.constantFrom('0.5', '0.95', '0', '1', '2')}, ${modified(fc.constantFrom(...BUCKETS))})`,
      text`histogram_quantile(0.9, sum by (le, ${fc.constantFrom('job', 'instance')}) (rate(${fc.constantFrom(...BUCKETS)}[5m])))`,
      text`label_replace(${tie('vector')}, "${fc.constantFrom('job', 'copy')}", "$1", "${fc.constantFrom('instance', 'status')}", "(.*)${fc.constantFrom('', '1', 'a')}")`,
      text`label_join(${tie('vector')}, "${fc.constantFrom('job', 'copy')}", "-", "job", "status")`,
      text`vector(${tie('scalar')})`,
      text`-${tie('vector')}`,
      text`(${tie('vector')})`,
      text`(${tie('vector')} ${operator()} ${tie('scalar')})`,
      text`(${tie('scalar')} ${operator()} ${tie('vector')})`,
      text`(${tie('vector')} ${operator()} ${tie('vector')})`,
      text`(${tie('vector')} ${fc.constantFrom('and', 'or', 'unless')} ${matching()} ${tie('vector')})`,
      text`(${tie('vector')} ${operator()} ${matching()} ${groupModifier()} ${tie('vector')})`,
    ),
  }));
  return { vector, scalar };
}

function number(): fc.Arbitrary<string> {
  return fc.constantFrom('0', '1', '2', '0.5', '-3', '100', '1e3', 'Inf', 'NaN', '60', '5m', '0x1F');
}

function scalarBinary(scalar: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return text`(${scalar} ${fc.constantFrom('+', '-', '*', '/', '%', '^', '== bool', '> bool')} ${scalar})`;
}

function operator(): fc.Arbitrary<string> {
  return fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', '== bool', '> bool', '<= bool');
}

function matching(): fc.Arbitrary<string> {
  return text`${fc.constantFrom('on', 'ignoring')} (${fc.subarray(LABELS, { maxLength: 3 }).map((labels) => labels.join(', '))})`;
}

function groupModifier(): fc.Arbitrary<string> {
  return fc.constantFrom('', 'group_left ()', 'group_right()', 'group_left (extra)', 'group_right (model)');
}

function grouping(): fc.Arbitrary<string> {
  const labels = fc.subarray([...LABELS, '__name__'], { maxLength: 3 }).map((names) => names.join(', '));
  return fc.oneof(fc.constant(''), text` by (${labels}) `, text` without (${labels}) `);
}

function selector(): fc.Arbitrary<string> {
  const matcher = fc.constantFrom('job="ml-api"', 'job=~"ml-.*"', 'status!~"5..|error"', 'instance!="b:1"', 'status="500"', 'absent=""');
  const name = fc.constantFrom(...COUNTERS, ...GAUGES);
  return fc.oneof(name, text`${name}{${matcher}}`, text`${name}{${matcher}, ${matcher}}`, fc.constant('{__name__=~"up|sparse"}'));
}

function rangeSelector(): fc.Arbitrary<string> {
  const counter = fc.constantFrom(...COUNTERS, ...COUNTERS, ...GAUGES);
  return modified(text`${fc.oneof(counter, selector())}[${fc.constantFrom(...RANGES)}]`);
}

function subquery(vector: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return modified(text`(${vector})[${fc.constantFrom('5m', '10m', '31m')}:${fc.constantFrom('', '30s', '1m', '7m')}]`);
}

/** Mostly plain, sometimes with offset or @. */
function modified(expr: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const modifier = fc.constantFrom(
    'offset 5m',
    'offset -2m',
    '@ start()',
    '@ end() offset 1m',
    '@ 1700003600',
    'offset 30s @ 1700004000.5',
  );
  return fc.oneof({ arbitrary: expr, weight: 6 }, { arbitrary: text`${expr} ${modifier}`, weight: 1 });
}

/** A template of arbitraries. */
function text(strings: TemplateStringsArray, ...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((values) => strings.reduce((out, piece, i) => out + piece + (values[i] ?? ''), ''));
}
