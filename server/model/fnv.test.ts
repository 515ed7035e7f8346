import { expect, it } from 'vitest';
import { FNV_OFFSET, fnvBytes, fnvText, fnvUnit, toSmallHash } from './fnv.ts';

it('gives the hashes that FNV-1a has', () => {
  const hash = (text: string) => fnvText(FNV_OFFSET, text) >>> 0;
  expect([hash(''), hash('a'), hash('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  const bytes = Buffer.from('xfoobarx');
  expect(fnvBytes(FNV_OFFSET, bytes, 1, 7) >>> 0).toBe(0xbf9cf968);
  expect(fnvUnit(FNV_OFFSET, 97) >>> 0).toBe(0xe40c292c);
  expect(toSmallHash(-1)).toBeLessThan(2 ** 30);
});
