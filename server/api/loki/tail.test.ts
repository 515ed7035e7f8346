import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Lab, startLab } from './testing/lab.ts';

let lab: Lab;
let port: number;
beforeAll(async () => {
  lab = await startLab({ isLive: true });
  port = (await lab.http.listen()).port;
});
afterAll(() => lab.close());

const nowNs = () => BigInt(Date.now()) * 1_000_000n;

async function push(app: string, ...lines: [bigint, string][]): Promise<void> {
  const payload = JSON.stringify({ streams: [{ stream: { app }, values: lines.map(([ns, line]) => [`${ns}`, line]) }] });
  expect((await lab.post('/loki/api/v1/push', payload, { 'content-type': 'application/json' })).status).toBe(204);
}

function tail(parameters: Record<string, string>): {
  readonly socket: WebSocket;
  readonly lines: string[];
  readonly opened: Promise<string>;
} {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/loki/api/v1/tail?${new URLSearchParams(parameters)}`);
  const lines: string[] = [];
  socket.on('message', (data) => {
    const { streams } = JSON.parse(String(data)) as { streams: { values: [string, string][] }[] };
    for (const { values } of streams) for (const [, line] of values) lines.push(line);
  });
  const opened = new Promise<string>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('error', () => undefined);
    socket.once('unexpected-response', (_request, response) => {
      let body = `${response.statusCode} `;
      response.on('data', (part) => {
        body += String(part);
      });
      response.on('end', () => resolve(body));
    });
  });
  return { socket, lines, opened };
}

describe('a tail', () => {
  it('begins with the newest lines and goes on with those that arrive, late ones too, each once', async () => {
    const ns = nowNs();
    await push('live', [ns - 3n, 'too old for the limit'], [ns - 2n, 'one'], [ns - 1n, 'two'], [ns - 1n, 'other']);
    const { socket, lines, opened } = tail({ query: '{app="live"} != "other"', limit: '2' });
    expect(await opened).toBe('open');
    await expect.poll(() => lines).toEqual(['one', 'two']);
    await push('live', [nowNs(), 'three'], [ns - 1n, 'late'], [nowNs(), 'other']);
    await expect.poll(() => [...lines].sort(), { timeout: 5_000 }).toEqual(['late', 'one', 'three', 'two']);
    await push('live', [nowNs(), 'four']);
    await expect.poll(() => lines, { timeout: 5_000 }).toContain('four');
    expect(lines).toHaveLength(5);
    socket.close();
  });

  it.each([
    [{ query: '{app="live"' }, /^400 parse error at line 1/],
    [{ query: 'rate({app="live"}[1m])' }, /^400 only log queries can be tailed/],
    [{ query: '{app="live"}', delay_for: '9' }, /^400 delay_for can't be greater than 5/],
    [{ query: '{app="live"}', start: 'x' }, /^400 could not parse 'start'/],
  ])('of %j is refused', async (parameters, message) => {
    expect(await tail(parameters).opened).toMatch(message);
  });

  it('without a WebSocket is refused, and so are too many', async () => {
    expect((await lab.get('/loki/api/v1/tail', { query: '{app="live"}' })).body).toMatch(/^a tail is a WebSocket/);
    const tails = Array.from({ length: 10 }, () => tail({ query: '{app="none"}' }));
    await Promise.all(tails.map(({ opened }) => opened));
    expect(await tail({ query: '{app="none"}' }).opened).toMatch(/^400 max concurrent tail requests limit exceeded/);
    for (const { socket } of tails) socket.close();
    await expect
      .poll(async () => {
        const { socket, opened } = tail({ query: '{app="none"}' });
        const outcome = await opened;
        if (outcome === 'open') socket.close();
        return outcome;
      })
      .toBe('open');
  });

  it('ends when the server does', async () => {
    const { socket, opened } = tail({ query: '{app="none"}' });
    await opened;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await lab.http.close();
    await closed;
    expect(lab.reported).toEqual([]);
  });
});
