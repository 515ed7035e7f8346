import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generatedFrom } from '../config/project/project-text.ts';
import type { GeneratedFile } from './project-files.ts';

/** What is to be done to a file so that it is as generated. */
export interface Change {
  readonly path: string;
  /** `foreign`: somebody else wrote it, it is left alone; `leftover`: it was generated once and is no more. */
  readonly kind: 'missing' | 'different' | 'foreign' | 'leftover';
}

/** Folders below which every file of a kind is generated, so that one too many is noticed. */
const DASHBOARDS = /^grafana\/dashboards\/[^/]+\//;

/** How the files below `out` differ from what is generated, by path. */
export async function compareFiles(files: readonly GeneratedFile[], out: string): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { path, text } of files) {
    const there = await textOf(join(out, path));
    if (there === undefined) changes.push({ path, kind: 'missing' });
    else if (there !== text) changes.push({ path, kind: isForeign(path, there) ? 'foreign' : 'different' });
  }
  for (const path of await leftovers(files, out)) changes.push({ path, kind: 'leftover' });
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Writes what differs and removes what is left over, unless something there is foreign: then nothing is touched. Answers the changes. */
export async function writeFiles(files: readonly GeneratedFile[], out: string): Promise<Change[]> {
  const changes = await compareFiles(files, out);
  if (changes.some(({ kind }) => kind === 'foreign')) return changes;
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  for (const { path } of changes) {
    const text = texts.get(path);
    if (text === undefined) await rm(join(out, path));
    else {
      await mkdir(dirname(join(out, path)), { recursive: true });
      await writeFile(join(out, path), text);
    }
  }
  return changes;
}

/** YAML says where it comes from; JSON cannot. */
function isForeign(path: string, text: string): boolean {
  return !path.endsWith('.json') && generatedFrom(text) === '';
}

async function leftovers(files: readonly GeneratedFile[], out: string): Promise<string[]> {
  const known = new Set(files.map(({ path }) => path));
  const folders = new Set(files.flatMap(({ path }) => DASHBOARDS.exec(path)?.[0] ?? []));
  const found: string[] = [];
  for (const folder of folders) {
    const names = await readdir(join(out, folder)).catch((): string[] => []);
    found.push(...names.filter((name) => name.endsWith('.json') && !known.has(folder + name)).map((name) => folder + name));
  }
  return found;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
