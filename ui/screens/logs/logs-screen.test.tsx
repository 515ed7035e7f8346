import type { LogLine, LogLines, LogVolume } from '@alidade/sdk/schema';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answers, cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { LogsScreen } from './logs-screen.tsx';

cleanUpScreens();

// happy-dom lays nothing out: everything gets a size, so that charts ask and lists draw.
beforeEach(() => {
  vi.stubGlobal('innerWidth', 1_440);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly #tell: ResizeObserverCallback;
      constructor(tell: ResizeObserverCallback) {
        this.#tell = tell;
      }
      observe(target: Element): void {
        const box = [{ inlineSize: 900, blockSize: target.tagName === 'LI' ? 22 : 600 }];
        const entry = { target, contentRect: { width: 900, height: 0 }, borderBoxSize: box } as unknown as ResizeObserverEntry;
        this.#tell([entry], this as unknown as ResizeObserver);
      }
      unobserve(): void {
        // nothing is kept
      }
      disconnect(): void {
        // nothing is kept
      }
    },
  );
});

const TRACE = 'a'.repeat(32);
const START_MS = 1_700_000_000_000;
const line = (ms: number, text: string, over: Partial<LogLine> = {}): LogLine => ({
  timestampNs: `${START_MS + ms}000000`,
  line: text,
  level: 'info',
  stream: { service: 'api', environment: 'prod' },
  metadata: {},
  parsed: {},
  ...over,
});
const LINES = [
  line(3_000, `{"msg":"Prediction failed","status":500,"trace_id":"${TRACE}"}`, { level: 'error' }),
  line(2_000, '{"msg":"Prediction served","status":200}'),
  line(1_000, 'plain text', { stream: { service: 'worker', environment: 'prod' } }),
];
const answer = (lines: readonly LogLine[], isCut = false): LogLines => ({ lines, isCut, linesProcessed: 3, bytesProcessed: 100 });
const VOLUME: LogVolume = {
  startMs: START_MS,
  stepMs: 30_000,
  levels: [
    { level: 'error', counts: [1, 0] },
    { level: 'info', counts: [1, 1] },
  ],
};
const asked: URLSearchParams[] = [];
const ANSWERS: Answers = {
  '/loki/api/v1/labels': { status: 'success', data: ['environment', 'service'] },
  '/loki/api/v1/label/service/values': { status: 'success', data: ['api', 'worker'] },
  '/api/v1/query': {
    data: { resultType: 'vector', result: [{ metric: { __name__: 'http_requests_total', service: 'api' }, value: [0, '1'] }] },
  },
  '/api/ui/logs/volume': VOLUME,
  '/api/ui/logs': (parameters: URLSearchParams) => {
    asked.push(parameters);
    const query = parameters.get('query') ?? '';
    if (query.includes('nothing')) return answer([]);
    if (query.includes('= x')) {
      const message = 'parse error at line 1, col 18: syntax error: unexpected IDENTIFIER, expecting STRING';
      return Response.json({ error: { code: 'logql.parse', message } }, { status: 400 });
    }
    return answer(query.includes('detected_level="error"') ? LINES.slice(0, 1) : LINES);
  },
};
const RANGE = `from=${START_MS - 60_000}&to=${START_MS + 60_000}`;
const query = () => new URLSearchParams(location.search).get('q');

beforeEach(() => {
  asked.length = 0;
});

