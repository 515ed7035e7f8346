// What the reliability tests set up around a built server: configuration folders, scrape targets, and looks into its process.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Whether /proc tells of processes here: tests that kill or limit the server's own process need it. */
export const hasProc = existsSync('/proc/self/task');

/** A folder of files that a test may rewrite. */
export interface ConfigFolder {
  readonly dir: string;
  write(name: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** A new temporary folder with these files, by their path in it. */
export async function makeFolder(files: Readonly<Record<string, string>>): Promise<ConfigFolder> {
  const dir = await mkdtemp(join(tmpdir(), 'alidade-lab-'));
  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { dir, write, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** A scrape target of ours. */
export interface ScrapeTarget {
  /** `host:port`. */
  readonly address: string;
  readonly scrapes: number;
  close(): Promise<void>;
}

/** Serves what `render` returns, which is told how many scrapes there have been, this one included. */
export async function startTarget(render: (scrape: number) => string): Promise<ScrapeTarget> {
  let scrapes = 0;
  const server = createServer((_request, response) => {
    scrapes++;
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(render(scrapes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get scrapes() {
      return scrapes;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** The process of the server itself, a child of its supervisor; undefined while there is none. */
export function serverPid(supervisorPid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${supervisorPid}/task/${supervisorPid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    // The supervisor also runs `date` and `sleep`, and a child is a shell until it becomes node.
    return children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.endsWith('node'));
  } catch {
    return undefined;
  }
}

/** Whether a process with this id runs (a zombie does not). */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A size of /proc/PID/status in bytes: VmRSS, VmSize, VmData … */
export function processBytes(pid: number, field: string): number {
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Samples of the server's own /metrics, by their text before the value. */
export async function ownMetrics(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

/** Writes a figure of the run into the test's output. */
export function report(line: string): void {
  process.stdout.write(`    ${line}\n`);
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
