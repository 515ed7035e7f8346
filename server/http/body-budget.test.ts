import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { FastifyPluginAsync } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../model/clock.ts';
import { createHttpServer, type HttpServer } from './server.ts';

const LIMIT = 1_000_000;
const servers: HttpServer[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A server that takes bodies of up to 800 kB and 1 MB in all, and answers their length. */
async function start(): Promise<number> {
  const plugin: FastifyPluginAsync = async (app) => {
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.post('/take', async (request) => String((request.body as Buffer).length));
    app.get('/light', async () => 'light');
  };
  const options = { clock: systemClock, listen: { host: '127.0.0.1', port: 0 }, noAuth: false, externalUrl: '', maxRequestBytes: 800_000 };
  const server = await createHttpServer({ ...options, maxBodyBytes: LIMIT, reportError: () => undefined }, [plugin]);
  servers.push(server);
  return (await server.listen()).port;
}

/** Begins a request that announces `announced` bytes and sends `sent` of them; resolves once they are on their way. */
function begin(port: number, announced: number, sent: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  const head = `POST /take HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: a/b\r\nContent-Length: ${announced}\r\n\r\n`;
  return new Promise((resolve) => socket.write(head, () => socket.write(Buffer.alloc(sent), () => resolve(socket))));
}

/** Begins a request of 700,000 bytes of which 600,000 are sent, and waits until the server has read them. */
async function hold(port: number): Promise<Socket> {
  for (;;) {
    const socket = await begin(port, 700_000, 600_000);
    let isRefused = false;
    const refuse = () => {
      isRefused = true;
    };
    socket.once('data', refuse);
    // Under load the answer may be lost with the connection.
    socket.once('close', refuse);
    while (!isRefused) {
      // While both are read either may be the one that is too much.
      const { status } = await post(port, Buffer.alloc(500_000));
      if (status === 503 && !isRefused) {
        socket.off('data', refuse).off('close', refuse);
        return socket;
      }
    }
  }
}

const answerOf = (socket: Socket) => new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
const post = (port: number, body: Buffer, headers = {}) =>
  fetch(`http://127.0.0.1:${port}/take`, { method: 'POST', body: new Uint8Array(body), headers: { 'content-type': 'a/b', ...headers } });

describe('the bodies of all requests together', () => {
  it('are refused beyond the limit, and taken again when others are done', async () => {
    const port = await start();
    const first = await hold(port);
    const refused = await post(port, Buffer.alloc(500_000));
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await refused.json()).toMatchObject({ error: { code: 'http.busy', message: expect.stringContaining('1000000 bytes in all') } });
    // Others go on: what has no body, what is small, and what still fits.
    expect(await (await fetch(`http://127.0.0.1:${port}/light`)).text()).toBe('light');
    expect(await (await post(port, Buffer.alloc(60_000))).text()).toBe('60000');
    expect(await (await post(port, Buffer.alloc(300_000))).text()).toBe('300000');
    const done = answerOf(first);
    first.write(Buffer.alloc(100_000));
    expect(await done).toContain('700000');
    expect((await post(port, Buffer.alloc(500_000))).status).toBe(200);
  });

  it('are given back when a client goes away', async () => {
    const port = await start();
    const gone = await hold(port);
    gone.destroy();
    await expect.poll(async () => (await post(port, Buffer.alloc(500_000))).status).toBe(200);
  });

  it('count as large as they are unpacked', async () => {
    const port = await start();
    await hold(port);
    expect((await post(port, gzipSync(Buffer.alloc(500_000)), { 'content-encoding': 'gzip' })).status).toBe(503);
    expect((await post(port, gzipSync(Buffer.alloc(300_000)), { 'content-encoding': 'gzip' })).status).toBe(200);
  });
});
