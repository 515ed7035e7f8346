import { fireEvent, screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answers, cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { ExploreScreen } from './explore-screen.tsx';

cleanUpScreens();

// happy-dom lays nothing out: the screen gets a width, so that it knows a step.
beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly #tell: ResizeObserverCallback;
      constructor(tell: ResizeObserverCallback) {
        this.#tell = tell;
      }
      observe(target: Element): void {
        const entry = { target, contentRect: { width: 900, height: 400 } } as unknown as ResizeObserverEntry;
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

const vector = (parameters: URLSearchParams) => ({
  data: {
    resultType: 'vector',
    result: [{ metric: { __name__: parameters.get('query'), job: 'api' }, value: [0, '0.25'] }],
  },
  warnings: ['PromQL warning: careful'],
});
const ANSWERS: Answers = {
  '/api/v1/query': (parameters: URLSearchParams) =>
    parameters.get('query') === 'sum('
      ? Response.json(
          { status: 'error', errorType: 'bad_data', error: 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis' },
          { status: 400 },
        )
      : vector(parameters),
  '/api/v1/label/__name__/values': { data: ['http_requests_total', 'up'] },
  '/api/v1/metadata': { data: { http_requests_total: [{ type: 'counter', help: 'Requests.', unit: '' }] } },
};

describe('ExploreScreen', () => {
  it('teaches with metrics that exist, and runs an example', async () => {
    renderScreen(<ExploreScreen />, '/explore?view=table', ANSWERS);
    fireEvent.click(await screen.findByRole('button', { name: /sum by \(job\) \(rate\(http_requests_total\[5m\]\)\)/ }));
    await screen.findByText('0.25');
    expect(new URLSearchParams(location.search).getAll('q')).toEqual(['sum by (job) (rate(http_requests_total[5m]))']);
  });

  it('runs the queries of a link, with warnings', async () => {
    renderScreen(<ExploreScreen />, '/explore?q=up&q=http_requests_total&view=table', ANSWERS);
    await screen.findByRole('region', { name: 'Result of query B' });
    expect(screen.getAllByText('careful')).toHaveLength(2);
    expect(screen.getAllByText(/1 series in/)).toHaveLength(2);
  });

  it('places an error under its query, and shows the others', async () => {
    renderScreen(<ExploreScreen />, '/explore?q=sum(&q=up&view=table', ANSWERS);
    await screen.findByText('1:5: parse error: unclosed left parenthesis');
    await screen.findByText('0.25');
  });

  it('draws a native histogram', async () => {
    const histogram = {
      count: '7',
      sum: '10.5',
      buckets: [
        [3, '-0.001', '0.001', '1'],
        [0, '0.5', '1', '2'],
        [0, '1', '2', '4'],
      ],
    };
    const answers = {
      ...ANSWERS,
      '/api/v1/query': { data: { resultType: 'vector', result: [{ metric: {}, histogram: [0, histogram] }] } },
    };
    renderScreen(<ExploreScreen />, '/explore?q=h&view=table', answers);
    const picture = await screen.findByRole('img', { name: '3 buckets from -0.001 to 2' });
    expect([...picture.querySelectorAll('title')].map(({ textContent }) => textContent)).toEqual([
      '[-0.001, 0.001]: 1 (14.3 %)',
      '(0.5, 1]: 2 (28.6 %)',
      '(1, 2]: 4 (57.1 %)',
    ]);
    screen.getByText('10.5');
    screen.getByText('1.5');
  });

  it('duplicates, hides and removes, all in the URL', async () => {
    renderScreen(<ExploreScreen />, '/explore?q=up&view=table', ANSWERS);
    await screen.findByText('0.25');
    fireEvent.click(screen.getByRole('button', { name: 'Duplicate query A' }));
    await waitFor(() => expect(location.search).toBe('?view=table&q=up&q=up'));
    fireEvent.click(screen.getByRole('button', { name: 'Hide query A' }));
    await waitFor(() => expect(location.search).toBe('?view=table&q=up&q=up&hide=0'));
    fireEvent.click(screen.getByRole('button', { name: 'Remove query A' }));
    await waitFor(() => expect(location.search).toBe('?view=table&q=up'));
    fireEvent.click(screen.getByRole('button', { name: 'Remove query A' }));
    await screen.findByText('Start with one of these');
  });
});
