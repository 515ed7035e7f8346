// A manifest says which files a backup consists of. Two lines: JSON, and the SHA-256 of that line, so that a manifest that was cut off or
// changed is told from a good one.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../model/app-error.ts';
import { backupError } from './errors.ts';

/** Below these a backup keeps its files: the data directory, the configuration folder, and settings from elsewhere by their full path. */
export const ROOTS = ['data', 'config', 'config-elsewhere'] as const;

const FORMAT = 1;
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const relativePath = z.string().refine(isSafePath, 'not a path below data/, config/ or config-elsewhere/');

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  name: z.string(),
  /** The moment that the backup shows. */
  atMs: z.number(),
  /** Of the Alidade that was backed up. */
  version: z.string(),
  files: z.array(z.object({ path: relativePath, sizeBytes: z.number().int().nonnegative(), mtimeNs: z.string(), sha256 })),
  /** Symbolic links, whose targets lie below the same root. */
  links: z.array(z.object({ path: relativePath, target: z.string() })),
});

/** What a backup consists of. */
export type Manifest = Readonly<z.output<typeof manifestSchema>>;

/** One file of it; its content is the object of that SHA-256. */
export type ManifestFile = Manifest['files'][number];

export function formatManifest(manifest: Manifest): string {
  const line = JSON.stringify(manifest);
  return `${line}\n${digest(line)}\n`;
}

/** Reads a manifest. Throws `backup.damaged`, which names `file`, when it is not whole. */
export function parseManifest(text: string, file: string): Manifest {
  const [line = '', checksum = '', rest] = text.split('\n');
  const fault = (why: string, cause?: unknown) => backupError('backup.damaged', `"${file}" is damaged: ${why}. Use another backup`, cause);
  if (rest !== '' || checksum.length !== 64) throw fault(`it ends after ${Buffer.byteLength(text)} bytes, before its checksum`);
  if (digest(line) !== checksum) throw fault('its SHA-256 is not the one at its end');
  try {
    const manifest = manifestSchema.parse(JSON.parse(line));
    checkPaths(manifest);
    return manifest;
  } catch (error) {
    throw fault(`it is not a manifest of format ${FORMAT}: ${messageOf(error)}`, error);
  }
}

/** Throws an Error for paths that leave their root, that are there twice, or that lie below a file or a link. */
export function checkPaths({ files, links }: Pick<Manifest, 'files' | 'links'>): void {
  const linked = new Set(links.map(({ path }) => path));
  const taken = new Set(linked);
  const all = [...files, ...links].map(({ path }) => path);
  for (const { path } of files) taken.add(path);
  if (taken.size < all.length) throw new Error('a path is there twice');
  for (const path of all) {
    if (!isSafePath(path)) throw new Error(`"${path}" is not a path below ${ROOTS.join('/, ')}/`);
    for (const above of foldersOf(path)) if (taken.has(above)) throw new Error(`"${path}" lies below "${above}", which is no folder`);
  }
  for (const { path, target } of links)
    if (!isSafeLink(path, target, linked)) throw new Error(`the link "${path}" leads to "${target}", outside of the backup`);
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, i) => parts.slice(0, i + 1).join('/'));
}

/** Whether a path stays below one of the roots. */
export function isSafePath(path: string): boolean {
  const [root, ...parts] = path.split('/');
  return ROOTS.some((one) => one === root) && parts.length > 0 && parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Whether a link below a root leads to a place below the same root, and not by way of another link, which may lead anywhere. */
function isSafeLink(path: string, target: string, linked: ReadonlySet<string>): boolean {
  if (target === '' || target.startsWith('/')) return false;
  const at = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (linked.has(at.join('/'))) return false;
    if (part === '..') at.pop();
    else if (part !== '.' && part !== '') at.push(part);
    if (at.length === 0) return false;
  }
  return at[0] === path.split('/')[0];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
