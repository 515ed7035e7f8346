import { describe, expect, it } from 'vitest';
import { describeValue, formatPath, isYamlMap, PlainScalar, parseYaml, scalarText, type YamlValue } from './yaml-file.ts';

/** The tree with unquoted scalars as `=text`. */
function plain(value: YamlValue): unknown {
  if (value instanceof PlainScalar) return `=${value.text}`;
  if (Array.isArray(value)) return value.map(plain);
  return isYamlMap(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)])) : value;
}

function read(text: string): unknown {
  const { root, faults } = parseYaml(text);
  expect(faults).toEqual([]);
  return plain(root);
}

describe('parseYaml', () => {
  it('keeps the text of every scalar, and whether it was quoted', () => {
    expect(read('a: 1.10\nb: "true"\nc: 0x1F\nd: yes\ne: |\n  x\n  y\n')).toEqual({
      a: '=1.10',
      b: 'true',
      c: '=0x1F',
      d: '=yes',
      e: 'x\ny\n',
    });
  });

  it('takes null for absent', () => {
    expect(read('a:\nb: ~\nc: null\nd: [1, ~]\ne: ""')).toEqual({ d: ['=1', undefined], e: '' });
  });

  it('resolves anchors and merges', () => {
    expect(read('x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [*x, {a: 4, c: 5}]}')).toMatchObject({
      y: { a: '=1', b: '=3' },
      z: { a: '=1', b: '=2', c: '=5' },
    });
  });

  it('reads only the first document', () => {
    expect(read('a: 1\n---\nb: 2')).toEqual({ a: '=1' });
  });

  const broken: [text: string, fault: string][] = [
    ['a: 1\nb: 2\na: 3', '3: key "a" is given twice (first on line 1); keep one of them'],
    ['a: b: c', '1: nested mappings are not allowed in compact mappings'],
    ['a:\n\t- b', '2: tabs are not allowed as indentation'],
    // Everything after the first fault follows from it.
    ['a:\n  - { b: sum(c[1m]) }\n  - { d: e, f: g }', '2: unexpected "[" after a value; put the value in quotes if it belongs to it'],
    ['a: *x', '1: unknown anchor "x"; define it before with &x'],
    ['a: &x [*x]', '1: anchor "x" stands for a value that contains itself'],
    [`a: ${'['.repeat(300)}${']'.repeat(300)}`, '1: nested more than 200 levels deep'],
    ['? [a]\n: b', '1: a key must be a text, not a list or a map'],
    ['a: {<<: 5}', '1: map merge (<<) requires a map or a list of maps as its value'],
  ];
  it.each(broken)('%j', (text, fault) => {
    expect(parseYaml(text).faults.map(({ line, message }) => `${line}: ${message}`)).toEqual([fault]);
  });

  it('survives a bomb of aliases', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}]`);
    const { faults } = parseYaml(['l0: &l0 x', ...levels].join('\n'));
    expect(faults[0]?.message).toContain('aliases stand for more than 100000 values');
  });

  it('knows the line of every path, or of the nearest parent', () => {
    const { lineOf, textLineOf } = parseYaml('a:\n  - x: 1\n    y: |\n      text\n  -\nb: {c: 2,\n  d: 3}\n');
    expect([['a'], ['a', 0, 'y'], ['a', 1], ['b', 'd'], ['b', 'missing'], []].map(lineOf)).toEqual([1, 3, 5, 7, 6, 1]);
    expect(textLineOf(['a', 0, 'y'])).toBe(4);
  });
});

describe('messages', () => {
  it('write paths as editors do', () => {
    expect(formatPath(['scrape_configs', 1, 'labels', 'a.b', 0])).toBe('scrape_configs[1].labels["a.b"][0]');
  });

  it('describe values', () => {
    expect(['x', new PlainScalar('5'), [], {}, undefined].map((value) => describeValue(value as YamlValue))).toEqual([
      '"x"',
      '"5"',
      'a list',
      'a map',
      'nothing',
    ]);
    expect(scalarText([])).toBeUndefined();
  });
});
