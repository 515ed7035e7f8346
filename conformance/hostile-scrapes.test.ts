// Targets that break what they promise, in front of Alidade and of a real Prometheus with the same file: the same targets are down, each with a
// reason, what is good of a bad target is stored alike, and the good target beside them is scraped on time.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { report } from './testing/lab.ts';
import { type RunningServer, startServer, until } from './testing/processes.ts';

const fixtures = fileURLToPath(new URL('../server/discovery/testing', import.meta.url));
const DAY_MS = 86_400_000;
const TEXT = { 'content-type': 'text/plain; version=0.0.4' };
const LONG = 'v'.repeat(10_000_000);
const binary = findPrometheus();

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const text =
  (body: string | Buffer): Answer =>
  (response) =>
    response.writeHead(200, TEXT).end(body);

interface Case {
  readonly answer: Answer;
  /** Settings of the job. */
  readonly job?: string;
  /** What Alidade's reason must hold; undefined: the target is up. */
  readonly reason?: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  good: { answer: text('case_value{of="good"} 1\n') },
  cut_off: {
    answer: (response) => {
      response.writeHead(200, { ...TEXT, 'content-length': '1000' });
      response.write('case_value{of="cut_off"} 1\n');
      setTimeout(() => response.destroy(), 20);
    },
    reason: /closed|ended|cut/i,
  },
  half_a_line: { answer: text('case_value{of="half_a_line"} 1\ncase_value{of="half'), reason: /line 2|expected|unterminated|end/i },
  too_large: {
    answer: text(`case_value 1\n${'# a comment\n'.repeat(10_000)}`),
    job: 'body_size_limit: 10KB',
    reason: /body.*limit|limit.*body/i,
  },
  zipped_bomb: {
    answer: (response) => response.writeHead(200, { ...TEXT, 'content-encoding': 'gzip' }).end('this is no gzip'),
    reason: /gzip|decompress/i,
  },
  long_value: { answer: text(`case_value{of="long_value",long="${LONG}"} 1\n`) },
  too_long_value: {
    answer: text(`case_value{long="${LONG}"} 1\n`),
    job: 'label_value_length_limit: 200',
    reason: /label_value_length_limit/,
  },
  too_many_labels: { answer: text('case_value{a="1",b="2",c="3",d="4"} 1\n'), job: 'label_limit: 3', reason: /label_limit/ },
  too_many_samples: { answer: text('case_a 1\ncase_b 1\ncase_c 1\n'), job: 'sample_limit: 2', reason: /sample_limit|sample limit/ },
  no_utf8: {
    answer: text(Buffer.concat([Buffer.from('case_value{of="'), Buffer.from([0xff, 0xfe]), Buffer.from('"} 1\n')])),
    reason: /UTF-8/i,
  },
  twice: { answer: text('case_value{of="twice"} 1\ncase_value{of="twice"} 2\n') },
  a_day_ahead: {
    answer: (response) =>
      response.writeHead(200, TEXT).end(`case_value{of="a_day_ahead"} 1 ${Date.now() + DAY_MS}\ncase_now{of="a_day_ahead"} 1\n`),
  },
  a_day_behind: {
    answer: (response) =>
      response.writeHead(200, TEXT).end(`case_value{of="a_day_behind"} 1 ${Date.now() - DAY_MS}\ncase_now{of="a_day_behind"} 1\n`),
  },
  slow: {
    answer: (response) => {
      response.writeHead(200, TEXT);
      const timer = setInterval(() => response.write('#'), 50);
      response.on('close', () => clearInterval(timer));
    },
    reason: /timeout|within|deadline/i,
  },
  silent: { answer: () => undefined, reason: /timeout|within|deadline/i },
  in_circles: { answer: (response, { url }) => response.writeHead(302, { location: url ?? '' }).end(), reason: /redirect/i },
  broken: { answer: (response) => response.writeHead(500).end('out of order'), reason: /500/ },
  a_page: {
    answer: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>not metrics</html>'),
    reason: /content.?type|text\/html|line 1/i,
  },
  wrong_name: { answer: text('case_value{of="wrong_name"} 1\n'), reason: /wrong\.test|name/i },
  no_http: { answer: () => undefined, reason: /HTTP|malformed|parse/i },
};

