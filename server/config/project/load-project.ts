import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Project } from '@alidade/sdk/code';
import { systemClock } from '../../model/clock.ts';
import type { Problem } from '../config.ts';
import { describeFault } from './fault.ts';
import type { ProjectAnswer, ProjectRequest } from './worker.ts';

const LOAD_WITHIN_MS = 30_000;
const MAX_MEMORY_MB = 512;

const isBuilt = !import.meta.url.endsWith('.ts');

/** A project file after it ran. */
export interface LoadedProject {
  readonly file: string;
  /** Absent when there are problems. */
  readonly project?: Project;
  readonly problems: readonly Problem[];
  /** The file and all files that it imports, packages aside. */
  readonly files: readonly string[];
}

/** Runs a `*.alidade.ts` file in a thread of its own and answers its project. Never throws for what the file does. */
export async function loadProject(file: string): Promise<LoadedProject> {
  const sdk = sdkFolder();
  // From sources the SDK has to be translated too, which takes longest.
  const answer = await runFile({ file, alias: sdkEntries(sdk), cache: !isBuilt });
  const files = [...new Set([file, ...answer.files.filter((path) => isAbsolute(path) && !path.startsWith(sdk))])].sort();
  const fail = (problem: Problem): LoadedProject => ({ file, problems: [problem], files });
  if ('error' in answer) return fail(describeFault(file, answer.error, files));
  const exported: unknown = answer.json === '' ? undefined : JSON.parse(answer.json);
  if (isProject(exported)) return { file, project: exported, problems: [], files };
  const message =
    exported === undefined
      ? 'exports nothing by default; write: export default defineProject({ … })'
      : 'its default export is no project; make it with defineProject({ … }) of @alidade/sdk/code';
  return fail({ severity: 'error', file, line: 0, path: '', message });
}

async function runFile(request: ProjectRequest): Promise<ProjectAnswer> {
  const code = isBuilt ? new URL('./project-worker.js', import.meta.url) : await workerFromSource();
  const worker = new Worker(code, {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    eval: !isBuilt,
  });
  return new Promise((resolve) => {
    const end = (answer: ProjectAnswer) => {
      timer.cancel();
      resolve(answer);
      void worker.terminate();
    };
    const fail = (message: string) => end({ error: { message, stack: '' }, files: [] });
    const timer = systemClock.after(LOAD_WITHIN_MS, () =>
      fail(`did not finish within ${LOAD_WITHIN_MS / 1000} s; is there a loop without end?`),
    );
    worker.once('message', end);
    // Nobody waited for a promise that failed, or the thread has no memory left, which has no place in the file.
    worker.once('error', ({ message, stack = '' }: Error) =>
      end({ error: { message, stack: stack.includes(request.file) ? stack : '' }, files: [] }),
    );
    worker.once('exit', () => fail('ended the thread that reads it; a project file must not call process.exit'));
  });
}

/** The text of the worker when the server runs from its sources, because Node 20 does not read TypeScript. */
async function workerFromSource(): Promise<string> {
  // Not a literal, so that bundlers leave this development dependency out.
  const bundler = 'esbuild';
  const { transform } = (await import(bundler)) as typeof import('esbuild');
  const source = readFileSync(new URL('./worker.ts', import.meta.url), 'utf8');
  return (await transform(source, { loader: 'ts', format: 'cjs', target: 'node20' })).code;
}

/** The SDK that belongs to this server, so that a project needs nothing installed beside it. */
function sdkFolder(): string {
  if (!isBuilt) return fileURLToPath(new URL('../../../sdk', import.meta.url));
  return join(dirname(createRequire(import.meta.url).resolve('@alidade/sdk/code')), '../..');
}

/** Names of the SDK's entries → their files. */
function sdkEntries(folder: string): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly source?: string; readonly default?: string }>>;
  };
  const entries = Object.entries(manifest.exports).flatMap(([name, { source, default: built }]) => {
    const target = isBuilt ? built : source;
    return target === undefined ? [] : [[`@alidade/sdk${name.slice(1)}`, join(folder, target)] as const];
  });
  return Object.fromEntries(entries);
}

function isProject(value: unknown): value is Project {
  if (typeof value !== 'object' || value === null) return false;
  const { name, dashboards, ruleGroups, slos, datasources } = value as Record<string, unknown>;
  return typeof name === 'string' && [dashboards, ruleGroups, slos, datasources].every(Array.isArray);
}
