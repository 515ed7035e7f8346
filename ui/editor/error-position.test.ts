import { describe, expect, it } from 'vitest';
import { placeError } from './error-position.ts';

describe('placeError', () => {
  it('marks the token that the server names', () => {
    expect(placeError('sum(up} by (job)', 'invalid parameter "query": 1:7: parse error: unexpected "}"')).toEqual({
      message: '1:7: parse error: unexpected "}"',
      span: { from: 6, to: 7 },
    });
    expect(placeError('rate(up)', '1:6: parse error: expected type range vector')).toMatchObject({ span: { from: 5, to: 7 } });
  });

  it('reads Loki’s positions', () => {
    expect(placeError('{app="x"} |= x', 'parse error at line 1, col 14: syntax error: unexpected IDENTIFIER, expecting STRING')).toEqual({
      message: 'parse error at line 1, col 14: syntax error: unexpected IDENTIFIER, expecting STRING',
      span: { from: 13, to: 14 },
    });
  });

  it('counts lines, and columns in bytes', () => {
    const text = 'sum(\n  up{zone="Genève"} ==== 1\n)';
    const at = text.indexOf('====');
    const column = new TextEncoder().encode('  up{zone="Genève"} ').length + 1;
    expect(placeError(text, `2:${column}: parse error: unexpected "="`).span).toEqual({ from: at, to: at + 4 });
  });

  it('stays at the end of the text when the input ended too early', () => {
    expect(placeError('sum(', '1:5: parse error: unclosed left parenthesis').span).toEqual({ from: 4, to: 4 });
    expect(placeError('up', '7:1: parse error: x').span).toBeUndefined();
  });

  it('passes other errors through', () => {
    expect(placeError('up', 'query timed out in expression evaluation')).toEqual({ message: 'query timed out in expression evaluation' });
    expect(placeError('', 'invalid parameter "query": unknown position: parse error: no expression found in input')).toEqual({
      message: 'unknown position: parse error: no expression found in input',
    });
  });

  it('counts in characters where the language does', () => {
    const text = '{ name = "é" && nmae = 1 }';
    const at = text.indexOf('nmae');
    expect(placeError(text, `parse error at line 1, col ${at + 1}: syntax error`, 'characters').span).toEqual({ from: at, to: at + 4 });
  });
});
