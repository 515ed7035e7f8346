import { afterEach, expect, it } from 'vitest';
import type { ServerConfig } from './config/config.ts';
import { openExtraListeners, placed } from './extra-listeners.ts';
import type { ListenAddress } from './http/address.ts';
import { createGrpcServer, type GrpcServer } from './http/grpc-server.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { systemClock } from './model/clock.ts';
import { createLogger } from './telemetry/logger.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const opened: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(opened.splice(0).map((http) => http.close())));

async function startServer(): Promise<{ http: HttpServer; port: number }> {
  const limits = { maxRequestBytes: 1_000, reportError: () => undefined };
  const options = { clock: systemClock, listen: LOCAL, noAuth: false, externalUrl: '', ...limits };
  const http = await createHttpServer(options, [async (app) => void app.get('/x', () => 'x').get('/prefix/y', () => 'y')]);
  opened.push(http);
  return { http, port: (await http.listen()).port };
}

function startGrpc(): GrpcServer {
  const failureOf = () => ({ code: 13, message: '', mayRetry: false });
  const options = { clock: systemClock, noAuth: false, maxMessageBytes: 1_000, methods: [], failureOf, reportError: () => undefined };
  const grpc = createGrpcServer(options);
  opened.push(grpc);
  return grpc;
}

/** What is logged when OTLP is to be received at an address. */
async function linesOf(otlpHttp: ListenAddress | undefined, listenPort = 0, otlpGrpc?: ListenAddress): Promise<Record<string, unknown>[]> {
  const { http } = await startServer();
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ format: 'json', stream: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const config = { listen: { ...LOCAL, port: listenPort }, otlpHttp, otlpGrpc, compatPorts: false };
  await openExtraListeners(http, startGrpc(), config as ServerConfig, logger);
  return lines;
}

it('answers at the further address too', async () => {
  const [line] = await linesOf(LOCAL);
  expect(line).toMatchObject({ msg: 'listening for OTLP over HTTP', address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
  expect((await fetch(`http://${line?.address}/x`)).status).toBe(200);
});

it('goes on without an address that is taken, or open without credentials, and says what will not arrive', async () => {
  const { port } = await startServer();
  expect(await linesOf({ ...LOCAL, port })).toMatchObject([
    { msg: expect.stringMatching(/^clients of OTLP over HTTP cannot use its usual port: .*port \d+ is taken/) },
  ]);
  expect(await linesOf(undefined, 0, { ...LOCAL, port })).toMatchObject([
    { msg: expect.stringMatching(/^clients of OTLP over gRPC cannot use its usual port: .*port \d+ is taken/) },
  ]);
  expect(await linesOf({ host: '0.0.0.0', port: 0 })).toMatchObject([
    { msg: expect.stringContaining('refusing to listen on 0.0.0.0:0 without credentials') },
  ]);
});

it('opens nothing where nothing is asked, or where the server listens anyway', async () => {
  expect(await linesOf(undefined)).toEqual([]);
  expect(await linesOf({ ...LOCAL, port: 4318 }, 4318)).toEqual([]);
});

it('puts a prefix before the paths of an address that has one', async () => {
  const { http } = await startServer();
  const { port } = await http.listen(LOCAL, (url) => placed(url, { prefix: '/prefix' }));
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  expect([await statusOf('/y?a=b'), await statusOf('/prefix/y'), await statusOf('/x')]).toEqual([200, 200, 404]);
});
