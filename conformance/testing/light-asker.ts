// The client that only ever asks for little: a worker of its own, so that what the attacker in this process does is not taken for the
// server's slowness. 'start' and 'stop' are its messages; it answers 'stop' with what it saw.
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { Latency } from './hostile-lab.ts';

const EVERY_MS = 50;
const { port } = workerData as { port: number };

const agent = new Agent({ keepAlive: true });
let taken: number[] = [];
let failed = 0;
let timer: NodeJS.Timeout | undefined;
const running = new Set<Promise<void>>();

function askOnce(): Promise<void> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    const sent = get({ host: '127.0.0.1', port, path: '/api/v1/query?query=up', agent }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.once('close', () => {
        if (response.statusCode === 200 && body.includes('"up"')) taken.push(performance.now() - startMs);
        else failed++;
        resolve();
      });
    });
    sent.once('error', () => {
      failed++;
      resolve();
    });
  });
}

function seen(): Latency {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { count: sorted.length, failed, median: at(0.5), p95: at(0.95), max: at(1) };
}

parentPort?.on('message', async (message: 'start' | 'stop') => {
  clearInterval(timer);
  if (message === 'start') {
    [taken, failed] = [[], 0];
    timer = setInterval(() => {
      const one = askOnce().finally(() => running.delete(one));
      running.add(one);
    }, EVERY_MS);
    return;
  }
  await Promise.all(running);
  parentPort?.postMessage(seen());
});
