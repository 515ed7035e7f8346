// What a running server knows about its own health.
import { readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from '../config/config.ts';
import { formatProblem } from '../config/problem.ts';
import { messageOf } from '../model/app-error.ts';
import { bad, type Check, good, some } from './check.ts';

/** A target or rule, as far as its health goes. */
export interface Examined {
  readonly name: string;
  readonly isBad: boolean;
  readonly lastError: string;
}

/** What is looked at; each is asked when a check is made. */
export interface SelfCheckDeps {
  readonly dataDir: string;
  /** Of the tables in the data directory. */
  readonly schemaVersion: number;
  readonly nowMs: () => number;
  readonly configuration: () => { readonly succeeded: boolean; readonly problems: readonly Problem[] };
  readonly targets: () => readonly Examined[];
  readonly rules: () => readonly Examined[];
  /** Bytes that wait, and how many may. */
  readonly queues: () => Promise<
    readonly { readonly name: string; readonly bytes: number; readonly maxBytes: number; readonly cure: string }[]
  >;
  /** Time of the newest sample, -Infinity without one. */
  readonly newestSampleMs: () => number;
  readonly diskBytes: () => number;
  /** Ports that could not be opened, in words. */
  readonly closedPorts: () => readonly string[];
}

const LEAST_FREE_BYTES = 500_000_000;
const LEAST_FREE_SHARE = 0.02;
const LITTLE_FREE_SHARE = 0.1;
const NEARLY_FULL = 0.75;
const LEAST_FILES = 4_096;
const FUTURE_MS = 60_000;
const LEAST_NODE = [20, 19] as const;

/** All checks; never throws: what cannot be found out is a warning. */
export async function selfCheck(deps: SelfCheckDeps): Promise<Check[]> {
  const checks: [name: string, make: () => Promise<Check | Check[]> | Check | Check[]][] = [
    ['configuration', () => configuration(deps)],
    ['disk space', () => diskSpace(deps)],
    ['data directory', () => dataDirectory(deps)],
    ['targets', () => targets(deps)],
    ['rules', () => rules(deps)],
    ['queues', () => queues(deps)],
    ['clock', () => clock(deps)],
    ['ports', () => ports(deps)],
    ['file descriptors', () => fileDescriptors()],
    ['Node.js', () => nodeVersion(process.versions.node)],
  ];
  const found = await Promise.all(
    checks.map(async ([name, make]) => {
      try {
        return await make();
      } catch (error) {
        return bad(name, 'warning', `could not be found out: ${messageOf(error)}`, 'look into the log of the server');
      }
    }),
  );
  return found.flat();
}

function configuration(deps: SelfCheckDeps): Check {
  const { succeeded, problems } = deps.configuration();
  const errors = problems.filter(({ severity }) => severity === 'error').map((problem) => formatProblem(problem));
  if (!succeeded)
    return bad(
      'configuration',
      'failure',
      `the newest files are refused, the previous ones run on: ${some(errors)}`,
      'correct them: alidade check DIR lists all',
    );
  if (errors.length > 0) return bad('configuration', 'failure', some(errors), 'correct the files: alidade check DIR lists all');
  const warnings = problems.map((problem) => formatProblem(problem));
  if (warnings.length > 0) return bad('configuration', 'warning', some(warnings), 'read them: alidade check DIR lists all');
  return good('configuration', 'loaded, without a warning');
}

async function diskSpace({ dataDir }: SelfCheckDeps): Promise<Check> {
  const { bavail, blocks, bsize } = await statfs(dataDir);
  return judgeSpace(bavail * bsize, blocks * bsize, dataDir);
}

/** Judges the free space of a disk. */
export function judgeSpace(freeBytes: number, allBytes: number, folder: string): Check {
  const detail = `${gigabytes(freeBytes)} of ${gigabytes(allBytes)} are free for ${folder}`;
  const share = freeBytes / allBytes;
  const cure = 'keep less (retention by age or size, README "Keep less"), or give the folder a larger disk';
  if (freeBytes < LEAST_FREE_BYTES || share < LEAST_FREE_SHARE) return bad('disk space', 'failure', detail, cure);
  if (share < LITTLE_FREE_SHARE) return bad('disk space', 'warning', detail, cure);
  return good('disk space', detail);
}

async function dataDirectory({ dataDir, schemaVersion, diskBytes }: SelfCheckDeps): Promise<Check> {
  const probe = path.join(dataDir, '.doctor');
  try {
    await writeFile(probe, 'x');
    await rm(probe);
  } catch (error) {
    return bad(
      'data directory',
      'failure',
      `${dataDir} cannot be written: ${messageOf(error)}`,
      'let the user who runs the server write there',
    );
  }
  const bytes = diskBytes();
  return good(
    'data directory',
    `${dataDir} can be written, tables of version ${schemaVersion}${bytes >= 0 ? `, ${gigabytes(bytes)}` : ''}`,
  );
}

function targets(deps: SelfCheckDeps): Check {
  const all = deps.targets();
  const down = all.filter(({ isBad }) => isBad).map(({ name, lastError }) => `${name}: ${lastError}`);
  if (down.length === 0) return good('targets', `none of ${all.length} is down`);
  return bad(
    'targets',
    'failure',
    `${down.length} of ${all.length} are down: ${some(down)}`,
    'start what is named, or correct its address in prometheus.yml',
  );
}

function rules(deps: SelfCheckDeps): Check {
  const all = deps.rules();
  const failing = all.filter(({ isBad }) => isBad).map(({ name, lastError }) => `${name}: ${lastError}`);
  if (failing.length === 0) return good('rules', `none of ${all.length} fails`);
  return bad(
    'rules',
    'failure',
    `${failing.length} of ${all.length} fail: ${some(failing)}`,
    'correct their expressions in the rule files',
  );
}

async function queues(deps: SelfCheckDeps): Promise<Check[]> {
  return (await deps.queues()).map(({ name, bytes, maxBytes, cure }) => {
    const detail = `${megabytes(bytes)} of ${megabytes(maxBytes)} wait`;
    return bytes > maxBytes * NEARLY_FULL ? bad(name, bytes >= maxBytes ? 'failure' : 'warning', detail, cure) : good(name, detail);
  });
}

function clock({ nowMs, newestSampleMs }: SelfCheckDeps): Check {
  const aheadMs = newestSampleMs() - nowMs();
  if (aheadMs > FUTURE_MS)
    return bad(
      'clock',
      'warning',
      `the newest sample is ${Math.round(aheadMs / 1000)} s in the future`,
      'set this clock, or that of who sends it, by NTP',
    );
  return good('clock', new Date(nowMs()).toISOString());
}

function ports({ closedPorts }: SelfCheckDeps): Check {
  const closed = closedPorts();
  if (closed.length === 0) return good('ports', 'all are open');
  return bad(
    'ports',
    'warning',
    some(closed),
    'stop what uses the port, or turn ours off (--otlp-http off, --otlp-grpc off, no --compat-ports)',
  );
}

async function fileDescriptors(): Promise<Check> {
  if (process.platform !== 'linux') return good('file descriptors', `not looked at on ${process.platform}`);
  const [, limit = ''] = /^Max open files\s+(\S+)/m.exec(await readFile('/proc/self/limits', 'utf8')) ?? [];
  const most = limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
  const open = (await readdir('/proc/self/fd')).length;
  const detail = `${open} of ${limit} are open`;
  const cure = 'raise the limit: ulimit -n 65536, or LimitNOFILE= of the systemd unit';
  if (open > most * 0.9) return bad('file descriptors', 'failure', detail, cure);
  return most < LEAST_FILES ? bad('file descriptors', 'warning', detail, cure) : good('file descriptors', detail);
}

/** Judges the version of Node.js. */
export function nodeVersion(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  if (isNewEnough) return good('Node.js', version);
  return bad('Node.js', 'failure', `${version} is too old`, `install ${LEAST_NODE.join('.')} or newer`);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0)} GB`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