describe('LogsScreen', () => {
  it('shows all streams without being asked, the message of JSON lines first', async () => {
    renderScreen(<LogsScreen />, `/logs?${RANGE}`, ANSWERS);

    expect(await screen.findByText('Prediction failed')).toBeDefined();
    expect(asked[0]?.get('query')).toBe('{service=~".+"}');
    expect(asked[0]?.get('direction')).toBe('backward');
    expect(screen.getByText('plain text')).toBeDefined();
    expect(location.search).toBe(`?${RANGE}`);
    // Two services: a column tells them apart.
    expect(screen.getByText('worker')).toBeDefined();
  });

  it('names streams that the start leaves out', async () => {
    renderScreen(<LogsScreen />, `/logs?${RANGE}`, {
      ...ANSWERS,
      '/loki/api/v1/labels': { data: ['app', 'service'] },
      '/loki/api/v1/label/app/values': (parameters: URLSearchParams) => ({
        data: parameters.get('query') === '{app=~".+", service=""}' ? ['cron'] : [],
      }),
    });
    fireEvent.click(await screen.findByRole('button', { name: '1 app without service' }));
    await waitFor(() => expect(query()).toBe('{app=~".+", service=""}'));
  });

  it('filters by level from the legend, and says so in the URL', async () => {
    renderScreen(<LogsScreen />, `/logs?${RANGE}`, ANSWERS);
    const legend = await screen.findByRole('list', { name: 'Levels' });
    fireEvent.click(within(legend).getByRole('button', { name: /error/ }));
    await waitFor(() => expect(screen.queryByText('plain text')).toBeNull());
    expect(new URLSearchParams(location.search).getAll('level')).toEqual(['error']);
    expect(asked.at(-1)?.get('query')).toBe('{service=~".+"}\n| detected_level="error"');
    fireEvent.click(screen.getByRole('button', { name: 'All levels' }));
    await screen.findByText('plain text');
  });

  it('opens a line: its fields, its trace, the metrics of that minute', async () => {
    renderScreen(<LogsScreen />, `/logs?${RANGE}`, ANSWERS);
    fireEvent.click(await screen.findByText('Prediction failed'));
    const trace = await screen.findByRole('link', { name: 'Trace' });
    expect(trace.getAttribute('href')).toBe(`/trace/${TRACE}?${RANGE}`);
    await waitFor(() => {
      const metrics = new URL(screen.getByRole('link', { name: 'Metrics at this minute' }).getAttribute('href') ?? '', 'http://x');
      expect(metrics.searchParams.get('q')).toBe('sum(rate(http_requests_total{service="api"}[2m]))');
      expect(Number(metrics.searchParams.get('from'))).toBeLessThan(START_MS);
    });
    expect(new URLSearchParams(location.search).get('line')).toMatch(/^1700000003000000000-/);
    fireEvent.click(screen.getByRole('button', { name: 'Only lines with this status' }));
    await waitFor(() => expect(query()).toBe('{service=~".+"} | json | status="500"'));
  });

  it('filters without LogQL: a label, a text, and takes both away', async () => {
    renderScreen(<LogsScreen />, `/logs?${RANGE}`, ANSWERS);
    await screen.findByText('plain text');
    fireEvent.click(screen.getByRole('button', { name: 'Label' }));
    fireEvent.click(await screen.findByRole('button', { name: 'service' }));
    fireEvent.click(await screen.findByRole('button', { name: 'api' }));
    await waitFor(() => expect(query()).toBe('{service="api"}'));
    const contains = screen.getByRole('searchbox', { name: /Lines that contain/ });
    fireEvent.change(contains, { target: { value: 'failed' } });
    fireEvent.submit(contains.closest('form') as HTMLFormElement);
    await waitFor(() => expect(query()).toBe('{service="api"} |= "failed"'));
    fireEvent.click(screen.getByRole('button', { name: 'Remove service' }));
    await waitFor(() => expect(query()).toBe('{service=~".+"} |= "failed"'));
    expect((await screen.findAllByText('failed')).some(({ tagName }) => tagName === 'MARK')).toBe(true);
  });

  it('says where a query is wrong', async () => {
    renderScreen(<LogsScreen />, `/logs?${RANGE}&q=${encodeURIComponent('{service="api"} |= x')}`, ANSWERS);
    expect(await screen.findByText('The query cannot be run')).toBeDefined();
    expect(screen.getByText(/line 1, col 18/)).toBeDefined();
    expect(screen.getByRole('textbox', { name: 'LogQL query' }).getAttribute('aria-invalid')).toBe('true');
  });

  it('offers a longer range when nothing matches, and all levels when some are left out', async () => {
    renderScreen(<LogsScreen />, `/logs?level=error&q=${encodeURIComponent('{service="nothing"}')}`, ANSWERS);
    expect(await screen.findByText(/Nothing of level error was logged in the last hour/)).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Last 24 hours' }));
    await waitFor(() => expect(new URLSearchParams(location.search).get('from')).toBe('now-24h'));
    fireEvent.click(await screen.findByRole('button', { name: 'Show all levels' }));
    await waitFor(() => expect(location.search).not.toContain('level='));
  });

  it('draws what a metric query counts, and leads to its lines', async () => {
    const counted = { resultType: 'matrix', result: [{ metric: { level: 'error' }, values: [[START_MS / 1_000, '2']] }] };
    const q = 'sum by (level) (count_over_time({service="api"} | json [1m]))';
    renderScreen(<LogsScreen />, `/logs?${RANGE}&q=${encodeURIComponent(q)}`, {
      ...ANSWERS,
      '/loki/api/v1/query_range': { data: counted },
    });
    expect(await screen.findByText('{level="error"}')).toBeDefined();
    expect(asked).toHaveLength(0);
    fireEvent.click(screen.getByRole('button', { name: 'Lines behind it' }));
    await waitFor(() => expect(query()).toBe('{service="api"} | json'));
    await screen.findByText('plain text');
  });

  it('knows that there are logs even when the range ends before the first', async () => {
    const ends: number[] = [];
    const labels = (parameters: URLSearchParams) => {
      ends.push(Number(parameters.get('end')?.slice(0, -6)));
      return { data: ['service'] };
    };
    renderScreen(<LogsScreen />, `/logs?${RANGE}`, { ...ANSWERS, '/loki/api/v1/labels': labels, '/api/ui/logs': answer([]) });
    expect(await screen.findByText('No line matches')).toBeDefined();
    expect(Math.max(...ends)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('says how to send logs when there are none', async () => {
    renderScreen(<LogsScreen />, '/logs', { ...ANSWERS, '/loki/api/v1/labels': { status: 'success' } });
    expect(await screen.findByText('No logs have arrived yet')).toBeDefined();
    expect(screen.getByText(/\/loki\/api\/v1\/push/)).toBeDefined();
    expect(screen.getByText(/pino-loki'/)).toBeDefined();
  });

  it('says that the server is away', async () => {
    const away = () => {
      throw new TypeError('Failed to fetch');
    };
    renderScreen(<LogsScreen />, `/logs?q=${encodeURIComponent('{service="api"}')}`, { ...ANSWERS, '/api/ui/logs': away });
    expect(await screen.findByText('The server is away')).toBeDefined();
    expect(screen.getByRole('button', { name: 'Ask again' })).toBeDefined();
  });

  it('goes from line to line with j and k', async () => {
    renderScreen(<LogsScreen />, `/logs?${RANGE}`, ANSWERS);
    await screen.findByText('plain text');
    fireEvent.keyDown(document.body, { key: 'j' });
    await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toContain('Prediction failed'));
    fireEvent.keyDown(document.body, { key: 'j' });
    await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toContain('Prediction served'));
    fireEvent.keyDown(document.body, { key: 'k' });
    await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toContain('Prediction failed'));
    fireEvent.keyDown(document.body, { key: '/' });
    expect(document.activeElement?.getAttribute('aria-label')).toBe('LogQL query');
  });

  it('counts fields and gives them columns', async () => {
    renderScreen(<LogsScreen />, `/logs?${RANGE}`, ANSWERS);
    await screen.findByText('plain text');
    fireEvent.click(screen.getByRole('button', { name: 'Show status as a column' }));
    await waitFor(() => expect(new URLSearchParams(location.search).getAll('col')).toEqual(['status']));
    fireEvent.click(screen.getByRole('button', { name: /^status/ }));
    fireEvent.click(await screen.findByRole('button', { name: 'Without status 500' }));
    await waitFor(() => expect(query()).toBe('{service=~".+"} | json | status!="500"'));
  });
});
