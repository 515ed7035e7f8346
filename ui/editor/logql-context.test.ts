import { describe, expect, it } from 'vitest';
import { logqlContext } from './logql-context.ts';

/** The kind, and the part of the text that would be replaced. */
const at = (text: string) => {
  const context = logqlContext(text);
  return 'from' in context ? [context.kind, text.slice(context.from)] : [context.kind];
};

describe('logqlContext', () => {
  it('knows the parts of a selector', () => {
    expect(at('')).toEqual(['start', '']);
    expect(at('{')).toEqual(['label name', '']);
    expect(at('{a="x", ser')).toEqual(['label name', 'ser']);
    expect(at('{service ')).toEqual(['operator', '']);
    expect(at('{service=')).toEqual(['label value', '']);
    expect(at('{service=~"a|b')).toEqual(['label value', 'a|b']);
    expect(at('{service="a"')).toEqual(['nothing']);
  });

  it('asks for values beside the matchers that stand already', () => {
    expect(logqlContext('{env="prod", zone!="a" , service="x')).toEqual({
      kind: 'label value',
      from: 34,
      name: 'service',
      quoted: true,
      selector: '{env="prod", zone!="a"}',
    });
    expect(logqlContext('{service="x')).toMatchObject({ selector: '' });
  });

  it('knows stages, groupings and ranges', () => {
    expect(at('{a="b"} | js')).toEqual(['stage', 'js']);
    expect(at('{a="b"} |= "x" |')).toEqual(['stage', '']);
    expect(at('{a="b"} | json | ')).toEqual(['stage', '']);
    expect(at('{a="b"} |= ')).toEqual(['nothing']);
    expect(at('{a="b"} | json | status >= 4')).toEqual(['nothing']);
    expect(at('sum by (ser')).toEqual(['grouping', 'ser']);
    expect(at('rate({a="b"} | json [5')).toEqual(['range', '5']);
    expect(at('sum(ra')).toEqual(['start', 'ra']);
    expect(at('rate({a="b"} | json [5m]) / co')).toEqual(['start', 'co']);
  });

  it('offers nothing inside strings, comments and after a selector', () => {
    expect(at('{a="b"} |= "{')).toEqual(['nothing']);
    expect(at('{a="b"} # | j')).toEqual(['nothing']);
    expect(at('{a="b"} x')).toEqual(['nothing']);
    expect(at('{a="\\"')).toEqual(['label value', '\\"']);
  });
});
