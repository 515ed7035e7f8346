// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Go's references look like placeholders
import { describe, expect, it } from 'vitest';
import { isLabelName } from '../model/label-name.ts';
import { Labels } from '../model/labels.ts';
import { relabel } from './relabel.ts';
import type { RelabelRule } from './rule.ts';

function rule(part: Partial<RelabelRule>): RelabelRule {
  return { action: 'replace', sourceLabels: [], separator: ';', regex: '(.*)', modulus: 0, targetLabel: '', replacement: '$1', ...part };
}

function apply(labels: Record<string, string>, ...parts: Partial<RelabelRule>[]): Record<string, string> | undefined {
  return relabel(Labels.from(labels), parts.map(rule))?.toObject();
}

describe('replace', () => {
  it('copies a label with the default expression and replacement', () => {
    expect(apply({ a: 'x' }, { sourceLabels: ['a'], targetLabel: 'b' })).toEqual({ a: 'x', b: 'x' });
  });

  it('joins source labels with the separator, missing ones as empty', () => {
    expect(apply({ a: 'x', c: 'z' }, { sourceLabels: ['a', 'b', 'c'], separator: '-', targetLabel: 't' })).toMatchObject({ t: 'x--z' });
  });

  it('sets a fixed label without source labels', () => {
    expect(apply({ a: 'x' }, { targetLabel: 'env', replacement: 'prod' })).toEqual({ a: 'x', env: 'prod' });
  });

  it('removes the target when the replacement is empty', () => {
    expect(apply({ a: 'x', b: 'y' }, { targetLabel: 'b', replacement: '' })).toEqual({ a: 'x' });
  });

  it('leaves the labels alone when the whole value does not match', () => {
    expect(apply({ a: 'xx' }, { sourceLabels: ['a'], regex: 'x', targetLabel: 'b' })).toEqual({ a: 'xx' });
  });

  it('rewrites an address from two labels as the Kubernetes examples do', () => {
    const address = { regex: '([^:]+)(?::\\d+)?;(\\d+)', targetLabel: '__address__', replacement: '$1:$2' };
    expect(apply({ __address__: '10.0.0.1:80', port: '9102' }, { ...address, sourceLabels: ['__address__', 'port'] })).toEqual({
      __address__: '10.0.0.1:9102',
      port: '9102',
    });
  });

  it('expands the target label too', () => {
    expect(apply({ a: 'env:prod' }, { sourceLabels: ['a'], regex: '(\\w+):(\\w+)', targetLabel: '${1}', replacement: '$2' })).toEqual({
      a: 'env:prod',
      env: 'prod',
    });
  });

  it('does nothing when the target expands to an empty name', () => {
    expect(apply({ a: 'x' }, { sourceLabels: ['a'], targetLabel: '$2', replacement: 'y' })).toEqual({ a: 'x' });
  });

  it('lets the dot match a newline', () => {
    expect(apply({ a: 'x\ny' }, { sourceLabels: ['a'], regex: 'x.y', targetLabel: 'b', replacement: 'hit' })).toMatchObject({ b: 'hit' });
  });
});

describe("Go's expansion", () => {
  const cases: [template: string, want: string][] = [
    ['$1-$2', 'ab-12'],
    ['${1}x', 'abx'],
    ['$1x', ''],
    ['$$1', '$1'],
    ['$word/${digits}', 'ab/12'],
    ['${missing}.', '.'],
    ['$9.', '.'],
    ['$01.', '.'],
    ['cost: $ 5', 'cost: $ 5'],
    ['${1', '${1'],
    ['${}', '${}'],
    ['$0', 'ab12'],
    ['end$', 'end$'],
  ];
  it.each(cases)('%s → %s', (replacement, want) => {
    const got = apply({ a: 'ab12' }, { sourceLabels: ['a'], regex: '(?P<word>[a-z]+)(?P<digits>[0-9]+)', targetLabel: 't', replacement });
    expect(got?.t ?? '').toBe(want);
  });
});

