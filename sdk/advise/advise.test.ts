import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { patternOf, recognisePattern } from './label-pattern.ts';
import { MetricsOptimizer } from './metrics-optimizer.ts';
import { EXERCISE_LOAD, EXERCISE_STACK, monthlyBill } from './monthly-bill.ts';
import { EXERCISE_PRICES } from './prices.ts';
import { RETENTION_DAYS, retentionClass } from './retention-policy.ts';

const optimizer = new MetricsOptimizer();

describe('calculateStorageCost', () => {
  it("follows the exercise's formula", () => {
    // 100,000 series × 86,400 / 15 = 576 M samples a day; × 30 days × 2 bytes = 34.56 GB, at 0.10 dollars 3.456 a month.
    const cost = optimizer.calculateStorageCost(500, 100_000, 15, 30);
    expect(cost.storage_gb).toBeCloseTo(34.56, 10);
    expect(cost.estimated_monthly_cost).toBeCloseTo(3.456, 10);
    // 200 series a metric × 5,760 × 30 = 34.56 M samples: between 5 M and 50 M.
    expect(cost.query_performance).toBe('moderate');
  });

  it('takes other sizes of a sample, and says when questions get slow', () => {
    // 1,000 × 1,440 × 7 × 1.35 = 13.608 MB; 10 series a metric × 1,440 × 7 = 100,800 samples.
    const small = optimizer.calculateStorageCost(100, 1_000, 60, 7, 1.35);
    expect(small.storage_gb).toBeCloseTo(0.013608, 12);
    expect(small.query_performance).toBe('good');
    // One metric: 10,000 × 5,760 × 90 = 5.184 G samples.
    expect(optimizer.calculateStorageCost(1, 10_000, 15, 90).query_performance).toBe('poor');
  });

  it('gives exactly the members of the exercise', () => {
    expect(Object.keys(optimizer.calculateStorageCost(1, 1, 15, 1))).toEqual(['storage_gb', 'estimated_monthly_cost', 'query_performance']);
  });

  it('refuses what cannot be', () => {
    expect(() => optimizer.calculateStorageCost(1, 1, 0, 1)).toThrow('scrapeIntervalSeconds must be above 0, not 0');
    expect(() => optimizer.calculateStorageCost(1, -1, 15, 1)).toThrow('series must be 0 or more, not -1');
  });
});

describe('recommendRetentionPolicy', () => {
  it('keeps objectives 90 days, debugging 30, rarely queried 7', () => {
    const metrics = ['slo:availability:ratio', 'http_requests_total', 'go_gc_duration_seconds', 'revenue_total', 'never_asked'];
    const policy = optimizer.recommendRetentionPolicy(metrics, {
      'slo:availability:ratio': 2,
      http_requests_total: 14,
      go_gc_duration_seconds: 1,
      revenue_total: 60,
    });
    expect(policy).toEqual({
      'slo:availability:ratio': 90,
      http_requests_total: 30,
      go_gc_duration_seconds: 7,
      revenue_total: 90,
      never_asked: 7,
    });
  });

  it('keeps very many series for a day, unless an objective needs them', () => {
    expect(RETENTION_DAYS[retentionClass({ daysQueriedBack: 20, series: 10_001, isSlo: false })]).toBe(1);
    expect(RETENTION_DAYS[retentionClass({ daysQueriedBack: 20, series: 10_000, isSlo: false })]).toBe(30);
    expect(RETENTION_DAYS[retentionClass({ daysQueriedBack: 0, series: 10_001, isSlo: true })]).toBe(90);
  });

  it('is not misled by names that objects have', () => {
    expect(optimizer.recommendRetentionPolicy(['toString'], {})).toEqual({ toString: 7 });
  });
});

describe('label patterns', () => {
  it.each([
    ['550e8400-e29b-41d4-a716-446655440000', 'uuid'],
    ['10.0.3.17', 'ip address'],
    ['10.0.3.17:8080', 'ip address'],
    ['2001:db8::1', 'ip address'],
    ['ada@example.org', 'e-mail'],
    ['2024-05-01T10:00:00Z', 'timestamp'],
    ['1714550400', 'timestamp'],
    ['1714550400123', 'timestamp'],
    ['42', 'number'],
    ['0.5', 'number'],
    ['4bf92f3577b34da6', 'hex id'],
    ['/users/1234/orders', 'path with ids'],
    ['api-7d9f8b6c54-x2x4z', 'pod name'],
    ['user_18273', 'numbered id'],
    ['/api/predict', undefined],
    ['GET', undefined],
    ['production', undefined],
    ['http2', undefined],
    ['deadbeef', undefined],
    ['fraud-detection', undefined],
  ])('%s is %s', (value, pattern) => expect(patternOf(value)).toBe(pattern));

  it('needs most values to agree', () => {
    expect(recognisePattern(['1', '2', '3', '4', 'other'])).toBe('number');
    expect(recognisePattern(['1', '2', 'a', 'b'])).toBeUndefined();
    expect(recognisePattern(['/', '/health', '/users/1', '/users/2'])).toBe('path with ids');
    expect(recognisePattern([])).toBeUndefined();
  });
});

