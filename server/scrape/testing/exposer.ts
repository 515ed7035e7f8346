import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A target of tests: a real HTTP server on a free loopback port. */
export interface Exposer {
  readonly port: number;
  readonly address: string;
  readonly requests: IncomingMessage[];
  /** What is answered from now on: a body as text format 0.0.4, or a handler. */
  answer(next: string | Uint8Array | ((request: IncomingMessage, response: ServerResponse) => void)): void;
  close(): Promise<void>;
}

export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** Starts a target that answers `first`. */
export async function startExposer(first: Parameters<Exposer['answer']>[0] = ''): Promise<Exposer> {
  let current = first;
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    if (typeof current === 'function') return current(request, response);
    response.setHeader('content-type', TEXT_FORMAT);
    response.end(current);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: `127.0.0.1:${port}`,
    requests,
    answer(next) {
      current = next;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Waits until `isDone` holds, which is asked again and again. */
export async function until(isDone: () => boolean | Promise<boolean>, timeoutMs = 10_000, everyMs = 5): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${isDone}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
