// What the server does for a backup: it makes a copy of the store (hard links, so it costs next to nothing), and lets one client read its
// files one by one until the client is done or gone.
import { randomBytes } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { AppError, messageOf } from '../model/app-error.ts';
import type { Clock, Timer } from '../model/clock.ts';
import { backupError } from './errors.ts';
import { readTree } from './file-tree.ts';
import type { SettingsFile } from './settings-files.ts';

/** A file that can be fetched, and where it goes in the backup. */
export interface OfferedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeNs: string;
  /** Of settings: where it is on the server's machine. */
  readonly source?: string | undefined;
}

/** A backup that can be fetched. */
export interface Offer {
  readonly id: string;
  readonly atMs: number;
  readonly files: readonly OfferedFile[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

export interface BackupOffersDeps {
  readonly clock: Clock;
  readonly dataDir: string;
  /** Makes an empty folder a data directory with everything up to one moment. */
  readonly copyTo: (folder: string) => Promise<{ readonly atMs: number }>;
  readonly settings: () => Promise<readonly SettingsFile[]>;
  readonly warn: (message: string) => void;
}

const FOLDER = 'backing-up';
/** An offer that nobody has read from for so long is withdrawn. */
const IDLE_MS = 10 * 60_000;
/** While one was read from so recently, there is no other. */
const BUSY_MS = 60_000;

/** The one backup that is being fetched. */
export class BackupOffers {
  readonly #deps: BackupOffersDeps;
  #current: Offer | undefined;
  #byPath: ReadonlyMap<string, OfferedFile> = new Map();
  #usedMs = 0;
  /** Files that are being read. */
  readonly #open = new Set<ReadStream>();
  #timer: Timer | undefined;
  #making: Promise<Offer> | undefined;

  constructor(deps: BackupOffersDeps) {
    this.#deps = deps;
  }

  /** Removes what an earlier process has left, whose links would keep what is deleted on the disk. */
  async start(): Promise<void> {
    await this.#clear();
  }

  /** Makes a copy and offers it. Throws `backup.busy` while somebody fetches another, and what the store throws. */
  async create(): Promise<Offer> {
    const { clock } = this.#deps;
    const isUsed = this.#open.size > 0 || clock.nowMs() - this.#usedMs < BUSY_MS;
    const isBusy = this.#making !== undefined || (this.#current !== undefined && isUsed);
    if (isBusy) throw backupError('backup.busy', 'another backup of this server is under way; try again when it is done');
    this.#making = this.#make();
    try {
      return await this.#making;
    } finally {
      this.#making = undefined;
    }
  }

  async #make(): Promise<Offer> {
    const { copyTo, settings } = this.#deps;
    await this.#clear();
    const id = randomBytes(16).toString('hex');
    const folder = this.#folder(id);
    await mkdir(folder, { recursive: true });
    try {
      const { atMs } = await copyTo(folder);
      const data = await readTree(folder);
      const below = <T extends { path: string }>(one: T) => ({ ...one, path: `data/${one.path}` });
      const files = [...data.files.map(below), ...(await settings())];
      this.#byPath = new Map(files.map((file) => [file.path, file]));
      this.#current = { id, atMs, files, links: data.links.map(below) };
      this.#use();
      return this.#current;
    } catch (error) {
      await this.#clear();
      if (error instanceof AppError) throw error;
      throw backupError('backup.failed', `no copy of the data could be made: ${messageOf(error)}`, error);
    }
  }

  /** The content of one file. Throws `backup.not_found`, and `backup.secret` for settings where `maySeeSettings` is false. */
  read(id: string, name: string, maySeeSettings: boolean): { readonly sizeBytes: number; readonly content: Readable } {
    const offer = this.#offer(id);
    const file = this.#byPath.get(name);
    if (!file) throw backupError('backup.not_found', `there is no file "${name}" in this backup`);
    if (file.source !== undefined && !maySeeSettings)
      throw backupError('backup.secret', 'settings may hold secrets: they are given only to who has shown credentials');
    const content = createReadStream(file.source ?? path.join(this.#folder(id), name.slice('data/'.length)));
    this.#open.add(content);
    this.#use();
    content.once('close', () => {
      this.#open.delete(content);
      if (this.#current === offer) this.#use();
    });
    return { sizeBytes: file.sizeBytes, content };
  }

  /** Ends an offer; one that is not there (any more) is no error. */
  async drop(id: string): Promise<void> {
    if (this.#current?.id === id) await this.#clear();
  }

  async stop(): Promise<void> {
    await this.#making?.catch(() => undefined);
    await this.#clear();
  }

  #offer(id: string): Offer {
    if (this.#current?.id === id) return this.#current;
    throw backupError('backup.not_found', 'this backup is not offered any more; begin again');
  }

  #use(): void {
    const { clock, warn } = this.#deps;
    this.#usedMs = clock.nowMs();
    this.#timer?.cancel();
    const before = this.#openBytes();
    this.#timer = clock.after(IDLE_MS, () => {
      // A large file may take longer than anybody may be idle.
      if (this.#open.size > 0 && this.#openBytes() > before) this.#use();
      else this.#clear().catch((error: unknown) => warn(messageOf(error)));
    });
  }

  /** What was read so far of the files that are open. */
  #openBytes(): number {
    return [...this.#open].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  #folder(id: string): string {
    return path.join(this.#deps.dataDir, FOLDER, id);
  }

  /** Also what an earlier process has left. */
  async #clear(): Promise<void> {
    this.#timer?.cancel();
    this.#current = undefined;
    for (const content of this.#open) content.destroy();
    await rm(path.join(this.#deps.dataDir, FOLDER), { recursive: true, force: true });
  }
}