describe("a month of the exercise's load", () => {
  it('is far below 5,000 dollars', () => {
    const bill = monthlyBill();
    // 50 × 3 × 400 + 10 × 1,500 = 75,000 series; × 5,760 × 30 × 2 bytes = 25.92 GB; logs 10 M × 2 × 250 / 10 × 30 = 15 GB.
    expect(bill.series).toBe(75_000);
    expect(bill.metricsGb).toBeCloseTo(25.92, 10);
    expect(bill.logsGb).toBeCloseTo(15, 10);
    // CPU 2 + 0.5 + 0.25 + 0.2 + 1 + 1 = 4.95, memory 8 + 1 + 0.5 + 0.25 + 1.25 + 1.25 = 12.25 GiB, disk 2 × 25.92 + 15 = 66.84 GB.
    expect(bill.total).toBeCloseTo(4.95 * 29.55 + 12.25 * 3.24 + 66.84 * 0.1, 8);
    expect(bill).toMatchObject({ budget: 5_000, isWithinBudget: true });
    // The exercise's other limits: under 100 GB a replica, under 50 GB of logs.
    expect(bill.metricsGb).toBeLessThan(100);
    expect(bill.logsGb).toBeLessThan(50);
  });

  it('counts what is sold by series and by volume', () => {
    const bill = monthlyBill(EXERCISE_LOAD, EXERCISE_STACK, { ...EXERCISE_PRICES, thousandSeriesMonth: 8, logGbIngested: 0.5 });
    expect(bill.items.find(({ name }) => name === 'active series')?.cost).toBeCloseTo(600, 8);
    // 5 GB a day × 30 × 0.5.
    expect(bill.items.find(({ name }) => name === 'log intake')?.cost).toBeCloseTo(75, 8);
  });
});

describe('analyzeCardinality', () => {
  let server: Server | undefined;
  afterEach(async () => {
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  });

  async function serve(answer: (url: URL) => unknown): Promise<string> {
    const listening = createServer((request, response) => {
      const data = answer(new URL(request.url ?? '/', 'http://x'));
      response.setHeader('content-type', 'application/json');
      response.statusCode = data === undefined ? 422 : 200;
      response.end(JSON.stringify(data === undefined ? { status: 'error', error: 'too much' } : { status: 'success', data }));
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
  }

  it('names metrics with more than 10,000 series and the label that makes them', async () => {
    const vector = (result: [Record<string, string>, number][]) => ({
      resultType: 'vector',
      result: result.map(([metric, value]) => ({ metric, value: [0, String(value)] })),
    });
    const url = await serve(({ pathname, searchParams }) => {
      const query = searchParams.get('query');
      if (query === 'count by (__name__) ({__name__=~".+"})')
        return vector([
          [{ __name__: 'up' }, 10],
          [{ __name__: 'http_requests_total' }, 12_000],
        ]);
      if (query === 'count(count by (user_id) ({__name__="http_requests_total"}))') return vector([[{}, 6_000]]);
      if (query === 'count(count by (method) ({__name__="http_requests_total"}))') return vector([[{}, 2]]);
      if (pathname === '/api/v1/labels') return ['__name__', 'method', 'user_id'];
      if (pathname === '/api/v1/label/user_id/values') return ['user_10001', 'user_10002', 'user_10003'];
      return pathname === '/api/v1/label/method/values' ? ['GET', 'POST'] : undefined;
    });
    const own = new MetricsOptimizer();
    const analysis = await own.analyzeCardinality(url);
    expect(analysis.total_series).toBe(12_010);
    expect(Object.keys(analysis.metrics)).toEqual(['http_requests_total', 'up']);
    expect(analysis.high_cardinality_metrics).toMatchObject([
      {
        metric: 'http_requests_total',
        series: 12_000,
        labels: [
          { label: 'user_id', values: 6_000, pattern: 'numbered id' },
          { label: 'method', values: 2 },
        ],
        recommendation: expect.stringContaining("user_id has 6000 values that look like a numbered id: don't use it as a label"),
      },
    ]);
    expect(own.recommendRetentionPolicy(['http_requests_total', 'up'], { http_requests_total: 20, up: 8 })).toEqual({
      http_requests_total: 1,
      up: 30,
    });
  });

  it("passes the server's error on", async () => {
    const url = await serve(() => undefined);
    await expect(optimizer.analyzeCardinality(url)).rejects.toThrow('too much');
  });
});
