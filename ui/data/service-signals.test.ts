import { describe, expect, it } from 'vitest';
import { logsLink, minuteRange, rangeAround, traceIdQuery, traceLink, tracesLink } from './links.ts';
import { logSelectors, serviceLabel } from './service-logs.ts';
import { requestRate } from './service-rate.ts';

const counter = (metric: Record<string, string>) => ({ metric, value: [0, '1'] as const });

describe('requestRate', () => {
  it('finds the counter and the label that carry the name', () => {
    const counters = [
      counter({ __name__: 'ml_predictions_total', job: 'api' }),
      counter({ __name__: 'http_requests_total', job: 'ml', service: 'api' }),
      counter({ __name__: 'http_requests_total', job: 'other' }),
    ];
    expect(requestRate(counters, 'api')).toBe('sum(rate(http_requests_total{service="api"}[2m]))');
    expect(requestRate(counters.slice(0, 1), 'api')).toBe('sum(rate(ml_predictions_total{job="api"}[2m]))');
    expect(requestRate(counters, 'a"b')).toBe('sum by (job) (rate(http_requests_total[2m]))');
    expect(requestRate([], '')).toBe('sum by (job) (rate(http_requests_total[2m]))');
  });
});

describe('log selectors', () => {
  it('use the service where logs know it, all streams otherwise', () => {
    const label = serviceLabel(['filename', 'job', 'service']);
    expect(label).toBe('service');
    expect(logSelectors(label, ['api']).of('api')).toBe('{service="api"}');
    expect(logSelectors(label, ['api']).of('db')).toBe('{service=~".+"}');
    expect(serviceLabel(['zone'])).toBe('zone');
    expect(serviceLabel([])).toBe('service');
  });
});

describe('links between signals', () => {
  it('keep time and what was asked', () => {
    const range = { from: 'now-1h', to: 'now' };
    expect(traceLink('abc', { spanId: '12', range })).toBe('/trace/abc?span=12&from=now-1h&to=now');
    expect(traceLink('a/b')).toBe('/trace/a%2Fb');
    expect(tracesLink({ q: '{ status = error }', min: '1s' })).toBe('/traces?q=%7B+status+%3D+error+%7D&min=1s');
    expect(logsLink(traceIdQuery('{service="api"}', 'ab"c'), range)).toBe(
      `/logs?${new URLSearchParams({ q: '{service="api"} |= "ab\\"c"', from: 'now-1h', to: 'now' })}`,
    );
    expect(rangeAround(100_000.4, 10.2)).toEqual({ from: '70000', to: '130011' });
    expect(minuteRange(3_630_000)).toEqual({ from: '3000000', to: '4260000' });
  });
});
