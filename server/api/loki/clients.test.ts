// The clients that people have, unchanged, over a real socket.

import pino from 'pino';
import { pinoLoki } from 'pino-loki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from 'winston';
import LokiTransport from 'winston-loki';
import { type Lab, startLab } from './testing/lab.ts';

let lab: Lab;
let host: string;
beforeAll(async () => {
  lab = await startLab({ isLive: true });
  const { port } = await lab.http.listen();
  host = `http://127.0.0.1:${port}`;
});
afterAll(() => lab.close());

type Stream = { stream: Record<string, string>; values: [string, string, object?][] };

async function streamsOf(query: string): Promise<Stream[]> {
  const answer = await fetch(`${host}/loki/api/v1/query_range?${new URLSearchParams({ query })}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: { result: Stream[] } }).data.result;
}

describe('pino-loki', () => {
  it.each([
    ['in batches', { interval: 1 }],
    ['line by line', false as const],
  ])('pushes %s', async (name, batching) => {
    const app = `pino ${name}`;
    const transport = pinoLoki({ host, batching, labels: { app }, silenceErrors: false });
    const logger = pino({ base: { hostname: 'box' } }, transport);
    logger.info({ user: 7, meta: { trace_id: 'abc', n: 1 } }, 'first');
    logger.error(new Error('broken'), 'second');
    const ended = new Promise((resolve) => transport.once('close', resolve));
    transport.end();
    await ended;
    await expect.poll(() => streamsOf(`{app="${app}", level="error"}`)).toHaveLength(1);
    await expect
      .poll(() => streamsOf(`{app="${app}", level="info"} | json`))
      .toMatchObject([{ stream: { app, level: 'info', hostname: 'box', trace_id: 'abc', n: '1', user: '7', msg: 'first' } }]);
  });
});

describe('winston-loki', () => {
  it.each([
    ['protobuf', false],
    ['json', true],
  ])('pushes %s', async (format, json) => {
    const problems: unknown[] = [];
    const app = `winston ${format}`;
    const options = { host, json, labels: { app, path: '/var/log' }, interval: 1, replaceTimestamp: true, gracefulShutdown: false };
    const transport = new LokiTransport({ ...options, onConnectionError: (error) => problems.push(error) });
    const logger = createLogger({ transports: [transport] });
    logger.info('first line');
    logger.error({ message: 'second line', labels: { shard: 'b' } });
    await expect.poll(() => streamsOf(`{app="${app}"}`), { timeout: 5_000 }).toHaveLength(2);
    await transport.flush();
    logger.close();
    expect(problems).toEqual([]);
    const streams = await streamsOf(`{app="${app}"}`);
    expect(streams.map(({ stream }) => stream)).toEqual([
      { app, level: 'error', path: '/var/log', shard: 'b' },
      { app, level: 'info', path: '/var/log' },
    ]);
    expect(streams.flatMap(({ values }) => values.map(([, line]) => line))).toEqual([
      'second line {"level":"error"}',
      'first line {"level":"info"}',
    ]);
  });
});
