// From a backup to a data directory. Everything is written beside its place first and checked on the way; only when all of it is good does it
// move there.
import { mkdir, open, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../model/app-error.ts';
import { backupError } from './errors.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import { type BackupRepository, isAlive } from './repository.ts';

/** Where a backup goes. */
export interface RestoreTarget {
  readonly dataDir: string;
  /** Folder for the settings; undefined leaves them out. */
  readonly configDir: string | undefined;
  /** Moves what is in the folders aside instead of refusing them. */
  readonly overwrites: boolean;
}

/** What a restore did. */
export interface Restored {
  readonly files: number;
  readonly bytes: number;
  /** Folders to which earlier contents were moved. */
  readonly movedAside: readonly string[];
  /** Settings that lay outside of the configuration folder, as `<folder>/elsewhere/<full path>`. */
  readonly elsewhere: number;
}

const STAGING = '.restoring';
const ASIDE = 'before-restore-of-';
const MAX_TOLD = 10;

/** Reads every object of a backup; throws `backup.damaged`, which names the files. */
export async function verifyBackup(repository: BackupRepository, manifest: Manifest): Promise<void> {
  const faults: string[] = [];
  for (const file of manifest.files) {
    try {
      for await (const _piece of repository.read(file)) if (faults.length > MAX_TOLD) break;
    } catch (error) {
      faults.push(messageOf(error));
    }
  }
  if (faults.length === 0) return;
  const more = faults.length > MAX_TOLD ? [`… and ${faults.length - MAX_TOLD} more`] : [];
  throw backupError(
    'backup.damaged',
    `the backup "${manifest.name}" is damaged; nothing was restored:\n  ${[...faults.slice(0, MAX_TOLD), ...more].join('\n  ')}`,
  );
}

/** Checks a backup and writes it to folders that are empty or do not exist. Throws `backup.damaged` and `backup.bad_target`. */
export async function restoreBackup(repository: BackupRepository, manifest: Manifest, target: RestoreTarget): Promise<Restored> {
  const folders = [target.dataDir, ...(target.configDir === undefined ? [] : [target.configDir])].map((folder) => path.resolve(folder));
  if (folders[0] === folders[1])
    throw backupError('backup.bad_target', `data and settings cannot both go to "${folders[0]}": name two folders`);
  // One of them may lie in the other: it is neither in the way there nor moved aside.
  const entriesOf = async (folder: string) => {
    const inside = folders.map((other) => path.relative(folder, other).split(path.sep)[0]);
    return (await foreignEntries(folder)).filter((entry) => !inside.includes(entry));
  };
  for (const folder of folders) checkFree(folder, await entriesOf(folder), target.overwrites);
  await checkUnused(target.dataDir);
  await verifyBackup(repository, manifest);
  const movedAside: string[] = [];
  try {
    const counts = await stage(repository, manifest, target);
    for (const folder of folders) {
      const aside = await makeRoom(folder, await entriesOf(folder), manifest.name);
      if (aside) movedAside.push(aside);
      for (const entry of await readdir(path.join(folder, STAGING)))
        await rename(path.join(folder, STAGING, entry), path.join(folder, entry));
    }
    return { ...counts, movedAside };
  } finally {
    for (const folder of folders) await rm(path.join(folder, STAGING), { recursive: true, force: true });
  }
}

function checkFree(folder: string, entries: readonly string[], overwrites: boolean): void {
  if (entries.length > 0 && !overwrites)
    throw backupError(
      'backup.bad_target',
      `"${folder}" is not empty (${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ', …' : ''}); name an empty folder, or move what is there aside with --overwrite while no server uses it`,
    );
}

/** Throws `backup.bad_target` when a server on this machine uses the data: the engine notes its process. */
async function checkUnused(dataDir: string): Promise<void> {
  const file = path.join(dataDir, 'engine', 'status');
  const [, pid] = /^PID: (\d+)$/m.exec(await readFile(file, 'utf8').catch(() => '')) ?? [];
  if (pid === undefined || !isAlive(Number(pid))) return;
  throw backupError('backup.bad_target', `a server uses "${dataDir}" (process ${pid}): stop it first; if that is none, remove "${file}"`);
}

async function foreignEntries(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw backupError('backup.bad_target', `"${folder}" cannot be used: ${error.message}`, error);
  });
  // A volume of its own may have this one.
  return entries.filter((entry) => entry !== STAGING && entry !== 'lost+found');
}

async function stage(repository: BackupRepository, manifest: Manifest, { dataDir, configDir }: RestoreTarget) {
  const placeOf = (name: string): string | undefined => {
    const [root, ...parts] = name.split('/');
    if (root === 'data') return path.join(dataDir, STAGING, ...parts);
    if (configDir === undefined) return undefined;
    return path.join(configDir, STAGING, ...(root === 'config-elsewhere' ? ['elsewhere'] : []), ...parts);
  };
  for (const folder of [dataDir, ...(configDir === undefined ? [] : [configDir])]) {
    await rm(path.join(folder, STAGING), { recursive: true, force: true });
    await mkdir(path.join(folder, STAGING), { recursive: true });
  }
  let [files, bytes, elsewhere] = [0, 0, 0];
  for (const file of manifest.files) {
    const place = placeOf(file.path);
    if (place === undefined) continue;
    await writeFileFrom(repository, file, place);
    files++;
    bytes += file.sizeBytes;
    if (file.path.startsWith('config-elsewhere/')) elsewhere++;
  }
  for (const { path: name, target } of manifest.links) {
    const place = placeOf(name);
    if (place === undefined) continue;
    await mkdir(path.dirname(place), { recursive: true });
    await symlink(target, place);
  }
  return { files, bytes, elsewhere };
}

async function writeFileFrom(repository: BackupRepository, file: ManifestFile, place: string): Promise<void> {
  await mkdir(path.dirname(place), { recursive: true });
  const output = await open(place, 'wx', /^data\/[^/]+\//.test(file.path) ? 0o640 : 0o600);
  try {
    for await (const piece of repository.read(file)) await output.writeFile(piece);
    await output.datasync();
  } finally {
    await output.close();
  }
}

/** Moves entries of a folder into a new folder in it; answers that, or undefined when there was nothing to move. */
async function makeRoom(folder: string, entries: readonly string[], backup: string): Promise<string | undefined> {
  const earlier = entries.filter((entry) => entry.startsWith(ASIDE));
  const moving = entries.filter((entry) => !entry.startsWith(ASIDE));
  if (moving.length === 0) return undefined;
  let name = `${ASIDE}${backup}`;
  for (let i = 2; earlier.includes(name); i++) name = `${ASIDE}${backup}-${i}`;
  const aside = path.join(folder, name);
  await mkdir(aside);
  for (const entry of moving) await rename(path.join(folder, entry), path.join(aside, entry));
  return aside;
}
