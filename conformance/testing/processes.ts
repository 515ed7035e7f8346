// Real processes for tests that span folders: the built server, the built example, a webhook receiver.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks `isDone` until it holds; throws with `what` after `timeoutMs`. */
export async function until(what: string, isDone: () => Promise<boolean> | boolean, timeoutMs = 30_000, everyMs = 100): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A process of the test with everything that it printed. */
export interface Running {
  readonly child: ChildProcess;
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a program; its output is kept for assertions and failure messages. */
export function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, isGroup = false): Running {
  // A group of its own: a signal reaches whatever the program started, as Ctrl-C in a terminal does.
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: isGroup });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    child,
    output: () => output,
    stop(signal = 'SIGTERM') {
      if (isGroup && child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
      else child.kill(signal);
      return ended;
    },
  };
}

/** A running `alidade up`. */
export interface RunningServer extends Running {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** GET or POST (with form fields) of the Prometheus API; the parsed answer. */
  api<T = unknown>(path: string, form?: Readonly<Record<string, string>>): Promise<T>;
  /** Values of an instant query by the label `by` ('' = the only series). */
  query(expr: string): Promise<readonly { metric: Readonly<Record<string, string>>; value: number }[]>;
}

interface ServerOptions {
  readonly port?: number;
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program that starts the server with the arguments that it gets; default: the server's own. */
  readonly command?: string;
}

/** A port that was free may be taken by another test before the server listens on it. */
const PORTS_TRIED = 3;

/** Starts the built server through its supervisor and waits until it is ready. The data directory is new unless given. */
export async function startServer(args: readonly string[], options: ServerOptions = {}): Promise<RunningServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'alidade-test-')));
  for (let tried = 1; ; tried++)
    try {
      return await startOn(options.port ?? (await freePort()), dataDir, args, options);
    } catch (error) {
      const isTaken = options.port === undefined && error instanceof Error && /port \d+ is taken/.test(error.message);
      if (!isTaken || tried === PORTS_TRIED) throw error;
    }
}

async function startOn(port: number, dataDir: string, args: readonly string[], options: ServerOptions): Promise<RunningServer> {
  // Servers of tests stand side by side: only one could have OTLP's own ports.
  const otlp = ['--otlp-http', '--otlp-grpc'].flatMap((option) => (args.includes(option) ? [] : [option, 'off']));
  const running = run(
    options.command ?? join(root, 'server/bin/alidade'),
    ['up', ...args, '--listen', `127.0.0.1:${port}`, '--data', dataDir, ...otlp],
    options.env ?? {},
  );
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, running);
  const api = async <T>(path: string, form?: Readonly<Record<string, string>>): Promise<T> => {
    const response = await fetch(url + path, form ? { method: 'POST', body: new URLSearchParams(form) } : {});
    return (await response.json()) as T;
  };
  return {
    ...running,
    url,
    port,
    dataDir,
    api,
    async query(expr) {
      type Answer = { data: { result: { metric: Record<string, string>; value: [number, string] }[] }; error?: string };
      const answer = await api<Answer>('/api/v1/query', { query: expr });
      if (!answer.data) throw new Error(`${expr}: ${answer.error}`);
      return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async stop(signal) {
      const code = await running.stop(signal);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

/** Waits until `/-/ready` answers 200; throws with the program's output when it ends before. */
export async function untilReady(url: string, running: Running, timeoutMs = 60_000): Promise<void> {
  await until(
    `${url}/-/ready`,
    async () => {
      if (running.child.exitCode !== null) throw new Error(`the server ended with status ${running.child.exitCode}:\n${running.output()}`);
      return fetch(`${url}/-/ready`).then(
        (answer) => answer.ok,
        () => false,
      );
    },
    timeoutMs,
    20,
  );
}

/** Starts the built prediction service. */
export async function startPredictionService(port = 5000): Promise<Running> {
  const running = run(process.execPath, [join(root, 'examples/prediction-api/dist/main.js')], { PORT: String(port) });
  await until(`prediction service on port ${port}:\n${running.output()}`, () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.ok,
      () => false,
    ),
  );
  return running;
}

/** An Alertmanager webhook message, as far as tests read it. */
export interface WebhookMessage {
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** A local webhook receiver that keeps what it gets. */
export interface WebhookReceiver {
  readonly url: string;
  readonly messages: readonly WebhookMessage[];
  /** Whether an alert of this name has been delivered in this state. */
  has(alertname: string, status: 'firing' | 'resolved'): boolean;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export async function startWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  const messages: WebhookMessage[] = [];
  const server = createServer(async (request, response) => {
    messages.push(JSON.parse(await readBody(request)) as WebhookMessage);
    response.end();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    messages,
    has: (alertname, status) =>
      messages.some((message) => message.alerts.some((alert) => alert.labels.alertname === alertname && alert.status === status)),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
