import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../model/app-error.ts';
import type { Clock, Timer } from '../model/clock.ts';
import { formatProgress, type Progress, parseProgress } from './progress.ts';

/** What a killed process has delivered since is delivered twice. */
const WRITE_WITHIN_MS = 20;
const SUFFIX = '.json';

export interface ProgressFileDeps {
  readonly dir: string;
  /** Of the queue. */
  readonly key: string;
  readonly clock: Clock;
  readonly read: () => Progress;
  /** Called with the first failure, and with nothing once it is written again. */
  readonly onFailing: (message: string | undefined) => void;
}

/** Keeps the progress of one queue on disk. It need not be fsync'd: an older one means only that something is sent twice. */
export class ProgressFile {
  readonly #deps: ProgressFileDeps;
  readonly #file: string;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** The write that has not begun yet. */
  #next: Promise<void> | undefined;
  #isClosed = false;
  #isFailing = false;

  constructor(deps: ProgressFileDeps) {
    this.#deps = deps;
    this.#file = progressPath(deps.dir, deps.key);
  }

  /** To be called when there is progress. */
  changed(): void {
    if (!this.#isClosed) this.#timer ??= this.#deps.clock.after(WRITE_WITHIN_MS, () => void this.written());
  }

  /** Resolves when the progress as it is now is written; many who ask at once share a write. */
  written(): Promise<void> {
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#writing = this.#write();
      return this.#writing;
    });
    return this.#next;
  }

  /** Writes the last word. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.written();
  }

  async #write(): Promise<void> {
    try {
      await writeFile(`${this.#file}.new`, formatProgress(this.#deps.read()));
      await rename(`${this.#file}.new`, this.#file);
      if (this.#isFailing) this.#deps.onFailing(undefined);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#deps.onFailing(`"${this.#file}" cannot be written: ${messageOf(error)}`);
      this.#isFailing = true;
    }
  }
}

/** The progress of a queue as an earlier process left it; `unknown` when there is some that cannot be read. */
export async function readProgress(dir: string, key: string): Promise<Progress | 'unknown' | undefined> {
  try {
    return parseProgress(await readFile(progressPath(dir, key), 'utf8')) ?? 'unknown';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return 'unknown';
  }
}

/** Where the progress of a queue is kept. */
export function progressPath(dir: string, key: string): string {
  return path.join(dir, fileName(key));
}

/** Forgets all queues but these. */
export async function forgetOthers(dir: string, keys: readonly string[]): Promise<void> {
  const wanted = new Set(keys.map(fileName));
  const names = await readdir(dir).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  });
  for (const name of names) if (name.endsWith(SUFFIX) && !wanted.has(name)) await rm(path.join(dir, name), { force: true });
}

function fileName(key: string): string {
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}${SUFFIX}`;
}