describe('keep and drop', () => {
  it('keeps matching and drops the rest', () => {
    expect(apply({ a: 'x' }, { action: 'keep', sourceLabels: ['a'], regex: 'x|y' })).toEqual({ a: 'x' });
    expect(apply({ a: 'z' }, { action: 'keep', sourceLabels: ['a'], regex: 'x|y' })).toBeUndefined();
    expect(apply({ a: 'x' }, { action: 'drop', sourceLabels: ['a'], regex: 'x|y' })).toBeUndefined();
    expect(apply({ a: 'z' }, { action: 'drop', sourceLabels: ['a'], regex: 'x|y' })).toEqual({ a: 'z' });
  });

  it('stops at the first rule that drops', () => {
    const broken = { action: 'hashmod' as const, modulus: 0, targetLabel: 't' };
    expect(apply({ a: 'x' }, { action: 'drop', sourceLabels: ['a'], regex: 'x' }, broken)).toBeUndefined();
  });

  it('compares whole values for keepequal and dropequal', () => {
    expect(apply({ a: 'x', b: 'x' }, { action: 'keepequal', sourceLabels: ['a'], targetLabel: 'b' })).toEqual({ a: 'x', b: 'x' });
    expect(apply({ a: 'x', b: 'y' }, { action: 'keepequal', sourceLabels: ['a'], targetLabel: 'b' })).toBeUndefined();
    expect(apply({ a: 'x', b: 'x' }, { action: 'dropequal', sourceLabels: ['a'], targetLabel: 'b' })).toBeUndefined();
    expect(apply({ a: 'x', b: 'y' }, { action: 'dropequal', sourceLabels: ['a'], targetLabel: 'b' })).toEqual({ a: 'x', b: 'y' });
  });
});

describe('hashmod', () => {
  it('takes the last eight bytes of md5 modulo the modulus', () => {
    // md5 of nothing is d41d8cd98f00b204 e9800998ecf8427e
    expect(apply({ z: '1' }, { action: 'hashmod', sourceLabels: ['a'], targetLabel: 'h', modulus: 1000 })).toEqual({
      h: String(0xe9800998ecf8427en % 1000n),
      z: '1',
    });
  });

  it('refuses a modulus of 0', () => {
    expect(() => apply({}, { action: 'hashmod', targetLabel: 'h' })).toThrow('hashmod needs a modulus above 0, not 0');
  });
});

describe('rules over label names', () => {
  it('maps names with labelmap', () => {
    expect(apply({ __meta_x_app: 'a', __meta_x_tier: 'b', other: 'c' }, { action: 'labelmap', regex: '__meta_x_(.+)' })).toEqual({
      __meta_x_app: 'a',
      __meta_x_tier: 'b',
      other: 'c',
      app: 'a',
      tier: 'b',
    });
  });

  it('lets the last of equal labelmap targets win, in the order of names', () => {
    expect(apply({ a1: 'first', a2: 'second' }, { action: 'labelmap', regex: '(a).', replacement: 'both' })).toMatchObject({
      both: 'second',
    });
  });

  it('drops and keeps by name', () => {
    expect(apply({ a: '1', ab: '2', b: '3' }, { action: 'labeldrop', regex: 'a.*' })).toEqual({ b: '3' });
    expect(apply({ a: '1', ab: '2', b: '3' }, { action: 'labelkeep', regex: 'a.*' })).toEqual({ a: '1', ab: '2' });
  });
});

describe('case', () => {
  it('maps rune by rune as Go', () => {
    expect(apply({ a: 'StraßE Σ İ' }, { action: 'uppercase', sourceLabels: ['a'], targetLabel: 'a' })).toEqual({ a: 'STRAßE Σ İ' });
    expect(apply({ a: 'ΑΣ İ' }, { action: 'lowercase', sourceLabels: ['a'], targetLabel: 'a' })).toEqual({ a: 'ασ i' });
  });
});

describe('relabel', () => {
  it('returns the same labels when nothing changes', () => {
    const labels = Labels.from({ a: 'x' });
    expect(relabel(labels, [rule({ action: 'keep', sourceLabels: ['a'], regex: 'x' })])).toBe(labels);
  });

  it('applies rules in order, each on the result of the one before', () => {
    expect(
      apply(
        { a: 'x' },
        { sourceLabels: ['a'], targetLabel: 'b' },
        { sourceLabels: ['b'], targetLabel: 'c' },
        { action: 'labeldrop', regex: 'a|b' },
      ),
    ).toEqual({ c: 'x' });
  });

  it('knows UTF-8 label names', () => {
    expect(isLabelName('ключ.с точкой')).toBe(true);
    expect(isLabelName('')).toBe(false);
    expect(isLabelName('\ud800')).toBe(false);
  });
});
