// A folder of backups:
//   backups/<name>.manifest    what a backup consists of (manifest.ts)
//   objects/ab/<sha256>        the content of files, once, however many backups have it
//   lock                       who is writing here
// An object is written under another name, synced and renamed, and a manifest comes after its objects: what breaks off leaves nothing that
// looks whole.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { messageOf } from '../model/app-error.ts';
import { backupError } from './errors.ts';
import { checkPaths, formatManifest, type Manifest, type ManifestFile, parseManifest } from './manifest.ts';

const SUFFIX = '.manifest';
const UNFINISHED = '.unfinished-';
/** What lies in a folder of backups; a disk of its own may have the last. */
const OWN: ReadonlySet<string> = new Set(['backups', 'objects', 'lock', 'lost+found']);
const PREFIX = /^[0-9a-f]{2}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** What became of a content that was stored. */
export interface StoredObject {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whether it was there before. */
  readonly wasThere: boolean;
}

/** Backups in one folder. */
export class BackupRepository {
  readonly dir: string;
  /** Folders of objects that have new ones since the last manifest. */
  readonly #changed = new Set<string>();

  constructor(dir: string) {
    this.dir = path.resolve(dir);
  }

  /** Makes the folder one of backups and keeps others from writing to it. Throws `backup.bad_target`. Resolves to what ends that. */
  async lock(): Promise<() => Promise<void>> {
    await mkdir(this.dir, { recursive: true });
    const entries = await readdir(this.dir);
    const isOurs = entries.every((entry) => OWN.has(entry));
    if (!isOurs) throw backupError('backup.bad_target', `"${this.dir}" holds something else than backups: name an empty folder`);
    const lockFile = path.join(this.dir, 'lock');
    await takeLock(lockFile);
    await mkdir(path.join(this.dir, 'backups'), { recursive: true });
    await mkdir(path.join(this.dir, 'objects'), { recursive: true });
    for (const folder of ['objects', 'backups'])
      for (const entry of await readdir(path.join(this.dir, folder)))
        if (entry.includes(UNFINISHED)) await rm(path.join(this.dir, folder, entry), { force: true });
    return () => rm(lockFile, { force: true });
  }

  /** Names of the backups, oldest first. Throws `backup.not_found` where there is no folder of backups. */
  async names(): Promise<string[]> {
    const entries = await readdir(path.join(this.dir, 'backups')).catch((cause: unknown) => {
      throw backupError('backup.not_found', `"${this.dir}" is no folder of backups: ${messageOf(cause)}`, cause);
    });
    return entries
      .filter((entry) => entry.endsWith(SUFFIX))
      .map((entry) => entry.slice(0, -SUFFIX.length))
      .sort();
  }

