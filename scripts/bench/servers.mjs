// The programs that are measured: found, started on loopback on folders of their own, paused while it is another's turn, stopped.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { root } from '../install.mjs';
import { childOf, diskBytes, usage } from './usage.mjs';

const READY_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 60_000;
const PEERS = join(root, '.cache/peers');

/** Version in the changelog of an unpacked Debian package. */
function debianVersion(folder, name) {
  const file = join(PEERS, folder, 'usr/share/doc', name, 'changelog.Debian.gz');
  const text = existsSync(file) ? gunzipSync(readFileSync(file)).toString() : '';
  return /\(([\d.]+)/.exec(text)?.[1] ?? '';
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return '';
  }
}

/** What can be measured. `hasResultCache`: a query asked again may be answered from its last answer. */
const PROGRAMS = [
  {
    id: 'alidade',
    name: 'Alidade',
    file: join(root, 'server/bin/alidade'),
    version: commit,
    readyPath: '/-/ready',
    hasResultCache: true,
    args: ({ data, address, config }) => [
      'up',
      ...(config ? [config.folder] : []),
      ...['--data', data, '--listen', address, '--retention', '0', '--no-demo', '--otlp-http', 'off', '--log-level', 'warn'],
    ],
  },
  {
    id: 'prometheus',
    name: 'Prometheus',
    file: join(PEERS, 'prometheus-3/usr/bin/prometheus'),
    version: () => debianVersion('prometheus-3', 'prometheus'),
    readyPath: '/-/ready',
    hasResultCache: false,
    args: ({ data, address, config, settings }) => [
      `--config.file=${config?.file ?? settings}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      '--web.enable-remote-write-receiver',
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
  },
  {
    id: 'victoriametrics',
    name: 'VictoriaMetrics',
    file: join(PEERS, 'victoria-metrics/usr/bin/victoria-metrics'),
    version: () => debianVersion('victoria-metrics', 'victoria-metrics'),
    readyPath: '/health',
    hasResultCache: true,
    args: ({ data, address, config }) => [
      `-storageDataPath=${data}`,
      '-retentionPeriod=100y',
      `-httpListenAddr=${address}`,
      '-loggerLevel=ERROR',
      ...(config ? [`-promscrape.config=${config.file}`] : []),
    ],
  },
];

/** The programs that are there, and a line for each that is not. */
export function findPrograms({ alidade, withPeers }) {
  const wanted = PROGRAMS.map((program) =>
    program.id === 'alidade' && alidade ? { ...program, file: alidade, version: () => '' } : program,
  );
  const leftOut = [];
  const programs = wanted.filter(({ id, name, file }) => {
    if (id === 'alidade') return true;
    if (withPeers && existsSync(file)) return true;
    leftOut.push(`${name}: left out (${withPeers ? `${file} is not there; \`node scripts/peers.mjs\` fetches it` : '--without-peers'})`);
    return false;
  });
  return { programs: programs.map((program) => ({ ...program, release: program.version() })), leftOut };
}

/** Ports that are free now. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isReady(url) {
  return new Promise((resolve) => {
    const call = get(url, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    });
    call.on('error', () => resolve(false));
  });
}

/** Everything that runs now, each with `kill()`: ended when the bench ends for whatever reason. */
export const running = new Set();

/** Ends all at once and at once. */
export function killAll() {
  for (const server of running) server.kill();
}

/** Starts a program on a data folder and waits until it is ready. `scrape`: text of a prometheus.yml to work by. */
export async function startServer(program, folder, scrape) {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const settings = join(folder, 'settings.yml');
  writeFileSync(settings, 'global: {}\nstorage: { tsdb: { out_of_order_time_window: 1h } }\n');
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const startedAt = performance.now();
  const args = program.args({ data, address, settings, config: scrape && writeConfig(folder, scrape) });
  const child = spawn(program.file, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-4_000)));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.once('error', (error) => (log += error.message));
  const pid = () => (program.id === 'alidade' ? childOf(child.pid) : child.pid);
  const server = {
    program,
    url,
    data,
    readyMs: 0,
    log: () => log,
    get pid() {
      return pid();
    },
    usage: () => usage(pid()),
    pause: () => process.kill(pid(), 'SIGSTOP'),
    resume: () => process.kill(pid(), 'SIGCONT'),
    kill() {
      if (isOver()) return;
      const inner = pid();
      child.kill('SIGKILL');
      if (inner !== child.pid) process.kill(inner, 'SIGKILL');
    },
    async stop() {
      if (!isOver()) server.resume();
      child.kill('SIGTERM');
      const timer = setTimeout(() => server.kill(), STOPPED_WITHIN_MS);
      await ended;
      clearTimeout(timer);
      running.delete(server);
    },
  };
  running.add(server);
  while (!(await isReady(url + program.readyPath))) {
    if (isOver() || performance.now() - startedAt > READY_WITHIN_MS) {
      server.kill();
      throw new Error(`${program.name} did not get ready: ${log}`);
    }
    await sleep(2);
  }
  server.readyMs = performance.now() - startedAt;
  return server;
}

function writeConfig(folder, text) {
  const config = { folder: join(folder, 'config'), file: join(folder, 'config', 'prometheus.yml') };
  mkdirSync(config.folder, { recursive: true });
  writeFileSync(config.file, text);
  return config;
}

/** Waits until the data folder has kept its size for `seconds` (merges, compactions), or for ten times as long; its bytes. */
export async function settle(server, seconds) {
  let bytes = diskBytes(server.data);
  let steadySince = performance.now();
  const deadline = steadySince + 10_000 * seconds;
  while (performance.now() - steadySince < seconds * 1000 && performance.now() < deadline) {
    await sleep(250);
    const now = diskBytes(server.data);
    if (now !== bytes) steadySince = performance.now();
    bytes = now;
  }
  return bytes;
}
