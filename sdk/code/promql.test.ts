import { describe, expect, it } from 'vitest';
import * as catalog from '../instrument/catalog.ts';
import { existing, matches, matchesNot, metric, metrics, not, now, promql, up } from './index.ts';

const {
  httpRequestsTotal: requests,
  predictionLatencySeconds: latency,
  modelAccuracy: accuracy,
  appMemoryUsageBytes: memory,
} = metrics(catalog);

const cases: readonly [what: string, made: { readonly promql: string }, expected: string][] = [
  ['a metric', memory, 'app_memory_usage_bytes'],
  ['matchers', requests.where({ method: 'GET', status: matches('5..') }), 'http_requests_total{method="GET", status=~"5.."}'],
  [
    'matchers one after the other',
    requests.where({ job: not('a') }).where({ endpoint: matchesNot(['/a.b', '/c']) }),
    'http_requests_total{job!="a", endpoint!~"/a\\\\.b|/c"}',
  ],
  ['quotes and backslashes', requests.where({ endpoint: 'a"b\\c' }), 'http_requests_total{endpoint="a\\"b\\\\c"}'],
  ['a rate at the dashboard’s own interval', requests.rate(), 'rate(http_requests_total[$__rate_interval])'],
  ['an aggregation by labels', requests.rate('5m').sum('endpoint', 'status'), 'sum by (endpoint, status) (rate(http_requests_total[5m]))'],
  [
    'an aggregation without labels',
    requests.rate('5m').sum({ without: ['instance'] }),
    'sum without (instance) (rate(http_requests_total[5m]))',
  ],
  ['the largest', requests.increase('1h').topk(3), 'topk(3, increase(http_requests_total[1h]))'],
  [
    'a ratio',
    requests.ratio({ status: matches('5..') }, '5m', 'endpoint'),
    'sum by (endpoint) (rate(http_requests_total{status=~"5.."}[5m])) / sum by (endpoint) (rate(http_requests_total[5m]))',
  ],
  [
    'a ratio at the dashboard’s own interval',
    requests.ratio({ status: '500' }, 'endpoint'),
    'sum by (endpoint) (rate(http_requests_total{status="500"}[$__rate_interval])) / sum by (endpoint) (rate(http_requests_total[$__rate_interval]))',
  ],
  [
    'a quantile',
    latency.where({ job: 'api' }).quantile(0.95, '5m'),
    'histogram_quantile(0.95, sum by (le) (rate(prediction_latency_seconds_bucket{job="api"}[5m])))',
  ],
  [
    'a quantile by labels',
    latency.quantile(0.99, 'model_version'),
    'histogram_quantile(0.99, sum by (le, model_version) (rate(prediction_latency_seconds_bucket[$__rate_interval])))',
  ],
  ['a mean', latency.average('5m'), 'sum(rate(prediction_latency_seconds_sum[5m])) / sum(rate(prediction_latency_seconds_count[5m]))'],
  [
    'a share below a bound',
    latency.shareBelow(0.2, '5m'),
    'sum(rate(prediction_latency_seconds_bucket{le="0.2"}[5m])) / sum(rate(prediction_latency_seconds_count[5m]))',
  ],
  [
    'a share below a whole number, as both ways of writing it are stored',
    latency.shareBelow(1, '5m'),
    'sum(rate(prediction_latency_seconds_bucket{le=~"1([.]0)?"}[5m])) / sum(rate(prediction_latency_seconds_count[5m]))',
  ],
  ['a subquery of what was before', requests.offset('1d').avgOverTime('1h'), 'avg_over_time((http_requests_total offset 1d)[1h:])'],
  ['a number without end', memory.lt(Number.POSITIVE_INFINITY), 'app_memory_usage_bytes < +Inf'],
  [
    'a share below a number that Go writes with an exponent',
    existing.histogram('size', [], { unit: 'bytes', buckets: [1_000_000] }).shareBelow(1_000_000, '5m'),
    'sum(rate(size_bucket{le=~"1000000([.]0)?|1e[+]06"}[5m])) / sum(rate(size_count[5m]))',
  ],
  ['a heatmap', latency.distribution('1m'), 'sum by (le) (increase(prediction_latency_seconds_bucket[1m]))'],
  ['over time', accuracy.avgOverTime('1h'), 'avg_over_time(model_accuracy[1h])'],
  ['over time of an expression', accuracy.min('model_name').maxOverTime('1d'), 'max_over_time(min by (model_name) (model_accuracy)[1d:])'],
  ['over time of an operation', accuracy.sub(1).avgOverTime('1d'), 'avg_over_time((model_accuracy - 1)[1d:])'],
  ['an offset', accuracy.sub(accuracy.offset('1d')), 'model_accuracy - model_accuracy offset 1d'],
  ['a prediction', memory.predictLinear('1h', 3600), 'predict_linear(app_memory_usage_bytes[1h], 3600)'],
  ['no parentheses where none are needed', memory.mul(2).add(1).gt(3), 'app_memory_usage_bytes * 2 + 1 > 3'],
  ['parentheses where they are', memory.add(1).mul(memory.sub(2)), '(app_memory_usage_bytes + 1) * (app_memory_usage_bytes - 2)'],
  ['the other side of equal rank', memory.sub(memory.sub(1)), 'app_memory_usage_bytes - (app_memory_usage_bytes - 1)'],
  ['powers', memory.pow(2).pow(3), '(app_memory_usage_bytes ^ 2) ^ 3'],
  ['or a number', up.eq(0).or(1), 'up == 0 or vector(1)'],
  ['both', up.eq(0).and(memory.gt(1), { on: ['job'] }), 'up == 0 and on (job) app_memory_usage_bytes > 1'],
  [
    'many to one',
    requests.rate('5m').mul(up, { on: ['instance'], groupLeft: ['job'] }),
    'rate(http_requests_total[5m]) * on (instance) group_left (job) up',
  ],
  ['a comparison that answers', up.eq(1, { bool: true }), 'up == bool 1'],
  ['a function', up.where({ job: 'api' }).fn('absent'), 'absent(up{job="api"})'],
  ['time', now.sub(existing.gauge('process_start_time_seconds')), 'time() - process_start_time_seconds'],
  [
    'a name with dots',
    existing.counter('http.requests', ['http.status']).where({ 'http.status': '500' }).rate('5m'),
    'rate({"http.requests", "http.status"="500"}[5m])',
  ],
  ['a text', promql`max(${memory}) by (${'job'})`, 'max(app_memory_usage_bytes) by (job)'],
  ['a text within an operation', promql`a or b`.div(2), '(a or b) / 2'],
  [
    'the text of a label',
    accuracy.labelReplace('short', '$1', 'model_name', '(.).*'),
    'label_replace(model_accuracy, "short", "$1", "model_name", "(.).*")',
  ],
];

