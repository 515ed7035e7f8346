// What `docker build` would send of the repository, by .dockerignore: the last pattern that matches a path or a folder above it decides.
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from './processes.ts';

interface Pattern {
  readonly isKept: boolean;
  readonly matches: (path: string) => boolean;
}

function patterns(): Pattern[] {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const isKept = line.startsWith('!');
    const glob = isKept ? line.slice(1) : line;
    const source = glob
      .split(/(\*\*\/|\*)/)
      .map((part) => ({ '**/': '(?:.*/)?', '*': '[^/]*' })[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'))
      .join('');
    const pattern = new RegExp(`^${source}(?:/.*)?$`);
    return { isKept, matches: (path) => pattern.test(path) };
  });
}

/** Paths of all files in the context, relative to the repository. */
export function buildContext(): string[] {
  const all = patterns();
  const isIgnored = (path: string) => all.findLast((pattern) => pattern.matches(path))?.isKept === false;
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // Nothing below these is ever named.
      if (entry.name === 'node_modules' || entry.name === '.git' || entry.name === 'dist') continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile() && !isIgnored(path)) found.push(path);
    }
  };
  visit('');
  return found;
}

/** What `COPY source target` does in a folder: a folder's contents, or a file; a target that ends with a slash is a folder. */
export function copyInto(source: string, folder: string, target: string, name: string): void {
  const isFolder = statSync(source).isDirectory();
  const place = !isFolder && /(^|\/)(\.?\/)$|\/$/.test(target) ? join(folder, target, basename(name)) : join(folder, target);
  mkdirSync(dirname(place), { recursive: true });
  cpSync(source, place, { recursive: true });
}