describe.skipIf(!binary)('hostile targets', () => {
  let folder: string;
  let server: RunningServer;
  let peer: PrometheusPeer;
  const closers: (() => void)[] = [];

  beforeAll(async () => {
    const answer = (request: IncomingMessage, response: ServerResponse) => CASES[(request.url ?? '').slice(1)]?.answer(response, request);
    const key = readFileSync(join(fixtures, 'api-server.key'));
    const cert = readFileSync(join(fixtures, 'api-server.crt'));
    const plain = createServer(answer);
    const secure = createSecureServer({ key, cert }, answer);
    const other = createSocketServer((socket) => socket.on('error', () => socket.destroy()).end('SSH-2.0-OpenSSH_9.2\r\n'));
    const ports: number[] = [];
    for (const one of [plain, secure, other]) {
      await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
      ports.push((one.address() as AddressInfo).port);
      closers.push(() => one.close());
    }
    closers.push(
      () => plain.closeAllConnections(),
      () => secure.closeAllConnections(),
    );
    const config = `global: { scrape_interval: 3s, scrape_timeout: 2500ms }
scrape_configs:
${Object.entries(CASES)
  .map(([name, { job = '' }]) => {
    const isSecure = name === 'wrong_name';
    const tls = isSecure ? `scheme: https, tls_config: {ca_file: '${fixtures}/api-server.crt', server_name: wrong.test}, ` : '';
    const port = isSecure ? ports[1] : name === 'no_http' ? ports[2] : ports[0];
    return `  - {job_name: ${name}, metrics_path: /${name}, ${tls}${job === '' ? '' : `${job}, `}static_configs: [{targets: ['127.0.0.1:${port}']}]}`;
  })
  .join('\n')}
`;
    folder = await mkdtemp(join(tmpdir(), 'alidade-hostile-'));
    await writeFile(join(folder, 'prometheus.yml'), config);
    [server, peer] = await Promise.all([startServer([folder, '--no-demo']), startPrometheus(binary as string, { config })]);
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await peer?.close();
    for (const close of closers.reverse()) close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  interface Target {
    readonly scrapePool: string;
    readonly health: string;
    readonly lastError: string;
  }
  const targetsOf = async (url: string): Promise<Map<string, Target>> => {
    const { data } = (await (await fetch(`${url}/api/v1/targets?state=active`)).json()) as { data: { activeTargets: Target[] } };
    return new Map(data.activeTargets.map((target) => [target.scrapePool, target]));
  };
  const hasAll = async (url: string) => {
    const targets = await targetsOf(url);
    return Object.keys(CASES).every((name) => targets.has(name) && targets.get(name)?.health !== 'unknown');
  };

  it('are down where they are down for Prometheus, each with its reason', { timeout: 60_000 }, async () => {
    await until('a scrape of every target', async () => (await hasAll(server.url)) && (await hasAll(peer.url)));
    const [ours, theirs] = [await targetsOf(server.url), await targetsOf(peer.url)];
    for (const [name, { lastError }] of ours) if (lastError !== '') report(`${name}: ${lastError.slice(0, 160)}`);
    const healthOf = (targets: Map<string, Target>) =>
      Object.fromEntries(Object.keys(CASES).map((name) => [name, targets.get(name)?.health]));
    expect(healthOf(ours)).toEqual(healthOf(theirs));
    for (const [name, { reason }] of Object.entries(CASES)) {
      const { health, lastError } = ours.get(name) as Target;
      expect({ name, health }).toEqual({ name, health: reason ? 'down' : 'up' });
      if (reason) expect(lastError, name).toMatch(reason);
      expect(lastError.length, name).toBeLessThan(2_000);
    }
  });

  it('leave what Prometheus keeps of them, and the good one is scraped beside them', { timeout: 60_000 }, async () => {
    const seen = async (url: string) => {
      const query = encodeURIComponent('count by (__name__, of, job) ({__name__=~"case_.*"})');
      const { data } = (await (await fetch(`${url}/api/v1/query?query=${query}`)).json()) as {
        data: { result: { metric: object; value: unknown[] }[] };
      };
      return data.result.map(({ metric, value }) => `${JSON.stringify(metric)} ${value[1]}`).sort();
    };
    await until('the good target in both', async () => {
      const both = [await seen(server.url), await seen(peer.url)];
      return both.every((lines) => lines.some((line) => line.includes('"good"')));
    });
    expect((await seen(server.url)).map((line) => line.slice(0, 200))).toEqual((await seen(peer.url)).map((line) => line.slice(0, 200)));
    const [up] = await server.query('min_over_time(up{job="good"}[1m])');
    expect(up?.value).toBe(1);
  });
});
