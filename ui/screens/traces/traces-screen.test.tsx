import type { TraceSummary } from '@alidade/sdk/schema';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answers, cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { TracesScreen } from './traces-screen.tsx';

cleanUpScreens();
beforeEach(() => vi.stubGlobal('scrollTo', () => undefined));

const trace = (id: string, over: Partial<TraceSummary> = {}): TraceSummary => ({
  traceId: id.padStart(32, '0'),
  rootName: `GET /${id}`,
  rootService: 'api',
  startMs: Date.now() - 60_000,
  durationMs: 20,
  spans: 3,
  errors: 0,
  services: [{ service: 'api', spans: 3 }],
  matched: 1,
  ...over,
});

interface Asked {
  readonly q: string | null;
  readonly min: string | null;
  readonly limit: string | null;
}

function answers(traces: readonly TraceSummary[], over: Answers = {}): { answers: Answers; asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    answers: {
      '/api/ui/traces': (parameters: URLSearchParams) => {
        asked.push({ q: parameters.get('q'), min: parameters.get('minDurationMs'), limit: parameters.get('limit') });
        return { traces, isCut: false };
      },
      '/api/ui/traces/services': {
        services: [
          { service: 'api', operations: ['POST /predict', 'GET /health'] },
          { service: 'features', operations: ['load'] },
        ],
      },
      '/api/v2/search/tags': {
        scopes: [
          { name: 'span', tags: ['http.status_code'] },
          { name: 'intrinsic', tags: ['name'] },
        ],
      },
      '/api/v2/search/tag/span.http.status_code/values': { tagValues: [{ type: 'int', value: '500' }] },
      ...over,
    },
  };
}

const query = () => new URLSearchParams(location.search).get('q');

describe('TracesScreen', () => {
  it('lists traces with what to know about them, and links that keep the range', async () => {
    const slow = trace('b', {
      durationMs: 1_250,
      errors: 2,
      services: [
        { service: 'api', spans: 2 },
        { service: 'db', spans: 1 },
      ],
    });
    renderScreen(<TracesScreen />, '/traces?from=now-3h&to=now', answers([trace('a'), slow]).answers);
    const row = (await screen.findByRole('link', { name: /GET \/b/ })).closest('tr') as HTMLElement;
    expect(within(row).getByText('1.25 s')).toBeDefined();
    expect(within(row).getByText('2 errors')).toBeDefined();
    expect(within(row).getByText('db')).toBeDefined();
    expect(within(row).getByRole('link').getAttribute('href')).toBe(`/trace/${slow.traceId}?from=now-3h&to=now`);
    expect(screen.getByText('1 with errors')).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Duration' }));
    await waitFor(() => expect(new URLSearchParams(location.search).get('sort')).toBe('slowest'));
  });

  it('writes TraceQL from the form, into the URL and the line', async () => {
    const { answers: given, asked } = answers([trace('a')]);
    renderScreen(<TracesScreen />, '/traces', given);
    await screen.findByRole('link', { name: /GET \/a/ });
    const service = screen.getByRole('combobox', { name: 'Service' });
    fireEvent.click(service);
    fireEvent.click(await screen.findByRole('option', { name: /^api/ }));
    await waitFor(() => expect(query()).toBe('{ resource.service.name = "api" }'));
    fireEvent.click(screen.getByRole('button', { name: 'Failed only' }));
    await waitFor(() => expect(query()).toBe('{ resource.service.name = "api" && status = error }'));
    expect((screen.getByRole('textbox', { name: 'TraceQL' }) as HTMLInputElement).value).toBe(query());
    const min = screen.getByRole('textbox', { name: 'Longer than' });
    fireEvent.change(min, { target: { value: '1.5s' } });
    fireEvent.keyDown(min, { key: 'Enter' });
    await waitFor(() => expect(asked.at(-1)?.min).toBe('1500'));
    fireEvent.change(min, { target: { value: 'soon' } });
    await screen.findByText('write 250ms, 1.5s or 2m');
  });

  it('completes names and values of attributes, and takes them away again', async () => {
    renderScreen(<TracesScreen />, '/traces', answers([trace('a')]).answers);
    const field = screen.getByRole('combobox', { name: 'Attribute' });
    fireEvent.click(field);
    fireEvent.click(await screen.findByRole('option', { name: 'span.http.status_code =' }));
    fireEvent.click(await screen.findByRole('option', { name: /= 500/ }));
    await waitFor(() => expect(query()).toBe('{ span.http.status_code = 500 }'));
    fireEvent.click(await screen.findByRole('button', { name: 'Remove span.http.status_code = 500' }));
    await waitFor(() => expect(query()).toBeNull());
    fireEvent.change(field, { target: { value: 'user=ann' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    await waitFor(() => expect(query()).toBe('{ .user = "ann" }'));
  });

  it('runs what is typed, and says where it cannot be read', async () => {
    const { answers: given } = answers([], {
      '/api/ui/traces': (parameters: URLSearchParams) =>
        parameters.get('q') === '{ nmae = 1 }'
          ? Response.json(
              { error: { code: 'traceql.parse', message: 'parse error at line 1, col 3: syntax error: unknown identifier "nmae"' } },
              { status: 400 },
            )
          : { traces: [trace('a')], isCut: false },
    });
    renderScreen(<TracesScreen />, '/traces', given);
    const line = await screen.findByRole('textbox', { name: 'TraceQL' });
    fireEvent.change(line, { target: { value: '{ nmae = 1 }' } });
    fireEvent.submit(line);
    await screen.findByText(/unknown identifier "nmae"/);
    expect(document.querySelector('mark')?.textContent).toBe('nmae');
    fireEvent.change(line, { target: { value: '{ duration > 1s }' } });
    fireEvent.submit(line);
    await screen.findByText(/says more than the form/);
    await screen.findByRole('link', { name: /GET \/a/ });
  });

  it('tells nothing at all from nothing that matches, and how to begin', async () => {
    renderScreen(<TracesScreen />, '/traces', answers([]).answers);
    await screen.findByText('No trace has arrived yet');
    expect(screen.getByText(/OTEL_EXPORTER_OTLP_ENDPOINT=http/)).toBeDefined();
  });

  it('says that none match, and shows the way back', async () => {
    const { answers: given } = answers([], {
      '/api/ui/traces': (parameters: URLSearchParams) => ({ traces: parameters.get('q') === null ? [trace('a')] : [], isCut: false }),
    });
    renderScreen(<TracesScreen />, '/traces?q=%7B%20status%20%3D%20error%20%7D', given);
    await screen.findByText('No trace matches');
    fireEvent.click(screen.getByRole('button', { name: 'Search for everything' }));
    await screen.findByRole('link', { name: /GET \/a/ });
  });

  it('says when the limit left traces out, and what failed', async () => {
    const { answers: given, asked } = answers([], {});
    renderScreen(<TracesScreen />, '/traces', {
      ...given,
      '/api/ui/traces': (parameters: URLSearchParams) => {
        asked.push({ q: null, min: null, limit: parameters.get('limit') });
        return { traces: [trace('a')], isCut: true };
      },
    });
    fireEvent.click(await screen.findByRole('button', { name: /Show up to/ }));
    await waitFor(() => expect(asked.at(-1)?.limit).toBe('1000'));
  });

  it('shows what failed', async () => {
    renderScreen(<TracesScreen />, '/traces', {
      '/api/ui/traces': () => Response.json({ error: { code: 'storage.timeout', message: 'took longer than 30 s' } }, { status: 422 }),
    });
    await screen.findByText('took longer than 30 s');
  });
});
