import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { createApiClient } from './api-client.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('goes on with a watch however often the credentials change, and closes the old connections after it', async () => {
  let watcher: ServerResponse | undefined;
  const server = createServer((request, response) => {
    if (!request.url?.includes('watch')) return response.end('{}');
    watcher = response;
    return response.write('one\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = createApiClient(async () => ({ baseUrl, client: { followRedirects: true } }), {});
  cleanups.push(() => api.close());
  const limits = { signal: new AbortController().signal, timeoutMs: 60_000 };
  const body = await api.watch('/pods', { watch: 'true' }, limits);
  if (body === 'expired') throw new Error('it is not');
  for (let i = 0; i < 5; i++) await api.list('/pods', {}, limits);
  watcher?.end('two\n');
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  expect(text).toBe('one\ntwo\n');
  // The newest one's connection is kept for the next request.
  await vi.waitFor(async () => expect(await promisify(server.getConnections.bind(server))()).toBe(1));
});
