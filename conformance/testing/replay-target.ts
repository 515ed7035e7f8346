// A scrape target that replays a recorded past. Every consumer and job has a cursor of its own, so that each server that scrapes gets
// the same bodies in the same order, whenever it comes. Samples carry their times; a body repeats what the two before it held, which
// servers ignore, so that scrapes that were lost on the way to a busy server do no harm.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What one job of the past had to say. */
export interface ReplayedJob {
  readonly name: string;
  readonly honorLabels: boolean;
  /** One text exposition for each step; '' where the target was silent. */
  readonly steps: readonly string[];
}

/** Who replays: one path and one cursor for each job. */
export interface ReplayTarget {
  /** prometheus.yml for the named consumer. */
  config(consumer: string): string;
  /** Whether the consumer has fetched the last step of every job, and has come again afterwards. */
  isDone(consumer: string): boolean;
  close(): Promise<void>;
}

/** The scrape that answers 503 without moving on: failed scrapes end no series that have times of their own. */
const FAILING_SCRAPE = 40;
const NEW_STEPS = 2;
const OLD_STEPS = 4;
/** So often the last body is repeated before a consumer counts as done. */
const REPEATS = 3;
const SCRAPE_INTERVAL_MS = 100;

/** Serves the jobs on a free loopback port. */
export async function startReplayTarget(jobs: readonly ReplayedJob[]): Promise<ReplayTarget> {
  const bodies = new Map(jobs.map(({ name, steps }) => [name, bodiesOf(steps)]));
  const scrapes = new Map<string, number>();
  const server = createServer(({ url = '' }, response) => {
    const body = bodies.get(url.split('/')[2] ?? '');
    if (!body) response.writeHead(404).end();
    else serve(response, url, body);
  });

  function serve(response: ServerResponse, path: string, body: readonly string[]): void {
    const scrape = scrapes.get(path) ?? 0;
    // A scrape that timed out meanwhile gets the same body again.
    response.once('close', () => response.writableFinished && scrapes.set(path, scrape + 1));
    if (scrape === FAILING_SCRAPE) {
      response.writeHead(503).end('restarting\n');
      return;
    }
    const step = Math.min(scrape < FAILING_SCRAPE ? scrape : scrape - 1, body.length - 1);
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(body[step]);
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    config: (consumer) =>
      [
        `global: { scrape_interval: ${SCRAPE_INTERVAL_MS}ms, scrape_timeout: ${SCRAPE_INTERVAL_MS}ms }`,
        'scrape_configs:',
        ...jobs.flatMap(({ name, honorLabels }) => [
          `  - job_name: ${name}`,
          `    metrics_path: /${consumer}/${name}`,
          `    honor_labels: ${honorLabels}`,
          `    static_configs: [{ targets: ['${address}'] }]`,
        ]),
        '',
      ].join('\n'),
    isDone: (consumer) => [...bodies].every(([name, body]) => (scrapes.get(`/${consumer}/${name}`) ?? 0) > body.length + REPEATS),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function bodiesOf(steps: readonly string[]): readonly string[] {
  const count = Math.ceil(steps.length / NEW_STEPS);
  return Array.from({ length: count }, (_, i) => steps.slice(Math.max(0, i * NEW_STEPS - OLD_STEPS), (i + 1) * NEW_STEPS).join(''));
}
