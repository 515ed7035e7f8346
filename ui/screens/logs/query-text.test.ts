import { describe, expect, it } from 'vitest';
import {
  addContains,
  addMatcher,
  filterField,
  isMetricQuery,
  joinQuery,
  linesOfMetric,
  quote,
  removeMatcher,
  removeStage,
  splitQuery,
  withLevels,
} from './query-text.ts';

const parts = (query: string) => {
  const found = splitQuery(query);
  return (
    found && { matchers: found.matchers.map(({ name, op, value }) => [name, op, value]), stages: found.stages.map(({ text }) => text) }
  );
};

describe('splitQuery', () => {
  it('finds matchers and stages', () => {
    expect(
      parts(
        ' { app="a,b}", env!~`x|"y`, } |= "one|two" != "three" # why | json\n | json | status >= 400 or path != "/" | line_format "{{.x}}|"',
      ),
    ).toEqual({
      matchers: [
        ['app', '=', 'a,b}'],
        ['env', '!~', 'x|"y'],
      ],
      stages: ['|= "one|two"', '!= "three"', '| json', '| status >= 400 or path != "/"', '| line_format "{{.x}}|"'],
    });
  });

  it('tells a line filter after a parser from a comparison', () => {
    expect(parts('{a="b"} | json != "x" | level != "info"')?.stages).toEqual(['| json', '!= "x"', '| level != "info"']);
  });

  it('gives up on metric queries and on what is broken', () => {
    for (const query of ['', 'rate({a="b"}[5m])', '{a="b"', '{a=b}', '{a="b"} json', '{="b"}']) expect(splitQuery(query)).toBeUndefined();
  });

  it('survives being joined', () => {
    const query = '{app="a", path=~`\\d+`} |= "x" | json | a="b"';
    expect(joinQuery(splitQuery(query) ?? { matchers: [], stages: [] })).toBe(query);
  });
});

describe('clicks', () => {
  it('replace a matcher of the same label, and one that stood for all', () => {
    expect(addMatcher('{service=~".+"} |= "x"', { name: 'service', op: '=', value: 'api' })).toBe('{service="api"} |= "x"');
    expect(addMatcher('{service=~".+"}', { name: 'env', op: '=', value: 'prod' })).toBe('{env="prod"}');
    expect(addMatcher('{a="1", service="x"}', { name: 'service', op: '=', value: 'y' })).toBe('{a="1", service="y"}');
    expect(addMatcher('{service="x"}', { name: 'zone', op: '!=', value: 'b' })).toBe('{service="x", zone!="b"}');
    expect(addMatcher('{service=~".+"}', { name: 'zone', op: '!=', value: 'b' })).toBe('{service=~".+", zone!="b"}');
    expect(addMatcher('{service="x", zone!="b"}', { name: 'zone', op: '!=', value: 'b' })).toBe('{service="x", zone!="b"}');
  });

  it('never leave a selector that matches nothing', () => {
    expect(removeMatcher('{service="x", zone!="b"}', 0)).toBe('{service=~".+", zone!="b"}');
    expect(removeMatcher('{service="x", env="p"}', 0)).toBe('{env="p"}');
    expect(removeMatcher('{service="x"}', 7)).toBe('{service="x"}');
  });

  it('put a text among the line filters', () => {
    expect(addContains('{a="b"}', 'x "y"')).toBe('{a="b"} |= `x "y"`');
    expect(addContains('{a="b"} |= "x" | json', 'y')).toBe('{a="b"} |= "x" |= "y" | json');
    expect(addContains('{a="b"} |= "x"', 'x')).toBe('{a="b"} |= "x"');
    expect(addContains('rate({a="b"}[5m])', 'x')).toBe('rate({a="b"}[5m])');
  });

  it('ask for a field where it was found', () => {
    const field = { name: 'status', value: '500' } as const;
    expect(filterField('{a="b"}', { ...field, source: 'label' }, '!=')).toBe('{a="b", status!="500"}');
    expect(filterField('{a="b"}', { ...field, source: 'metadata' }, '=')).toBe('{a="b"} | status="500"');
    expect(filterField('{a="b"}', { ...field, source: 'json' }, '=')).toBe('{a="b"} | json | status="500"');
    expect(filterField('{a="b"} | json | x="y"', { ...field, source: 'json' }, '!=')).toBe('{a="b"} | json | x="y" | status!="500"');
    expect(filterField('{a="b"} | json | status="500"', { ...field, source: 'json' }, '=')).toBe('{a="b"} | json | status="500"');
  });

  it('remove stages', () => {
    expect(removeStage('{a="b"} |= "x" | json', 0)).toBe('{a="b"} | json');
  });
});

describe('metric queries', () => {
  it('are told from log queries', () => {
    expect(['rate({a="b"}[5m])', ' # x\n(sum by (a) (rate({a="b"}[5m])))', '1 + vector(2)'].map(isMetricQuery)).toEqual([true, true, true]);
    expect(['', '{a="b"}', '# x\n {a="b"} | json', '({a="b"})'].map(isMetricQuery)).toEqual([false, false, false, false]);
  });

  it('lead to the lines that they count', () => {
    expect(linesOfMetric('sum by (x) (rate({a="[", b="c"} |= "}" | json [5m])) / 2')).toBe('{a="[", b="c"} |= "}" | json');
    expect(linesOfMetric('avg_over_time({a="b"} | logfmt | unwrap took [1m])')).toBe('{a="b"} | logfmt');
    expect(linesOfMetric('vector(1)')).toBeUndefined();
  });
});

describe('levels', () => {
  it('are asked for below the query', () => {
    expect(withLevels('{a="b"} # all', ['error', 'warn'])).toBe('{a="b"} # all\n| detected_level=~"error|warn"');
    expect(withLevels('{a="b"}', ['error'])).toBe('{a="b"}\n| detected_level="error"');
    expect(withLevels('{a="b"}', [])).toBe('{a="b"}');
  });
});

describe('quote', () => {
  it('needs escapes only where backquotes cannot hold the text', () => {
    expect([quote('a'), quote('a"b'), quote('a\\d'), quote('a`"'), quote('a\n"')]).toEqual([
      '"a"',
      '`a"b`',
      '`a\\d`',
      '"a`\\""',
      '"a\\n\\""',
    ]);
  });
});
