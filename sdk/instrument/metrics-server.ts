import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InstrumentError } from './errors.ts';
import type { Instrument } from './instrument.ts';

/** Where `startMetricsServer` listens. */
export interface MetricsServerOptions {
  /** TCP port; 0 takes a free one. Default 8000. */
  readonly port?: number;
  /** Default 127.0.0.1: say `0.0.0.0` to let other machines scrape. */
  readonly host?: string;
}

/** A running metrics server. */
export interface MetricsServer {
  /** The full address of the exposition. */
  readonly url: string;
  /** Stops listening and resolves when open connections are gone. */
  close(): Promise<void>;
}

/** Serves `GET /metrics` on a port of its own, for workers and jobs that have no HTTP server. Throws `metrics_listen` when it cannot. */
export async function startMetricsServer(instrument: Instrument, options: MetricsServerOptions = {}): Promise<MetricsServer> {
  const { port = 8000, host = '127.0.0.1' } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(path === '/metrics' ? 405 : 404, { 'content-type': 'text/plain' }).end('Metrics are at GET /metrics\n');
      return;
    }
    instrument.expose(request.headers.accept).then(
      ({ contentType, body }) => response.writeHead(200, { 'content-type': contentType, vary: 'accept' }).end(body),
      (error: unknown) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`collecting metrics failed: ${String(error)}\n`),
    );
  });
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is taken' : cause.message;
      reject(new InstrumentError('metrics_listen', `cannot serve metrics on ${host}:${port}: ${why}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}
