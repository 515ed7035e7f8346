import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { expandGlob, folderOfGlob, matchGlob } from './glob.ts';

const root = mkdtempSync(join(tmpdir(), 'alidade-glob-'));
for (const name of ['a.yml', 'b.yml', 'c.yaml', 'x/d.yml', 'y/d.yml']) {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), '');
}
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('matchGlob', () => {
  const cases: [pattern: string, name: string, isMatch: boolean][] = [
    ['*.yml', 'a.yml', true],
    ['*.yml', 'a.yaml', false],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'aXc', false],
    ['?.y*ml', 'a.yaml', true],
    ['[a-c].yml', 'b.yml', true],
    ['[^a-c].yml', 'b.yml', false],
    ['\\*.yml', '*.yml', true],
    ['\\*.yml', 'a.yml', false],
    ['**', 'anything', true],
    ['', '', true],
    ['[', '[', true],
  ];
  it.each(cases)('%s with %s', (pattern, name, isMatch) => {
    expect(matchGlob(pattern, name)).toBe(isMatch);
  });

  it('takes no exponential time', () => {
    expect(matchGlob('*a'.repeat(30), 'a'.repeat(60))).toBe(true);
    expect(matchGlob(`${'*a'.repeat(30)}b`, 'a'.repeat(2000))).toBe(false);
  });
});

describe('expandGlob', () => {
  it('finds files, sorted, with wildcards in any part', async () => {
    expect(await expandGlob(join(root, '*.yml'))).toEqual([join(root, 'a.yml'), join(root, 'b.yml')]);
    expect(await expandGlob(join(root, '?/d.yml'))).toEqual([join(root, 'x/d.yml'), join(root, 'y/d.yml')]);
    expect(await expandGlob(join(root, 'a.yml'))).toEqual([join(root, 'a.yml')]);
    expect(await expandGlob(join(root, 'missing.yml'))).toEqual([]);
    expect(await expandGlob(join(root, 'missing/*.yml'))).toEqual([]);
  });

  it('names the folder to watch', () => {
    expect(folderOfGlob('/a/b/*.yml')).toBe('/a/b');
    expect(folderOfGlob('/a/*/c.yml')).toBe('/a');
  });
});