describe('PromQL from metrics that are declared once', () => {
  it.each(cases)('%s', (_what, made, expected) => {
    expect(made.promql).toBe(expected);
  });

  it('knows the unit of what it shows', () => {
    const units = [memory, requests, requests.rate(), latency.quantile(0.9), requests.ratio({ status: '500' }), memory.div(memory), up];
    expect(units.map(({ unit }) => unit)).toEqual(['bytes', 'short', 'ops', 's', 'percentunit', 'percentunit', undefined]);
    expect(existing.counter('node_cpu_seconds_total', ['mode'], 'seconds').rate('5m').unit).toBe('percentunit');
  });

  it('knows labels that targets add', () => {
    const inCluster = metric(catalog.modelAccuracy, { targetLabels: ['pod'] });
    expect(inCluster.avg('pod').promql).toBe('avg by (pod) (model_accuracy)');
  });

  it('tells those who do not compile what a metric has', () => {
    // @ts-expect-error: the metric does not exist
    expect(() => metrics({ requests: catalog.httpRequestsTotal }).request).toThrow(
      'no metric "request" is declared; declared are requests',
    );
    // @ts-expect-error: the label does not exist
    expect(() => requests.where({ statuss: '500' })).toThrow(
      'metric "http_requests_total" has no label "statuss"; its labels are method, endpoint, status, job, instance',
    );
    // @ts-expect-error: there is no such bound
    expect(() => latency.shareBelow(0.3, '5m')).toThrow('metric "prediction_latency_seconds" has no bucket with the bound 0.3');
    // @ts-expect-error: not a duration
    expect(() => requests.rate('5 minutes')).toThrow('range: "5 minutes" is not a duration; write it like 30s, 5m or 1h30m');
  });
});
