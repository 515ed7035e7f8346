// The files that a configuration was read from. They may lie anywhere: those in the configuration's folder keep their place in it.
import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Where a server keeps what. */
export interface Folders {
  /** '' without one. */
  readonly configDir: string;
  readonly dataDir: string;
}

/** A file of the settings: where it is, and where it goes in a backup. */
export interface SettingsFile {
  readonly source: string;
  /** Below `config/` or `config-elsewhere/`, or below `data/` what lies in the data directory (tokens). */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeNs: string;
}

const MAX_FILES = 10_000;
const MAX_DEPTH = 16;
const MAX_FILE_BYTES = 32 * 1024 * 1024;
const SETTINGS = /\.(ya?ml|json|tmpl|rules|rule|ts|mjs|js)$/;

/** The files that `watched` names: itself a file, or the settings in a folder. Sorted; larger ones than 32 MiB are left out. */
export async function settingsFiles(folders: Folders, watched: readonly string[]): Promise<SettingsFile[]> {
  const found = new Map<string, SettingsFile>();
  for (const one of watched) await addPath(folders, path.resolve(one), found, 0, true);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function addPath(folders: Folders, source: string, found: Map<string, SettingsFile>, depth: number, isNamed: boolean): Promise<void> {
  if (found.size >= MAX_FILES || found.has(source)) return;
  const info = await statOf(source);
  if (info?.isDirectory() && depth < MAX_DEPTH) {
    for (const entry of await readdir(source))
      if (!entry.startsWith('.') && entry !== 'node_modules') await addPath(folders, path.join(source, entry), found, depth + 1, false);
  } else if (info?.isFile() && info.size <= MAX_FILE_BYTES && (isNamed || SETTINGS.test(source))) {
    const { mtimeNs } = await lstat(source, { bigint: true });
    found.set(source, { source, path: placeOf(folders, source), sizeBytes: info.size, mtimeNs: `${mtimeNs}` });
  }
}

async function statOf(source: string): Promise<Stats | undefined> {
  // A watched file need not exist (yet).
  return stat(source).catch(() => undefined);
}

function placeOf({ configDir, dataDir }: Folders, source: string): string {
  // The data directory may lie in that of the configuration.
  for (const [root, folder] of [
    ['data', dataDir],
    ['config', configDir],
  ] as const) {
    const below = folder === '' ? '..' : path.relative(folder, source);
    const parts = below.split(path.sep);
    if (parts[0] !== '..' && !path.isAbsolute(below)) return `${root}/${parts.join('/')}`;
  }
  return `config-elsewhere/${source.split(path.sep).filter(Boolean).join('/')}`;
}
