import type { Dashboard, DashboardAnswer, FramesRequest, Panel } from '@alidade/sdk/schema';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Route, Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { TooltipProvider } from '../../kit/tooltip.tsx';
import { DashboardScreen } from './dashboard.tsx';

/** happy-dom lays nothing out: everything is in sight and 600 px wide. */
class Sight {
  readonly #tell: (entries: { isIntersecting: boolean }[]) => void;
  constructor(tell: (entries: { isIntersecting: boolean }[]) => void) {
    this.#tell = tell;
  }
  observe(): void {
    this.#tell([{ isIntersecting: true }]);
  }
  disconnect(): void {
    this.#tell([]);
  }
}

class Resize {
  readonly #tell: (entries: { contentRect: { width: number; height: number } }[]) => void;
  constructor(tell: (entries: { contentRect: { width: number; height: number } }[]) => void) {
    this.#tell = tell;
  }
  observe(element: Element): void {
    Object.defineProperty(element, 'clientWidth', { value: 600, configurable: true });
    this.#tell([{ contentRect: { width: 600, height: 120 } }]);
  }
  disconnect(): void {
    return;
  }
}

const panel = (id: number, type: string, title: string, expr: string, more: Partial<Panel> = {}): Panel => ({
  id,
  type,
  title,
  description: '',
  gridPos: { x: 0, y: id * 8, w: 12, h: 8 },
  targets: expr === '' ? [] : [{ refId: 'A', expr, legendFormat: '', instant: false, hide: false, interval: '' }],
  fieldConfig: { defaults: { mappings: [], custom: {} }, overrides: [] },
  options: {},
  collapsed: false,
  ...more,
});

const upDown = {
  defaults: {
    mappings: [
      { type: 'value' as const, options: { '0': { text: 'DOWN', color: 'red' } } },
      { type: 'value' as const, options: { '1': { text: 'UP', color: 'green' } } },
    ],
    custom: {},
  },
  overrides: [],
};

function answerFor(panels: readonly Panel[], more: Partial<Dashboard> = {}): DashboardAnswer {
  const dashboard: Dashboard = {
    uid: 'x',
    title: 'Churn',
    description: '',
    tags: [],
    refresh: '',
    time: { from: 'now-15m', to: 'now' },
    timezone: '',
    graphTooltip: 1,
    schemaVersion: 38,
    panels,
    variables: [],
    ...more,
  };
  return {
    summary: { uid: 'x', title: 'Churn', folder: '', tags: [], file: 'churn.json', panels: panels.length },
    dashboard,
    notes: ['data source "y" is unknown'],
  };
}

const asked: FramesRequest[] = [];

function serve(answer: DashboardAnswer | undefined): void {
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    if (path.startsWith('/api/ui/dashboards/')) {
      return answer
        ? new Response(JSON.stringify(answer))
        : new Response('{"error":{"code":"ui.not_found","message":"none"}}', { status: 404 });
    }
    if (path !== '/api/ui/frames') return new Response('{"status":"success","data":{"groups":[]}}');
    const body = JSON.parse(String(init?.body)) as FramesRequest;
    asked.push(body);
    const lines = body.panels.flatMap(({ id, queries }) =>
      queries.map(({ refId, expr }) => {
        const head = { panel: id, refId, startMs: body.fromMs, stepMs: 5_000, steps: 2, warnings: [], elapsedMs: 1 };
        if (expr === 'broken(')
          return { ...head, steps: 0, series: [], error: { code: 'bad_data', message: '1:8: parse error: unclosed left parenthesis' } };
        return { ...head, series: expr === 'nothing' ? [] : [{ name: expr, labels: {}, values: [0, 1] }] };
      }),
    );
    return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  });
}

