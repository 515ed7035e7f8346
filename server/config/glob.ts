import { readdir, stat } from 'node:fs/promises';
import { dirname, join, parse, sep } from 'node:path';

const MAGIC = /[*?[\\]/;

/** The existing files that a pattern in the notation of Go's `filepath.Glob` names, sorted; a pattern without wildcards names itself. */
export async function expandGlob(pattern: string): Promise<string[]> {
  if (!MAGIC.test(pattern)) return (await exists(pattern)) ? [pattern] : [];
  const { root } = parse(pattern);
  let folders = [root === '' ? '.' : root];
  const parts = pattern
    .slice(root.length)
    .split(sep)
    .filter((part) => part !== '');
  for (const part of parts) {
    const next = await Promise.all(folders.map((folder) => matchesIn(folder, part)));
    folders = next.flat();
  }
  return folders.map((path) => (root === '' ? path.replace(/^\.\//, '') : path)).sort();
}

/** The folder in which a pattern's matches come and go: what has to be watched. */
export function folderOfGlob(pattern: string): string {
  let folder = dirname(pattern);
  while (MAGIC.test(folder)) folder = dirname(folder);
  return folder;
}

/** Whether `name` matches one element of a pattern: `*`, `?`, `[a-z]`, `[^a-z]`, `\` quotes. */
export function matchGlob(pattern: string, name: string): boolean {
  const tokens = tokenize(pattern);
  // Positions in the pattern that are reachable after each character: no backtracking, whatever the pattern.
  let reachable = skipStars(tokens, new Set([0]));
  for (const character of name) {
    const next = new Set<number>();
    for (const at of reachable) {
      const token = tokens[at];
      if (token === '*') next.add(at);
      else if (token?.(character)) next.add(at + 1);
    }
    reachable = skipStars(tokens, next);
  }
  return reachable.has(tokens.length);
}

type Token = '*' | ((character: string) => boolean);

function skipStars(tokens: readonly Token[], positions: Set<number>): Set<number> {
  for (const at of positions) if (tokens[at] === '*') positions.add(at + 1);
  return positions;
}

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    const close = character === '[' ? characters.indexOf(']', i + 2) : -1;
    if (character === '*') tokens.push('*');
    else if (character === '?') tokens.push(() => true);
    else if (close > 0) {
      tokens.push(characterClass(characters.slice(i + 1, close)));
      i = close;
    } else {
      const literal = character === '\\' && i + 1 < characters.length ? (characters[++i] as string) : character;
      tokens.push((other) => other === literal);
    }
  }
  return tokens;
}

function characterClass(body: readonly string[]): Token {
  const isNegated = body[0] === '^';
  const items = isNegated ? body.slice(1) : body;
  const ranges: [low: string, high: string][] = [];
  for (let i = 0; i < items.length; i++) {
    const low = items[i] as string;
    const isRange = items[i + 1] === '-' && i + 2 < items.length;
    ranges.push([low, isRange ? (items[i + 2] as string) : low]);
    if (isRange) i += 2;
  }
  return (character) => ranges.some(([low, high]) => low <= character && character <= high) !== isNegated;
}

async function matchesIn(folder: string, part: string): Promise<string[]> {
  if (!MAGIC.test(part)) {
    const path = join(folder, part);
    return (await exists(path)) ? [path] : [];
  }
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => matchGlob(part, name)).map((name) => join(folder, name));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
