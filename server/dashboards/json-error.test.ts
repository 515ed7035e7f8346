import { describe, expect, it } from 'vitest';
import { locateJsonError } from './json-error.ts';

describe('locateJsonError', () => {
  it.each([
    ['{"a": 1,}', 1, 9, 'a comma stands before "}": remove it'],
    ['{\n  "a": [1, 2,]\n}', 2, 14, 'a comma stands before "]": remove it'],
    ['{"a" 1}', 1, 6, 'expected ":" but found "1"'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'expected "," or "}" but found "b"'],
    ['{a: 1}', 1, 2, 'expected a member name in double quotes but found "a"'],
    ["['x']", 1, 2, 'expected a value but found "\'"'],
    ['{"a": tru}', 1, 7, 'expected a value but found "tru"'],
    ['{"a": 1', 1, 8, 'the text ends before the value does'],
    ['', 1, 1, 'the text ends before the value does'],
    ['{} x', 1, 4, '"x" stands after the end of the value'],
    ['{"a": "x\ny"}', 1, 7, 'expected a value but found "x'],
    ['{"a": 01}', 1, 8, 'expected "," or "}" but found "1"'],
  ])('%j', (text, line, column, message) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(locateJsonError(text)).toEqual({ line, column, message });
  });

  it('bears a hundred thousand open brackets', () => {
    expect(locateJsonError('['.repeat(100_000)).message).toBe('the text ends before the value does');
  });
});
