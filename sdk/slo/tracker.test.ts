// SLOTracker against a server that answers as Prometheus does: what it asks, what it makes of the answers, and the names of its fields.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SLOTracker } from './tracker.ts';

const SLO = { name: 'api-availability', target: 0.999, window: '30d' } as const;
const NOW = Date.UTC(2023, 10, 1);
const WEEK_TOTAL = 'sum(increase(http_requests_total[30d]))';
const HOUR_TOTAL = 'sum(increase(http_requests_total[1h]))';

let server: Server | undefined;
afterEach(() => void server?.close());

/** Answers by the query (`sum(…)`) or a part of it; none fits = an empty vector. */
async function prometheus(answers: Readonly<Record<string, string>>, asked: string[] = []): Promise<string> {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const query = form.get('query') ?? '';
      asked.push(`${form.get('time')} ${query}`);
      const value = answers[query] ?? Object.entries(answers).find(([part]) => !part.startsWith('sum(') && query.includes(part))?.[1];
      const result = value === undefined ? [] : [{ metric: {}, value: [Number(form.get('time')), value] }];
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

const MONTH = {
  [WEEK_TOTAL]: '10000000',
  [HOUR_TOTAL]: '20000',
  'http_requests_total{status=~"5.."}[30d]': '5000',
  'http_requests_total{status=~"5.."}[1h]': '16',
};

describe('SLOTracker', () => {
  it('calculates the error budget from requests of the window and of the last hour', async () => {
    const asked: string[] = [];
    const tracker = new SLOTracker(await prometheus(MONTH, asked), { now: () => NOW });
    const budget = await tracker.calculateErrorBudget(SLO);
    // 16 of 20,000 fail in the last hour: 0.0008 / 0.001.
    expect(budget).toEqual({
      slo: SLO,
      total_requests: 10_000_000,
      failed_requests: 5_000,
      success_rate: 0.9995,
      error_budget_remaining: 0.5,
      burn_rate: expect.closeTo(0.8, 12),
    });
    expect(asked).toContain(`${NOW / 1_000} ${WEEK_TOTAL}`);
    expect(await tracker.checkSloCompliance(SLO)).toBe(true);
  });

  it("tells an objective's dashboard its figures, in percent", async () => {
    const tracker = new SLOTracker(await prometheus(MONTH), { now: () => NOW, slos: [SLO] });
    // Half of 720 hours at 0.8: 450 hours, 18.75 days.
    expect(await tracker.getSloDashboardMetrics('api-availability')).toEqual({
      slo_target: 99.9,
      current_availability: 99.95,
      error_budget_remaining_percent: 50,
      estimated_budget_exhaustion_date: '2023-11-19',
      burn_rate: expect.closeTo(0.8, 12),
      requests_last_30d: 10_000_000,
      errors_last_30d: 5_000,
    });
    await expect(tracker.getSloDashboardMetrics('other')).rejects.toThrow('there is no objective "other"; known are api-availability');
  });

  it('asks for 30 days where a field says so, whatever the window', async () => {
    const slo = { ...SLO, window: '7d' };
    const week = { 'http_requests_total[7d]': '100', 'status=~"5.."}[7d]': '1' };
    const tracker = new SLOTracker(await prometheus({ ...MONTH, ...week }), { now: () => NOW, slos: [slo] });
    const { requests_last_30d, errors_last_30d, current_availability } = await tracker.getSloDashboardMetrics(slo.name);
    expect({ requests_last_30d, errors_last_30d, current_availability }).toEqual({
      requests_last_30d: 10_000_000,
      errors_last_30d: 5_000,
      current_availability: 0,
    });
  });

  it('burns nothing in an hour without requests, and knows no date then', async () => {
    const { [HOUR_TOTAL]: _, ...rest } = MONTH;
    const tracker = new SLOTracker(await prometheus({ ...rest, 'or 0 * sum(increase(http_requests_total[1h]': '0' }), {
      now: () => NOW,
      slos: [SLO],
    });
    const { burn_rate, estimated_budget_exhaustion_date } = await tracker.getSloDashboardMetrics(SLO.name);
    expect({ burn_rate, estimated_budget_exhaustion_date }).toEqual({ burn_rate: 0, estimated_budget_exhaustion_date: null });
  });

  it('does not make up a success rate without data', async () => {
    const tracker = new SLOTracker(await prometheus({}));
    await expect(tracker.checkSloCompliance(SLO)).rejects.toThrow('there are no requests in the last 30d');
  });

  it('says who does not answer', async () => {
    await expect(new SLOTracker('http://127.0.0.1:1').calculateErrorBudget(SLO)).rejects.toThrow(
      'no answer from http://127.0.0.1:1/api/v1/query',
    );
  });
});
