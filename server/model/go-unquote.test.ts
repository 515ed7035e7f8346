import { expect, it } from 'vitest';
import { unescapeGo } from './go-unquote.ts';

const read = (text: string, mark: '"' | "'" = '"') => unescapeGo(text, mark, (found) => new Error(`bad ${found}`));

it('replaces the escapes of Go', () => {
  expect(read('plain')).toBe('plain');
  expect(read(String.raw`a\n\t\\\"\x41\101\u00e9\U0001F600z`)).toBe('a\n\t\\"AAé😀z');
  expect(read(String.raw`\xc3\xa9`)).toBe('é');
  expect(read(String.raw`\xe9\'`, "'")).toBe("é'");
});

it.each([String.raw`\'`, String.raw`\q`, String.raw`\ud800`, String.raw`\U00110000`, String.raw`\777`, '\\'])('refuses %s', (text) => {
  expect(() => read(text)).toThrow('bad \\');
});
