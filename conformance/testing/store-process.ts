// Runs store-writer.ts as a process.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { root } from './processes.ts';
import type { Signal, WriterMessage, WriterOptions } from './store-writer.ts';

type HeapMessage = Extract<WriterMessage, { heapBytes: number }>;

/** As server/bin/alidade sets them. */
const NODE_OPTIONS = ['--min-semi-space-size=4', '--max-semi-space-size=4'];
const ALLOCATOR = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

/** A writer that runs. */
export interface StoreProcess {
  readonly child: ChildProcess;
  /** The newest acknowledged batch of each signal. */
  readonly acked: ReadonlyMap<Signal, number>;
  /** What it told last about its memory. */
  memory(): HeapMessage | undefined;
  errors(): string;
  /** Kills it; resolves when it is gone and everything it wrote to its output has been read. */
  kill(): Promise<void>;
}

/** A bundle of the writer: Node 20 does not read TypeScript. Remove it when done. */
export async function bundleWriter(): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const folder = join(root, '.cache');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `store-writer-${process.pid}.mjs`);
  const entry = fileURLToPath(new URL('./store-writer.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    conditions: ['source'],
    logLevel: 'silent',
  });
  return { file, remove: () => rm(file, { force: true }) };
}

/** Starts a bundled writer. */
export function startWriter(file: string, options: WriterOptions): StoreProcess {
  const env = { ...process.env, ...ALLOCATOR };
  const child = spawn(process.execPath, [...NODE_OPTIONS, file, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const acked = new Map<Signal, number>();
  let memory: HeapMessage | undefined;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-10_000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    // The kill may cut the last line.
    if (!line.endsWith('}')) return;
    const message = JSON.parse(line) as WriterMessage;
    if ('acked' in message) acked.set(message.acked, message.batch);
    else memory = message;
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    acked,
    memory: () => memory,
    errors: () => errors,
    kill() {
      child.kill('SIGKILL');
      return closed;
    },
  };
}
