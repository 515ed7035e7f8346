// What docker_sd_configs asks of a Docker daemon, on a unix socket or a loopback port.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The daemon's world, which may be changed at any time. */
export class FakeDocker {
  containers: readonly unknown[] = [];
  networks: readonly unknown[] = [];
  readonly paths: string[] = [];
  readonly #server: Server;

  constructor(apiVersion = '1.47') {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://docker');
      this.paths.push(request.url ?? '');
      const path = url.pathname.replace(/^\/v1\.\d+/, '');
      if (path === '/_ping') {
        response.writeHead(200, { 'api-version': apiVersion, 'content-type': 'text/plain' }).end('OK');
        return;
      }
      const answer = path === '/containers/json' ? this.containers : path === '/networks' ? this.networks : undefined;
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? { message: 'page not found' }));
    });
  }

  /** Listens on the socket of this path, or on a free loopback port. */
  async listen(socketPath?: string): Promise<void> {
    await new Promise<void>((resolve) =>
      socketPath === undefined ? this.#server.listen(0, '127.0.0.1', resolve) : this.#server.listen(socketPath, resolve),
    );
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
