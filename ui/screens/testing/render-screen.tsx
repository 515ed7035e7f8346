// Renders a screen at an address against answers given by path, with everything around it that it expects.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, type RenderResult, render } from '@testing-library/react';
import type { JSX } from 'react';
import { afterEach, vi } from 'vitest';
import { ToastProvider } from '../../kit/toast.tsx';
import { TooltipProvider } from '../../kit/tooltip.tsx';

/** Answer of a path: JSON, or a function of the request's parameters (query string and form). */
export type Answers = Readonly<Record<string, unknown | ((parameters: URLSearchParams, method: string) => Response | unknown)>>;

/** Renders `screen` at `address`. Paths that are not answered give 404. */
export function renderScreen(screen: JSX.Element, address: string, answers: Answers): RenderResult {
  vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => answer(answers, path, init));
  history.replaceState(null, '', address);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <ToastProvider>{screen}</ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>,
  );
}

/** Call once in a test file: takes down what was rendered after each test. */
export function cleanUpScreens(): void {
  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
    localStorage.clear();
  });
}

function answer(answers: Answers, path: string, init: RequestInit): Response {
  const [name = '', search = ''] = path.split('?');
  const parameters = new URLSearchParams(search);
  if (init.body instanceof URLSearchParams) for (const [key, value] of init.body) parameters.append(key, value);
  const given = answers[name];
  const data: unknown = typeof given === 'function' ? given(parameters, init.method ?? 'GET') : given;
  if (data instanceof Response) return data;
  return data === undefined ? Response.json({ error: { code: 'not_found', message: 'not found' } }, { status: 404 }) : Response.json(data);
}
