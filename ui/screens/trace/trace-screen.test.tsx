import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import type { JSX } from 'react';
import { describe, expect, it } from 'vitest';
import { Route } from 'wouter';
import { type Answers, cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { span, view } from './testing/spans.ts';
import { TraceScreen } from './trace-screen.tsx';

cleanUpScreens();

const T0 = 1_700_000_000_000;
const spans = [
  { ...span('a1', '', T0, 100), name: 'POST /predict', service: 'api', kind: 'server' as const },
  { ...span('b2', 'a1', T0 + 5, 30), name: 'load features', service: 'features', attributes: { 'cache.hit': false, user: 'ann' } },
  {
    ...span('c3', 'a1', T0 + 40, 50),
    name: 'infer',
    service: 'api',
    status: 'error' as const,
    statusMessage: 'shape mismatch',
    resource: { 'service.name': 'api' },
    events: [
      {
        timeMs: T0 + 60,
        name: 'exception',
        attributes: {
          'exception.type': 'RangeError',
          'exception.message': 'shape mismatch',
          'exception.stacktrace': 'RangeError: shape mismatch\n    at infer (/app/model.ts:3:1)',
        },
      },
    ],
    links: [{ traceId: 'f'.repeat(32), spanId: '12' }],
  },
  { ...span('d4', 'gone', T0 + 50, 5), name: 'late work', service: 'worker' },
];
const ID = view([]).traceId;

const ANSWERS: Answers = {
  [`/api/ui/traces/${ID}`]: view(spans),
  '/loki/api/v1/labels': { status: 'success', data: ['service'] },
  '/loki/api/v1/label/service/values': { status: 'success', data: ['api'] },
  '/api/v1/query': {
    status: 'success',
    data: { resultType: 'vector', result: [{ metric: { __name__: 'http_requests_total', job: 'api' }, value: [0, '1'] }] },
  },
};

function show(search = '', answers: Answers = ANSWERS): void {
  renderScreen(<Page />, `/trace/${ID}${search}`, answers);
}

function Page(): JSX.Element {
  return (
    <Route path="/trace/:id">
      <TraceScreen />
    </Route>
  );
}

const href = (name: string | RegExp) => new URL(screen.getByRole('link', { name }).getAttribute('href') ?? '', 'http://x');

describe('TraceScreen', () => {
  it('shows what it was, with failures in words and spans without their parent', async () => {
    show();
    await screen.findByRole('heading', { name: 'api: POST /predict' });
    expect(screen.getByText('1 span failed')).toBeDefined();
    expect(screen.getAllByRole('treeitem').map((item) => item.getAttribute('aria-label'))).toEqual([
      'POST /predict, api, 100 ms',
      'load features, features, 30 ms',
      'infer, api, 50 ms, error',
      'late work, worker, 5 ms',
    ]);
    expect(screen.getByText('Parent missing')).toBeDefined();
  });

  it('leads to logs and to the metrics of its minute', async () => {
    show('?from=now-3h&to=now');
    await waitFor(() =>
      expect(href('Request rate at that minute').searchParams.get('q')).toBe('sum(rate(http_requests_total{job="api"}[2m]))'),
    );
    const logs = href('Logs of this trace');
    expect(logs.pathname).toBe('/logs');
    expect(logs.searchParams.get('q')).toBe(`{service=~".+"} |= "${ID}"`);
    expect(Number(logs.searchParams.get('from'))).toBe(T0 - 30_000);
    expect(href('Traces').search).toBe('?from=now-3h&to=now');
  });

  it('shows everything about the span of the URL', async () => {
    show('?span=c3');
    const details = within(await screen.findByRole('complementary', { name: 'Span infer' }));
    expect(details.getAllByText(/shape mismatch/).length).toBeGreaterThan(1);
    expect(details.getByText('RangeError')).toBeDefined();
    expect(details.getByText(/at infer/)).toBeDefined();
    await waitFor(() => expect(href('Logs of this span').searchParams.get('q')).toBe(`{service="api"} |= "${ID}"`));
    expect(href('f'.repeat(32)).pathname).toBe(`/trace/${'f'.repeat(32)}`);
    const found = href('Find traces with this service.name').searchParams;
    expect(found.get('q')).toBe('{ resource.service.name = "api" }');
    expect(Number(found.get('from'))).toBeLessThan(T0);
  });

  it('walks by keyboard', async () => {
    show();
    const tree = await screen.findByRole('tree');
    const press = (key: string) => fireEvent.keyDown(tree, { key });
    const active = () => document.getElementById(tree.getAttribute('aria-activedescendant') ?? '')?.getAttribute('aria-label');
    press('ArrowDown');
    press('ArrowDown');
    expect(active()).toMatch(/^load features/);
    press('Enter');
    await waitFor(() => expect(location.search).toBe('?span=b2'));
    press('ArrowDown');
    await waitFor(() => expect(location.search).toBe('?span=c3'));
    press('Escape');
    await waitFor(() => expect(location.search).toBe(''));
    press('ArrowLeft');
    expect(active()).toMatch(/^POST/);
    press('ArrowLeft');
    expect(screen.getAllByRole('treeitem')).toHaveLength(2);
    expect(screen.getByText('1 error below')).toBeDefined();
    press('ArrowRight');
    expect(screen.getAllByRole('treeitem')).toHaveLength(4);
    press('End');
    expect(active()).toMatch(/^late work/);
    fireEvent.keyDown(document.body, { key: '/' });
    expect(document.activeElement).toBe(screen.getByRole('searchbox'));
  });

  it('finds spans and opens what hides them', async () => {
    show();
    const tree = await screen.findByRole('tree');
    fireEvent.click(screen.getByRole('button', { name: 'Collapse POST /predict' }));
    const field = screen.getByRole('searchbox');
    fireEvent.change(field, { target: { value: 'cache.hit=false' } });
    await screen.findByText('1 found');
    fireEvent.keyDown(field, { key: 'Enter' });
    await screen.findByText('1 of 1');
    expect(within(tree).getByRole('treeitem', { name: /load features/ }).dataset.match).toBe('true');
  });

  it('is readable as a table', async () => {
    show('?view=table');
    const table = await screen.findByRole('table', { name: 'Spans' });
    const row = within(table)
      .getByRole('button', { name: /late work parent missing/ })
      .closest('tr') as HTMLElement;
    expect(within(row).getAllByText('5 ms')).toHaveLength(2);
  });

  it('draws ten thousand spans without drawing them all', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => span(`s${index}`, index === 0 ? '' : 's0', T0 + index, 5));
    show('', { ...ANSWERS, [`/api/ui/traces/${ID}`]: view(many) });
    await screen.findByRole('tree');
    expect(screen.queryAllByRole('treeitem').length).toBeLessThan(200);
  });

  it('says why a trace may be missing, and looks again', async () => {
    let asked = 0;
    show('', {
      ...ANSWERS,
      [`/api/ui/traces/${ID}`]: () => {
        asked++;
        return asked === 1
          ? Response.json({ error: { code: 'traces.not_found', message: 'no such trace' } }, { status: 404 })
          : view(spans);
      },
    });
    await screen.findByText(/has not arrived yet/);
    expect(screen.getByText(/older than what is kept/)).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Look again' }));
    await screen.findByRole('heading', { name: 'api: POST /predict' });
  });

  it('says what is wrong with an id', async () => {
    show('', {
      [`/api/ui/traces/${ID}`]: () => Response.json({ error: { code: 'bad', message: '"zz" is not a trace id' } }, { status: 400 }),
    });
    await screen.findByText('"zz" is not a trace id');
  });
});