  /** Throws `backup.not_found` and `backup.damaged`. */
  async manifest(name: string): Promise<Manifest> {
    const file = this.manifestFile(name);
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw backupError('backup.not_found', `there is no backup "${name}" in "${this.dir}": ${messageOf(cause)}`, cause);
    });
    return parseManifest(text, file);
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    checkPaths(manifest);
    // After a power cut, too, what it names must be there.
    for (const folder of [...this.#changed, path.join(this.dir, 'objects')]) await syncFolder(folder);
    this.#changed.clear();
    await writeSynced(this.manifestFile(manifest.name), formatManifest(manifest));
  }

  manifestFile(name: string): string {
    return path.join(this.dir, 'backups', `${path.basename(name)}${SUFFIX}`);
  }

  objectFile(sha256: string): string {
    return path.join(this.dir, 'objects', sha256.slice(0, 2), sha256);
  }

  /** Whether the object is there with that size; whether it is whole only `check` tells. */
  async has({ sha256, sizeBytes }: Pick<ManifestFile, 'sha256' | 'sizeBytes'>): Promise<boolean> {
    return stat(this.objectFile(sha256)).then(
      (found) => found.size === sizeBytes,
      () => false,
    );
  }

  /** Stores a content under its SHA-256. */
  async put(content: AsyncIterable<Uint8Array>): Promise<StoredObject> {
    const unfinished = path.join(this.dir, 'objects', `${UNFINISHED}${randomUUID()}`);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const file = await open(unfinished, 'wx', 0o600);
    try {
      for await (const piece of content) {
        hash.update(piece);
        sizeBytes += piece.length;
        await file.writeFile(piece);
      }
      await file.datasync();
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    const sha256 = hash.digest('hex');
    const wasThere = await this.has({ sha256, sizeBytes });
    const target = this.objectFile(sha256);
    await mkdir(path.dirname(target), { recursive: true });
    // Also over one that is there: only of this one it is known that it is whole.
    await rename(unfinished, target);
    this.#changed.add(path.dirname(target));
    return { sha256, sizeBytes, wasThere };
  }

  /** Removes all but the newest `keep` backups, and objects that none has any more; answers how many of each. Damaged manifests stop it. */
  async prune(keep: number): Promise<{ backups: number; objects: number }> {
    const names = await this.names();
    const gone = names.slice(0, Math.max(0, names.length - keep));
    const wanted = new Set<string>();
    // Read before anything goes: an object whose backup cannot be read must stay.
    for (const name of names.slice(gone.length)) for (const { sha256 } of (await this.manifest(name)).files) wanted.add(sha256);
    for (const name of gone) await rm(this.manifestFile(name));
    let objects = 0;
    for (const prefix of (await readdir(path.join(this.dir, 'objects'))).filter((entry) => PREFIX.test(entry)))
      for (const sha256 of await readdir(path.join(this.dir, 'objects', prefix)))
        if (SHA256.test(sha256) && !wanted.has(sha256)) {
          await rm(path.join(this.dir, 'objects', prefix, sha256));
          objects++;
        }
    return { backups: gone.length, objects };
  }

  /** Reads an object piece by piece and throws `backup.damaged` when, in the end, it is not what its file should be. */
  async *read({ path: name, sha256, sizeBytes }: ManifestFile): AsyncGenerator<Buffer> {
    const object = this.objectFile(sha256);
    const damaged = (why: string, cause?: unknown) => backupError('backup.damaged', `"${object}", the content of ${name}, ${why}`, cause);
    const hash = createHash('sha256');
    let read = 0;
    try {
      for await (const piece of createReadStream(object, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        hash.update(piece);
        read += piece.length;
        yield piece;
      }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw damaged('is missing', cause);
      throw damaged(`cannot be read: ${messageOf(cause)}`, cause);
    }
    if (read !== sizeBytes) throw damaged(`has ${read} bytes instead of ${sizeBytes}`);
    const found = hash.digest('hex');
    if (found !== sha256) throw damaged(`is not what was stored: its SHA-256 is ${found}`);
  }
}

/** Writes a file whole or not at all. */
async function writeSynced(target: string, text: string): Promise<void> {
  const unfinished = `${target}${UNFINISHED}${randomUUID()}`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(unfinished, target);
  await syncFolder(path.dirname(target));
}

async function syncFolder(name: string): Promise<void> {
  const folder = await open(name, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A lock of a process of this machine that has ended is nobody's. */
async function takeLock(file: string): Promise<void> {
  const own = JSON.stringify({ host: hostname(), pid: process.pid });
  for (let attempt = 0; ; attempt++) {
    try {
      const lock = await open(file, 'wx', 0o600);
      await lock.writeFile(own);
      await lock.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = await readFile(file, 'utf8').catch(() => '');
    if (attempt > 2 || !isLeftBehind(text))
      throw backupError('backup.bad_target', `another backup is being written (${text}); if none is, remove "${file}"`);
    await rm(file, { force: true });
  }
}

function isLeftBehind(text: string): boolean {
  const [, host, pid] = /"host":"([^"]*)","pid":(\d+)/.exec(text) ?? [];
  return host === hostname() && pid !== undefined && !isAlive(Number(pid));
}

/** Whether this machine has such a process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
