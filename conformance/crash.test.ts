// The server is killed while it works: it comes back by itself, with everything that it had shown, and nobody is told twice.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  hasProc,
  isAlive,
  makeFolder,
  ownMetrics,
  processBytes,
  report,
  type ScrapeTarget,
  serverPid,
  sleep,
  startTarget,
} from './testing/lab.ts';
import {
  freePort,
  type RunningServer,
  root,
  run,
  startServer,
  startWebhookReceiver,
  until,
  untilReady,
  type WebhookReceiver,
} from './testing/processes.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const hasPrlimit = hasProc && existsSync('/usr/bin/prlimit');
const KILLS = isFull ? 20 : 3;
/** What a crash of native code or the kernel ends a process with. */
const SIGNALS = ['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const;
/** The supervisor gives up when the server ends five times within ten seconds of its start. */
const LIFE_MS = isFull ? 10_500 : 1_500;
const SERIES = 1_000;
/** What is younger than this at the kill may not have reached the disk. */
const IN_FLIGHT_MS = 1_000;

/** Node's fetch never settles when it is aborted while it unpacks a compressed body. */
const UNCOMPRESSED = { 'accept-encoding': 'identity' };

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Alert {
  readonly labels: { readonly alertname: string };
  readonly state: string;
  readonly activeAt: string;
}
type Point = readonly [seconds: number, value: string];

/** One target whose every sample is the number of its scrape, rules that look at it, and a webhook that is told. */
async function startWorking(): Promise<{ server: RunningServer; target: ScrapeTarget; hook: WebhookReceiver; resolve: () => void }> {
  let isBad = 1;
  // A scrape that this machine is too slow for must not end the alerts: the last value counts, whatever failed since.
  const isBadNow = 'last_over_time(work_bad[1m]) == 1';
  const hook = await startWebhookReceiver();
  const target = await startTarget((scrape) => {
    const lines = Array.from({ length: SERIES }, (_, i) => `work_value{i="${i}"} ${scrape}`);
    return `# TYPE work_value gauge\n${lines.join('\n')}\n# TYPE work_bad gauge\nwork_bad ${isBad}\n`;
  });
  const folder = await makeFolder({
    'prometheus.yml': `
global: { scrape_interval: 400ms, scrape_timeout: 400ms, evaluation_interval: 500ms }
rule_files: [rules.yml]
scrape_configs:
  - job_name: work
    static_configs: [{ targets: ['${target.address}'] }]
`,
    'rules.yml': `
groups:
  - name: work
    rules:
      - { record: 'work:sum', expr: sum(work_value) }
      - { alert: Fires, expr: '${isBadNow}' }
      - { alert: FiresLater, expr: '${isBadNow}', for: 5s }
      - { alert: StaysPending, expr: '${isBadNow}', for: 1h }
`,
    'alertmanager.yml': `
route: { receiver: hook, group_by: [alertname], group_wait: 100ms, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: '${hook.url}', send_resolved: true }] }]
`,
  });
  const server = await startServer([folder.dir]);
  closers.push(
    () => hook.close(),
    () => target.close(),
    () => folder.remove(),
    () => server.stop(),
  );
  return {
    server,
    target,
    hook,
    resolve: () => {
      isBad = 0;
    },
  };
}

async function points(server: RunningServer, selector: string): Promise<readonly Point[]> {
  type Answer = { readonly data: { readonly result: readonly { readonly values: readonly Point[] }[] } };
  const { data } = await server.api<Answer>('/api/v1/query', { query: `${selector}[10m]` });
  return data.result[0]?.values ?? [];
}

async function alerts(server: RunningServer): Promise<readonly Alert[]> {
  return (await server.api<{ readonly data: { readonly alerts: readonly Alert[] } }>('/api/v1/alerts')).data.alerts;
}

const activeAt = (all: readonly Alert[], alertname: string) => all.find(({ labels }) => labels.alertname === alertname)?.activeAt;

/** Ends the server's process by a signal and waits until another one is ready. */
async function kill(server: RunningServer, signal: NodeJS.Signals): Promise<{ readyMs: number; killedAtMs: number }> {
  const pid = serverPid(server.child.pid as number) as number;
  const killedAtMs = Date.now();
  process.kill(pid, signal);
  await until('the killed process is gone', () => !isAlive(pid), 10_000, 5);
  await untilReady(server.url, server);
  return { readyMs: Date.now() - killedAtMs, killedAtMs };
}

/** Keeps some queries running until stopped; how they end does not matter. */
function keepAsking(server: RunningServer): () => Promise<unknown> {
  let isStopped = false;
  const query = new URLSearchParams({ query: 'sum by (i) (avg_over_time(work_value[1m]))' });
  const ask = async () => {
    while (!isStopped) {
      const text = await fetch(`${server.url}/api/v1/query?${query}`, { signal: AbortSignal.timeout(10_000), headers: UNCOMPRESSED })
        .then((answer) => answer.text())
        .catch(() => '');
      if (text === '') await sleep(20);
    }
  };
  const asking = [ask(), ask()];
  return () => {
    isStopped = true;
    return Promise.all(asking);
  };
}

describe.skipIf(!hasProc)('a server that is killed while it works', () => {
  it(`is back ${KILLS} times with all samples and alerts, and tells nobody twice`, { timeout: 120_000 + KILLS * 30_000 }, async () => {
    const { server, target, hook, resolve } = await startWorking();
    closers.push(keepAsking(server));
    await until('Fires is delivered', () => hook.has('Fires', 'firing'));
    await until('StaysPending is pending', async () => activeAt(await alerts(server), 'StaysPending') !== undefined);
    const first = await alerts(server);
    const readyTimes: number[] = [];

    for (let round = 0; round < KILLS; round++) {
      await sleep(LIFE_MS + Math.random() * 500);
      const before = await Promise.all(
        ['work_value{i="0"}', `work_value{i="${SERIES - 1}"}`, 'work:sum', 'up'].map((one) => points(server, one)),
      );
      const { readyMs, killedAtMs } = await kill(server, SIGNALS[round % SIGNALS.length] ?? 'SIGKILL');
      readyTimes.push(readyMs);
      const after = await Promise.all(
        ['work_value{i="0"}', `work_value{i="${SERIES - 1}"}`, 'work:sum', 'up'].map((one) => points(server, one)),
      );
      before.forEach((seen, i) => {
        const settled = seen.filter(([seconds]) => seconds * 1000 < killedAtMs - IN_FLIGHT_MS);
        expect(settled.length).toBeGreaterThan(0);
        expect(after[i]?.slice(0, settled.length)).toEqual(settled);
        const times = after[i]?.map(([seconds]) => seconds) ?? [];
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      });
      // Scraped together, stored together; only what was scraped between the two questions may be in one answer alone.
      const together = Math.min(after[0]?.length ?? 0, after[1]?.length ?? 0);
      expect(after[0]?.slice(0, together)).toEqual(after[1]?.slice(0, together));
      for (const alertname of ['Fires', 'FiresLater', 'StaysPending'])
        expect(activeAt(await alerts(server), alertname), `${alertname}\n${server.output()}`).toBe(activeAt(first, alertname));
    }
    const pauses = isFull ? '' : ' and the pauses of the supervisor, 0 s, 1 s, 2 s';
    report(`ready again after ${readyTimes.map((ms) => `${ms} ms`).join(', ')} (goal 2000 ms${pauses})`);
    expect(Math.max(...readyTimes)).toBeLessThan(10_000);

    const scrapesSoFar = target.scrapes;
    await until('scraping goes on', () => target.scrapes > scrapesSoFar + 3);
    await until('FiresLater is delivered in spite of the kills', () => hook.has('FiresLater', 'firing'));
    expect(activeAt(await alerts(server), 'FiresLater')).toBe(activeAt(first, 'FiresLater'));
    await sleep(2_000);
    resolve();
    for (const alertname of ['Fires', 'FiresLater']) await until(`${alertname} is resolved`, () => hook.has(alertname, 'resolved'));
    const told = hook.messages.map(({ status, alerts: [alert] }) => `${alert?.labels.alertname} ${status}`).sort();
    expect(told).toEqual(['Fires firing', 'Fires resolved', 'FiresLater firing', 'FiresLater resolved']);
  });
});

describe.skipIf(!hasPrlimit)('a server that runs out of memory', () => {
  it('refuses the query or comes back with everything', { timeout: 180_000 }, async () => {
    const target = await startTarget((scrape) => Array.from({ length: 3_000 }, (_, i) => `big{i="${i}"} ${scrape * i}\n`).join(''));
    const folder = await makeFolder({
      'prometheus.yml': `
global: { scrape_interval: 500ms, scrape_timeout: 500ms }
scrape_configs: [{ job_name: big, static_configs: [{ targets: ['${target.address}'] }] }]
`,
    });
    const server = await startServer([folder.dir]);
    closers.push(
      () => target.close(),
      () => folder.remove(),
      () => server.stop(),
    );
    await until('some scrapes', () => target.scrapes > 15);
    const pid = serverPid(server.child.pid as number) as number;
    const before = await points(server, 'big{i="1"}');
    const limitedAtMs = Date.now();
    // Room for hardly more than it has: whoever asks for memory next, engine, worker or V8, does not get it.
    execFileSync('prlimit', ['--pid', String(pid), `--as=${processBytes(pid, 'VmSize') + 30_000_000}:`]);
    const answers = new Map<string, number>();
    for (let round = 0; round < 5 && isAlive(pid); round++)
      for (const answer of await Promise.all(Array.from({ length: 12 }, (_, i) => askMuch(server.url, round * 12 + i))))
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
    const hasDied = !isAlive(pid);
    report(
      `${hasDied ? 'the supervisor started it again' : 'it lived on'}; queries: ${[...answers].map(([answer, n]) => `${n} × ${answer}`).join('; ')}`,
    );
    if (!hasDied) execFileSync('prlimit', ['--pid', String(pid), '--as=unlimited:']);
    await untilReady(server.url, server);
    const settled = before.filter(([seconds]) => seconds * 1000 < limitedAtMs - IN_FLIGHT_MS);
    expect(settled.length).toBeGreaterThan(5);
    expect((await points(server, 'big{i="1"}')).slice(0, settled.length)).toEqual(settled);
    const scrapesSoFar = target.scrapes;
    await until('scraping goes on', () => target.scrapes > scrapesSoFar + 3);
    expect(await askMuch(server.url, 0)).toBe('success');
  });
});

/** A query that needs much memory; how it ended in a few words. */
async function askMuch(url: string, variant: number): Promise<string> {
  const end = Date.now() / 1000;
  const query = `max_over_time(rate(big[10s])[30s:1s]) + ${variant}`;
  const body = new URLSearchParams({ query, start: String(end - 60), end: String(end), step: '0.25', timeout: '20s' });
  try {
    const answer = await fetch(`${url}/api/v1/query_range`, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(30_000),
      headers: UNCOMPRESSED,
    });
    const { status, error } = (await answer.json()) as { readonly status: string; readonly error?: string };
    return error ?? status;
  } catch (error) {
    return error instanceof DOMException && error.name === 'TimeoutError' ? 'no answer in time' : 'the connection broke';
  }
}

