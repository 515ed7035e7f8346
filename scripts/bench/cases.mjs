// What is asked, and what the answer's time should be beside the peers'.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HOUR = 3600;
const DAY = 24 * HOUR;

/**
 * Queries that the table of the bench folder does not have. `span` and `step` in seconds (none: an instant query); `shift` moves
 * both ends.
 */
const ADDED = [
  {
    id: 'max_over_time',
    title: 'max_over_time [1h], 30 d',
    expr: 'max by (service) (max_over_time(gpu_utilization_percent[1h]))',
    span: 30 * DAY,
    step: 1800,
  },
  {
    id: 'sum_without',
    title: 'sum without, rate, 7 d',
    expr: 'sum without (instance, status) (rate(http_requests_total[10m]))',
    span: 7 * DAY,
    step: 600,
  },
  {
    id: 'increase_1d',
    title: 'increase [1d] each hour, 30 d',
    expr: 'sum by (service) (increase(http_requests_total[1d]))',
    span: 30 * DAY,
    step: HOUR,
  },
  {
    id: 'p99_1h',
    title: 'histogram_quantile over [1h], 7 d',
    expr: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[1h])))',
    span: 7 * DAY,
    step: 600,
  },
  {
    id: 'quantile',
    title: 'quantile over instances, 7 d',
    expr: 'quantile by (mode) (0.9, rate(node_cpu_seconds_total[5m]))',
    span: 7 * DAY,
    step: 300,
  },
  { id: 'changes', title: 'changes [6h], 7 d', expr: 'sum by (model_name) (changes(ml_model_accuracy[6h]))', span: 7 * DAY, step: 600 },
  {
    id: 'predict_linear',
    title: 'predict_linear [6h], 7 d',
    expr: 'predict_linear(node_memory_MemAvailable_bytes[6h], 86400)',
    span: 7 * DAY,
    step: 600,
  },
  {
    id: 'unaligned',
    title: 'p95 by service, 30 d, ends and step off the grid',
    expr: 'histogram_quantile(0.95, sum by (le, service) (rate(http_request_duration_seconds_bucket[31m])))',
    span: 30 * DAY,
    step: 1777,
    shift: -421.337,
  },
  {
    id: 'offset',
    title: 'today against last week, 1 d',
    expr: 'sum(rate(http_requests_total[5m])) / sum(rate(http_requests_total[5m] offset 1w))',
    span: DAY,
    step: 60,
  },
  {
    id: 'subquery',
    title: 'max_over_time over a subquery [1d:5m], instant',
    expr: 'max_over_time(sum(rate(http_requests_total[5m]))[1d:5m])',
  },
  { id: 'up_raw', title: 'up as it is, 1 d', expr: 'up', span: DAY, step: 60 },
];

/**
 * Every case in the table's order: { id, part, title, asks, goal }. `asks` are sent at once: { expr, start, end, step } or
 * { expr, time }. `benchFolder`: whose queries.json is used instead of our own.
 */
export function queryCases(benchFolder) {
  const file = benchFolder ? join(benchFolder, 'queries.json') : fileURLToPath(new URL('queries.json', import.meta.url));
  const { end, ranges, queries, dashboard } = JSON.parse(readFileSync(file, 'utf8'));
  const exprOf = (id, rangeName) => {
    const query = queries.find((candidate) => candidate.id === id);
    if (!query) throw new Error(`${file} has no query ${id}`);
    return query.expr.replaceAll('$iv', ranges[rangeName].iv);
  };
  const ask = (id, rangeName) => {
    const { seconds, step } = ranges[rangeName];
    return { expr: exprOf(id, rangeName), start: end - seconds, end, step };
  };
  const one = (id, rangeName, title, goal) => ({ id: `${id}.${rangeName}`, part: 'queries', title, goal, asks: [ask(id, rangeName)] });
  const now = (id, title, goal) => ({ id, part: 'queries', title, goal, asks: [{ expr: exprOf(id, '30d'), time: end }] });
  const panels = (rangeName, title, goal, more = {}) => ({
    id: `dashboard.${rangeName}`,
    part: 'queries',
    title,
    goal,
    asks: dashboard.map((id) => ask(id, rangeName)),
    isRefreshed: true,
    ...more,
  });
  return [
    panels('30d', '10 panels at once, 30 d, 5 min windows', { prometheus: 10, victoriametrics: 2 }, { refreshedGoal: { prometheus: 30 } }),
    panels('30dF', '10 panels at once, 30 d, 30 min windows', { prometheus: 15, victoriametrics: 2 }),
    one('p95_by_service', '30d', 'p95 by service, 30 d, 5 min windows', { prometheus: 10, victoriametrics: 1.5 }),
    one('p95_by_service', '30dF', 'p95 by service, 30 d, 30 min windows', { prometheus: 10, victoriametrics: 1.5 }),
    one('rate_by_service', '30d', 'rate by service, 30 d', { prometheus: 10, victoriametrics: 1 }),
    one('rate_by_service', '7d', 'rate by service, 7 d', { prometheus: 8, victoriametrics: 1 }),
    one('rate_by_service', '1d', 'rate by service, 1 d', { prometheus: 3, victoriametrics: 1 }),
    one('rate_by_service', '1h', 'rate by service, 1 h', { prometheus: 1, victoriametrics: 1 }),
    now('slo_30d', 'SLO over [30d], instant', { prometheus: 80, victoriametrics: 7 }),
    now('count_by_name', 'count by (__name__), instant', { prometheus: 1 }),
    ...ADDED.map(({ id, title, expr, span, step, shift = 0 }) => ({
      id: `added.${id}`,
      part: 'added',
      title: `added: ${title}`,
      asks: [step ? { expr, start: end + shift - span, end: end + shift, step } : { expr, time: end }],
    })),
  ];
}
