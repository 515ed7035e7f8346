import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeFrame } from '../../data/frames.ts';
import { TooltipProvider } from '../../kit/tooltip.tsx';
import { HomeScreen } from './home.tsx';
import { serviceQueries, serviceRows } from './service-queries.ts';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const status = (series: number) => ({
  version: '0.1.0',
  startedAtMs: 0,
  nowMs: 7_200_000,
  dir: '/labs/demo',
  config: { loadedAtMs: 0, stale: false, problems: [] },
  ingest: { samplesPerSecond: 412.6, logLinesPerSecond: 0, spansPerSecond: 0 },
  store: { series, diskBytes: 1_048_576, pendingBytes: 0 },
  hasAlertmanager: true,
});
const target = (job: string, health: string, lastError = '') => ({
  labels: { job, instance: `${job}:80` },
  scrapePool: job,
  scrapeUrl: `http://${job}/metrics`,
  health,
  lastError,
});
const alert = {
  labels: { alertname: 'APIDown' },
  annotations: { summary: 'The API is down' },
  state: 'firing',
  activeAt: new Date().toISOString(),
  value: '1',
};

/** Answers by path; what is not named is an empty success. */
function serve(answers: Record<string, unknown>): void {
  vi.stubGlobal('fetch', async (path: string) => {
    const { pathname } = new URL(path, 'http://localhost');
    const fallback = pathname === '/api/v1/query' ? { status: 'success', data: { resultType: 'vector', result: [] } } : [];
    const answer = answers[pathname] ?? (pathname === '/api/ui/traces' ? { traces: [], isCut: false } : fallback);
    return new Response(pathname === '/api/ui/frames' ? '' : JSON.stringify(answer), { status: answer === 500 ? 500 : 200 });
  });
}

function show(): void {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <HomeScreen />
      </TooltipProvider>
    </QueryClientProvider>,
  );
}

const prometheus = (data: unknown) => ({ status: 'success', data });

describe('Home', () => {
  it('tells in words what fires and what is down', async () => {
    serve({
      '/api/ui/status': status(120),
      '/api/v1/alerts': prometheus({ alerts: [alert] }),
      '/api/v1/targets': prometheus({
        activeTargets: [target('api', 'up'), target('node', 'down', 'connection refused')],
        droppedTargets: [],
      }),
    });
    show();
    expect((await screen.findByRole('link', { name: 'APIDown' })).getAttribute('href')).toContain('/alerts');
    expect(screen.getByText('The API is down')).toBeDefined();
    expect(await screen.findByText('connection refused')).toBeDefined();
    expect(screen.getAllByText('Firing').length).toBeGreaterThan(0);
    expect(await screen.findByText('1 down')).toBeDefined();
  });

  it('tells how much each service logs, and leads to its errors', async () => {
    serve({
      '/api/ui/status': status(120),
      '/api/v1/alerts': prometheus({ alerts: [] }),
      '/api/v1/targets': prometheus({ activeTargets: [], droppedTargets: [] }),
      '/loki/api/v1/labels': prometheus(['service']),
      '/loki/api/v1/label/service/values': prometheus(['api']),
      '/api/ui/logs/volume': {
        startMs: 0,
        stepMs: 60_000,
        levels: [
          { level: 'error', counts: [0, 3, 0, 0] },
          { level: 'info', counts: [60, 57, 60, 9] },
        ],
      },
    });
    show();
    expect(await screen.findByText('1.00 lines/s')).toBeDefined();
    const errors = new URL(screen.getByRole('link', { name: '3 errors' }).getAttribute('href') ?? '', 'http://localhost');
    expect([errors.pathname, errors.searchParams.get('q')]).toEqual(['/logs', '{service="api"}']);
    expect(errors.searchParams.getAll('level')).toContain('error');
  });

  it('says how to begin when nothing is measured', async () => {
    serve({
      '/api/ui/status': status(0),
      '/api/v1/alerts': prometheus({ alerts: [] }),
      '/api/v1/targets': prometheus({ activeTargets: [], droppedTargets: [] }),
    });
    show();
    expect(await screen.findByText('Nothing is measured yet')).toBeDefined();
    expect(screen.getByText('alidade up ./my-lab')).toBeDefined();
  });

  it('says what could not be read', async () => {
    serve({ '/api/ui/status': status(1), '/api/v1/alerts': 500, '/api/v1/targets': prometheus({ activeTargets: [], droppedTargets: [] }) });
    show();
    expect(await screen.findByText('Alerts could not be read')).toBeDefined();
  });
});

describe('traces on Home', () => {
  it('names what failed and what is slow, with links', async () => {
    const traces = [
      {
        traceId: 'abc',
        rootName: 'POST /predict',
        rootService: 'api',
        startMs: Date.now() - 5_000,
        durationMs: 1_200,
        spans: 3,
        errors: 1,
        services: [],
        matched: 1,
      },
    ];
    const targets = { activeTargets: [], droppedTargets: [] };
    serve({ '/api/ui/status': status(1), '/api/v1/targets': prometheus(targets), '/api/ui/traces': { traces, isCut: false } });
    show();
    expect(await screen.findByText('1 error')).toBeDefined();
    const [failed, slow] = screen.getAllByRole('link', { name: /POST \/predict/ }).map((link) => link.getAttribute('href'));
    expect(failed).toBe('/trace/abc?from=now-15m&to=now');
    expect(new URL(slow ?? '', 'http://x').searchParams.get('q')).toBe('{ resource.service.name = "api" && name = "POST /predict" }');
    expect(screen.getByText('p95 1.2 s')).toBeDefined();
  });
});

describe('serviceRows', () => {
  const frame = (refId: string, jobs: Record<string, (number | null)[]>) =>
    decodeFrame({
      panel: 'services',
      refId,
      startMs: 0,
      stepMs: 1,
      steps: 2,
      series: Object.entries(jobs).map(([job, values]) => ({ name: job, labels: { job }, values })),
      warnings: [],
      elapsedMs: 0,
    });

  it('puts rate and failures of each job and kind of work together', () => {
    const rows = serviceRows([
      frame('http', { api: [1, 4], idle: [2, null] }),
      frame('http-failed', { api: [0, 1] }),
      frame('ml', { api: [1, 2] }),
      frame('ml-failed', {}),
    ]);
    expect(rows.map(({ job, work, rate, failing }) => [job, work, rate, failing])).toEqual([
      ['api', 'HTTP requests', 4, 1],
      ['api', 'Predictions', 2, 0],
      ['idle', 'HTTP requests', 0, 0],
    ]);
  });
  it('writes job names safely into expressions', () => {
    const [row] = serviceRows([frame('http', { 'a"} or up{x="': [1, 1] })]);
    expect(row?.rateExpr).toContain('job="a\\"} or up{x=\\""');
    expect(serviceQueries()).toHaveLength(4);
  });
});
