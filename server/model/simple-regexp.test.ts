import { describe, expect, it } from 'vitest';
import { compileAnchored } from './matcher.ts';
import { isSimple, simpleTest } from './simple-regexp.ts';

const EXPRESSIONS = [
  '',
  'a',
  'abc',
  'a|b',
  'a|',
  '|a',
  '|',
  'a||b',
  'abc|ab|a',
  'été|日本',
  'a b|c-d',
  'a/b:c=d',
  '.*',
  '.+',
  'a.*',
  'a.+',
  '.*a',
  '.+a',
  '.*a.*',
  '.+a.+',
  '.*a.+',
  'a.*b',
  'a.*|b',
  '.*.*',
  '.+.+',
  'a.',
  '.',
  'a+',
  'a*',
  '(a|b)',
  '[ab]',
  'a\\.b',
  '^a$',
  'a{2}',
  '(?i)a',
  '\\',
  '[',
  'a|(',
  'x.*|.*y',
  'a\nb',
  'a\n.*',
];
const TEXTS = [
  '',
  'a',
  'b',
  'ab',
  'ba',
  'abc',
  'xabc',
  'aa',
  'a\n',
  '\na',
  '\n',
  'été',
  '日本',
  'a b',
  'c-d',
  'a/b:c=d',
  'a.b',
  'a\nb',
  'a\nbx',
  '.',
  'xay',
  '😀',
  'a😀',
];

describe('regular expressions that need no engine', () => {
  it.each(EXPRESSIONS)('%j is answered as the engine answers', (expression) => {
    const test = simpleTest(expression);
    expect(isSimple(expression)).toBe(test !== undefined);
    if (!test) return;
    const pattern = compileAnchored(expression);
    for (const text of TEXTS) expect(test(text), JSON.stringify(text)).toBe(pattern.matches(text));
  });

  it('are lists of words and plain text with dots at its ends', () => {
    expect(EXPRESSIONS.filter((expression) => isSimple(expression))).toEqual([
      '',
      'a',
      'abc',
      'a|b',
      'a|',
      '|a',
      '|',
      'a||b',
      'abc|ab|a',
      'été|日本',
      'a b|c-d',
      'a/b:c=d',
      '.*',
      '.+',
      'a.*',
      'a.+',
      '.*a',
      '.+a',
      '.*a.*',
      'a\nb',
      'a\n.*',
    ]);
  });
});
