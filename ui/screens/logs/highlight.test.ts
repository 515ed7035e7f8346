import { describe, expect, it } from 'vitest';
import { highlightsOf, markHits } from './highlight.ts';

describe('highlights', () => {
  it('are what line filters look for, as far as it is plain text', () => {
    expect(highlightsOf('{a="b"} |= "x" or `y` != "z" |~ "(?i)fail|timeout" |~ "a.*b" | json')).toEqual([
      { text: 'x', ignoreCase: false },
      { text: 'y', ignoreCase: false },
      { text: 'fail', ignoreCase: true },
      { text: 'timeout', ignoreCase: true },
    ]);
  });

  it('cut a text in order', () => {
    const highlights = [
      { text: 'fail', ignoreCase: true },
      { text: 'x', ignoreCase: false },
    ];
    expect(markHits('a Fail x Xfail', highlights).map(({ text, isHit }) => (isHit ? `[${text}]` : text))).toEqual([
      'a ',
      '[Fail]',
      ' ',
      '[x]',
      ' X',
      '[fail]',
    ]);
    expect(markHits('', highlights)).toEqual([]);
  });
});