function show(path = '/d/x'): ReturnType<typeof memoryLocation> {
  const location = memoryLocation({ path, record: true });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <Router hook={location.hook} searchHook={location.searchHook}>
      <QueryClientProvider client={client}>
        <TooltipProvider>
          <Route path="/d/:uid/:slug?">
            <DashboardScreen />
          </Route>
        </TooltipProvider>
      </QueryClientProvider>
    </Router>,
  );
  return location;
}

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal('IntersectionObserver', Sight);
  vi.stubGlobal('ResizeObserver', Resize);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('a dashboard', () => {
  it('asks for all panels in one request and shows each as its type wants', async () => {
    const text = panel(4, 'text', 'Runbook', '', { options: { mode: 'markdown', content: 'Look at **errors**' } });
    serve(
      answerFor([
        panel(1, 'stat', 'API', 'up', { fieldConfig: upDown }),
        panel(2, 'stat', 'Total', 'total'),
        panel(3, 'heatmap', 'Heat', 'heat'),
        text,
      ]),
    );
    show();
    expect(await screen.findByText('UP')).toBeDefined();
    expect(within(screen.getByRole('region', { name: 'Total' })).getByText('1')).toBeDefined();
    expect(within(screen.getByRole('region', { name: 'Heat' })).getByText(/“heatmap” are not drawn yet/)).toBeDefined();
    expect(within(screen.getByRole('region', { name: 'Runbook' })).getByText('errors').tagName).toBe('STRONG');
    expect(asked.map(({ panels }) => panels.map(({ id }) => id))).toEqual([['1', '2', '3']]);
    expect(asked[0]?.panels[0]?.maxDataPoints).toBe(600);
  });

  it('keeps a failure inside its panel, with the message and what to do', async () => {
    serve(answerFor([panel(1, 'stat', 'Bad', 'broken('), panel(2, 'stat', 'Good', 'up'), panel(3, 'timeseries', 'Empty', 'nothing')]));
    show();
    const bad = within(await screen.findByRole('region', { name: 'Bad' }));
    expect(await bad.findByText(/unclosed left parenthesis/)).toBeDefined();
    expect(bad.getByText(/Mend the expression/).textContent).toContain('churn.json');
    expect(await within(screen.getByRole('region', { name: 'Good' })).findByText('1')).toBeDefined();
    expect(await within(screen.getByRole('region', { name: 'Empty' })).findByText('No data')).toBeDefined();
  });

  it('shows variables, asks with their values and keeps a choice in the address', async () => {
    const variables = [{ name: 'job', type: 'query', label: 'Job', current: ['api'], options: ['api', 'web'] }];
    serve(answerFor([panel(1, 'stat', 'Rate of $job', 'rate')], { variables }));
    const location = show('/d/x?var-job=web');
    expect(await screen.findByRole('region', { name: 'Rate of web' })).toBeDefined();
    expect(screen.getByRole('button', { name: 'Job: web' })).toBeDefined();
    await screen.findByText('1');
    expect(asked[0]?.variables).toEqual({ job: ['web'] });
    expect(location.history?.at(-1)).toContain('var-job=web');
  });

  it('folds rows', async () => {
    const row = panel(1, 'row', 'Traffic', '', { gridPos: { x: 0, y: 0, w: 24, h: 1 } });
    serve(answerFor([row, panel(2, 'stat', 'Inside', 'up')]));
    show();
    await screen.findByRole('region', { name: 'Inside' });
    const heading = screen.getByRole('button', { name: 'Traffic' });
    act(() => {
      fireEvent.click(heading);
    });
    expect(screen.queryByRole('region', { name: 'Inside' })).toBeNull();
    expect(heading.textContent).toContain('1 panel');
    expect(heading.getAttribute('aria-expanded')).toBe('false');
  });

  it('shows one panel alone when the address says so', async () => {
    serve(answerFor([panel(1, 'stat', 'One', 'up'), panel(2, 'stat', 'Two', 'up')]));
    show('/d/x?viewPanel=2');
    expect(await screen.findByRole('region', { name: 'Two' })).toBeDefined();
    expect(screen.queryByRole('region', { name: 'One' })).toBeNull();
  });

  it('says when there is no such dashboard', async () => {
    serve(undefined);
    show('/d/nope');
    expect(await screen.findByText('There is no such dashboard')).toBeDefined();
    expect(screen.getByText(/"nope"/)).toBeDefined();
  });
});