describe.skipIf(!hasProc)('the supervisor', () => {
  it('stops with its server on SIGTERM', async () => {
    const server = await startServer([]);
    const pid = serverPid(server.child.pid as number) as number;
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(server.output()).toContain('stopped');
  });

  it('ends a server that does not listen any more', async () => {
    const server = await startServer([]);
    const pid = serverPid(server.child.pid as number) as number;
    // As native code that does not return: no signal handler runs.
    process.kill(pid, 'SIGSTOP');
    const status = await server.stop('SIGTERM');
    expect(isAlive(pid)).toBe(false);
    expect(status).toBe(128 + 9);
  });

  it('is missed: a server without it ends soon and frees the port', async () => {
    const server = await startServer([]);
    const pid = serverPid(server.child.pid as number) as number;
    await server.stop('SIGKILL');
    await until('the server ends, too', () => !isAlive(pid), 15_000);
    const next = await startServer([], { port: server.port });
    expect((await ownMetrics(next.url)).get('process_start_time_seconds')).toBeGreaterThan(0);
    await next.stop();
  });

  it('does not repeat a start that the configuration forbids', async () => {
    const folder = await makeFolder({ 'prometheus.yml': 'scrape_configs: [{ job: typo }]\n' });
    closers.push(() => folder.remove());
    const port = await freePort();
    const running = run(`${root}/server/bin/alidade`, ['up', folder.dir, '--listen', `127.0.0.1:${port}`, '--data', `${folder.dir}/data`]);
    const status = await new Promise((resolve) => running.child.once('close', resolve));
    expect(status).toBe(1);
    expect(running.output().match(/the configuration is not good/g)).toHaveLength(1);
    expect(running.output()).not.toContain('starting it again');
  });

  it('gives the signals of a user on: SIGHUP reloads, SIGINT stops', async () => {
    const folder = await makeFolder({ 'prometheus.yml': 'scrape_configs: []\n' });
    closers.push(() => folder.remove());
    const server = await startServer([folder.dir]);
    server.child.kill('SIGHUP');
    await until('the reload', () => server.output().includes('configuration loaded'));
    expect(await server.stop('SIGINT')).toBe(0);
  });
});
