import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyPluginAsync } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../model/clock.ts';
import { Secret } from '../model/secret.ts';
import { Authenticator } from './auth/authenticator.ts';
import { createHttpServer, type HttpServer } from './server.ts';
import { takeUpgrade } from './upgrade.ts';

let http: HttpServer;
afterEach(() => http.close());

const sockets = new WebSocketServer({ noServer: true });
const plugin: FastifyPluginAsync = async (app) => {
  app.get('/echo', (request, reply) => {
    const upgrade = takeUpgrade(request, reply);
    if (!upgrade) return 'ordinary';
    sockets.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (socket) =>
      socket.on('message', (data) => socket.send(`echo ${String(data)}`)),
    );
    return reply;
  });
  app.post('/body', ({ body }) => ({ body }));
};

async function start(token?: string): Promise<number> {
  const listen = { host: '127.0.0.1', port: 0 };
  const reportError = (error: unknown) => {
    throw error;
  };
  const options = { clock: systemClock, listen, noAuth: false, externalUrl: '', maxRequestBytes: 1e6, reportError };
  http = await createHttpServer(
    { ...options, ...(token !== undefined && { authenticator: new Authenticator({ clock: systemClock, token: new Secret(token) }) }) },
    [plugin],
  );
  return (await http.listen()).port;
}

const opened = (socket: WebSocket) =>
  new Promise<string>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => resolve(String(response.statusCode)));
    socket.once('error', (error) => resolve(error.message));
  });

/** Sends bytes as they are and answers everything that comes back. */
function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  return text(socket);
}

it('a handler takes a WebSocket over, and closing the server ends it', async () => {
  const port = await start();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`);
  expect(await opened(socket)).toBe('open');
  const answer = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
  socket.send('hello');
  expect(await answer).toBe('echo hello');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await http.close();
  await closed;
  expect(sockets.clients.size).toBe(0);
});

it('credentials, Host and the path are checked as for any request', async () => {
  const port = await start('secret');
  const url = `ws://127.0.0.1:${port}`;
  expect(await opened(new WebSocket(`${url}/echo`))).toBe('401');
  const headers = { authorization: 'Bearer secret' };
  expect(await opened(new WebSocket(`${url}/echo`, { headers: { ...headers, host: 'evil.example' } }))).toBe('403');
  expect(await opened(new WebSocket(`${url}/nothing`, { headers }))).toBe('404');
  const socket = new WebSocket(`${url}/echo`, { headers });
  expect(await opened(socket)).toBe('open');
  socket.close();
});

it('pages of other sites are refused, our own and programs are not', async () => {
  const port = await start();
  const url = `ws://127.0.0.1:${port}/echo`;
  for (const [headers, answer] of [
    [{ origin: 'https://evil.example' }, '403'],
    [{ origin: 'null' }, '403'],
    [{ origin: `http://127.0.0.1:${port}` }, 'open'],
    [{}, 'open'],
  ] as const) {
    const socket = new WebSocket(url, { headers });
    expect([headers, await opened(socket)]).toEqual([headers, answer]);
    if (answer === 'open') socket.close();
  }
});

it('only GET asks for a WebSocket: the body of anything else is read', async () => {
  const port = await start();
  const head = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Type: application/json\r\nContent-Length: 7';
  const rest = 'GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  expect(await exchange(port, `POST /body HTTP/1.1\r\n${head}\r\n\r\n{"a":1}${rest}`)).toMatch(/\{"body":\{"a":1\}\}HTTP.*ordinary$/s);
});

it('a route that knows nothing of WebSockets answers as ever', async () => {
  const port = await start();
  expect(await fetch(`http://127.0.0.1:${port}/echo`).then((answer) => answer.text())).toBe('ordinary');
  const answer = await exchange(port, 'GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 404 .*connection: close.*404 page not found\n$/is);
});

it('an offer of HTTP/2 is passed over, the body is read', async () => {
  const port = await start();
  const body = JSON.stringify({ text: 'é'.repeat(40_000) });
  const answer = await exchange(
    port,
    `POST /body HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}` +
      'GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK.*\{"body":\{"text":"é+"\}\}HTTP\/1\.1 200 OK.*ordinary$/s);
});
