import { describe, expect, it } from 'vitest';
import { describeMetrics, examplesFrom, selectorOf, suggestFor } from './suggestions.ts';

const METADATA = {
  http_requests_total: [{ type: 'counter', help: 'Requests.' }],
  latency_seconds: [{ type: 'histogram', help: 'Latency.' }],
  model_accuracy: [{ type: 'gauge', help: 'Accuracy.' }],
  go_goroutines: [{ type: 'gauge', help: 'Goroutines.' }],
};
const NAMES = [
  'go_goroutines',
  'http_requests_total',
  'latency_seconds_bucket',
  'latency_seconds_count',
  'model_accuracy',
  'mystery',
  'up',
];
const METRICS = describeMetrics(NAMES, METADATA);

describe('describeMetrics', () => {
  it('gives parts of a histogram the words of the family', () => {
    expect(METRICS.find(({ name }) => name === 'latency_seconds_bucket')).toEqual({
      name: 'latency_seconds_bucket',
      type: 'histogram',
      help: 'Latency.',
    });
    expect(METRICS.find(({ name }) => name === 'latency_seconds_count')?.type).toBe('counter');
    expect(METRICS.find(({ name }) => name === 'mystery')).toEqual({ name: 'mystery', type: 'unknown', help: '' });
  });

  it('finds counters that OpenMetrics describes without their suffix', () => {
    expect(describeMetrics(['x_total'], { x: [{ type: 'counter', help: 'X.' }] })[0]).toEqual({
      name: 'x_total',
      type: 'counter',
      help: 'X.',
    });
  });
});

describe('suggestFor', () => {
  const first = (name: string, type: string) => suggestFor({ name, type, help: '' })[0]?.expr;

  it('fits the type', () => {
    expect(first('http_requests_total', 'counter')).toBe('sum by (job) (rate(http_requests_total[5m]))');
    expect(first('x_total', 'unknown')).toBe('sum by (job) (rate(x_total[5m]))');
    expect(first('latency_seconds_bucket', 'histogram')).toBe('histogram_quantile(0.95, sum by (le) (rate(latency_seconds_bucket[5m])))');
    expect(first('native_seconds', 'histogram')).toBe('histogram_quantile(0.95, sum(rate(native_seconds[5m])))');
    expect(first('model_accuracy', 'gauge')).toBe('model_accuracy');
  });

  it('carries the chosen labels', () => {
    expect(suggestFor({ name: 'a_total', type: 'counter', help: '' }, { job: 'x"y' })[1]?.expr).toBe('rate(a_total{job="x\\"y"}[5m])');
    expect(selectorOf('http.server.duration', { 'service.name': 'a' })).toBe('{"http.server.duration", "service.name"="a"}');
  });
});

describe('examplesFrom', () => {
  it('shows one of each kind that really exists, applications first', () => {
    expect(examplesFrom(METRICS).map(({ expr }) => expr)).toEqual([
      'up',
      'sum by (job) (rate(http_requests_total[5m]))',
      'histogram_quantile(0.95, sum by (le) (rate(latency_seconds_bucket[5m])))',
      'model_accuracy',
      'go_goroutines',
    ]);
  });

  it('has nothing to say about nothing', () => {
    expect(examplesFrom([])).toEqual([]);
  });
});
