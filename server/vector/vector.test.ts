import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Labels } from '../model/labels.ts';
import { aggregate, aggregateQuantile } from './aggregate.ts';
import { vectorVector } from './binary.ts';
import type { BinaryOptions } from './binary-options.ts';
import { countValues } from './count-values.ts';
import { hashUnit, xxHash64 } from './label-hash.ts';
import { quantileOf } from './quantile.ts';
import { dropNames, type Rows, repeatSteps, withLabels, withoutEmptyRows } from './rows.ts';
import { selectFirst, selectTop } from './select-k.ts';
import { setOperation } from './set-operators.ts';
import { scalarScalar, vectorScalar } from './vector-scalar.ts';

/** Rows from lines `labels: cells`; `_` is no sample. */
function rows(...lines: readonly [labels: Record<string, string>, cells: string][]): Rows {
  const cells = lines.map(([, text]) => text.split(' '));
  const steps = cells[0]?.length ?? 0;
  return {
    steps,
    labels: lines.map(([labels]) => Labels.from(labels)),
    values: Float64Array.from(cells.flat(), (text) => (text === '_' ? 0 : Number(text))),
    present: Uint8Array.from(cells.flat(), (text) => (text === '_' ? 0 : 1)),
  };
}

function show({ labels, values, present, steps }: Rows): string[] {
  return labels.map((each, row) => {
    const cells = Array.from({ length: steps }, (_, t) => (present[row * steps + t] === 1 ? String(values[row * steps + t]) : '_'));
    return `${each.toString()}: ${cells.join(' ')}`;
  });
}

const ONE_TO_ONE: BinaryOptions = { op: '+', card: 'one-to-one', on: false, labels: [], include: [], returnBool: false };
const ALL = { without: false, labels: [] };

describe('rows', () => {
  it('merge when their labels become equal, and must not overlap', () => {
    const replaced = rows([{ __name__: 'a', x: '1' }, '1 _'], [{ __name__: 'b', x: '1' }, '_ 2']);
    expect(show(dropNames(replaced))).toEqual(['{x="1"}: 1 2']);
    const overlapping = rows([{ __name__: 'a' }, '1 2'], [{ __name__: 'b' }, '_ 2']);
    expect(() => dropNames(overlapping)).toThrow('vector cannot contain metrics with the same labelset');
    expect(show(withLabels(overlapping, [Labels.from({ y: '1' }), Labels.from({ y: '2' })]))).toEqual(['{y="1"}: 1 2', '{y="2"}: _ 2']);
  });

  it('without samples are dropped, and one step can be repeated', () => {
    expect(show(withoutEmptyRows(rows([{ a: '1' }, '_ _'], [{ a: '2' }, '_ NaN'])))).toEqual(['{a="2"}: _ NaN']);
    expect(show(repeatSteps(rows([{ a: '1' }, '7'], [{ a: '2' }, '_']), 3))).toEqual(['{a="1"}: 7 7 7', '{a="2"}: _ _ _']);
  });
});

describe('vectorVector', () => {
  const left = rows([{ __name__: 'l', i: 'a', x: '1' }, '1 2'], [{ __name__: 'l', i: 'b', x: '1' }, '3 _']);
  const right = rows([{ __name__: 'r', i: 'a', y: '7' }, '10 _'], [{ __name__: 'r', i: 'b', y: '8' }, '20 30']);

  it('matches on labels or ignoring them, one to one', () => {
    expect(show(vectorVector(left, right, { ...ONE_TO_ONE, on: true, labels: ['i'] }))).toEqual(['{i="a"}: 11 _', '{i="b"}: 23 _']);
    expect(show(vectorVector(left, right, { ...ONE_TO_ONE, labels: ['x', 'y'] }))).toEqual(['{i="a"}: 11 _', '{i="b"}: 23 _']);
    expect(show(vectorVector(left, right, ONE_TO_ONE))).toEqual([]);
  });

  it('filters by comparison and keeps the left value and all its labels but those ignored', () => {
    const options: BinaryOptions = { ...ONE_TO_ONE, op: '<', labels: ['x', 'y'] };
    expect(show(vectorVector(left, right, options))).toEqual(['l{i="a"}: 1 _', 'l{i="b"}: 3 _']);
    expect(show(vectorVector(left, right, { ...options, returnBool: true }))).toEqual(['{i="a"}: 1 _', '{i="b"}: 1 _']);
  });

  it('copies labels from the one side of a grouped match', () => {
    const options: BinaryOptions = { ...ONE_TO_ONE, op: '*', card: 'many-to-one', on: true, labels: ['i'], include: ['y'] };
    expect(show(vectorVector(left, right, options))).toEqual(['{i="a", x="1", y="7"}: 10 _', '{i="b", x="1", y="8"}: 60 _']);
    expect(show(vectorVector(left, right, { ...options, card: 'one-to-many', include: ['x'] }))).toEqual([
      '{i="a", x="1", y="7"}: 10 _',
      '{i="b", x="1", y="8"}: 60 _',
    ]);
  });

  it('refuses ambiguous matches with upstream’s words', () => {
    const byX: BinaryOptions = { ...ONE_TO_ONE, on: true, labels: ['x'] };
    expect(() => vectorVector(left, left, byX)).toThrow(
      'found duplicate series for the match group {x="1"} on the right hand-side of the operation: [{__name__="l", i="a", x="1"}, {__name__="l", i="b", x="1"}];many-to-many matching not allowed: matching labels must be unique on one side',
    );
    const one = rows([{ x: '1' }, '1 1']);
    expect(() => vectorVector(left, one, byX)).toThrow(
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    );
    expect(() => vectorVector(left, rows([{ x: '1', i: '' }, '1 1']), { ...byX, card: 'many-to-one', include: ['i'] })).toThrow(
      'multiple matches for labels: grouping labels must ensure unique matches',
    );
  });

  it('refuses ambiguous matches where a filter lets nothing through, too', () => {
    const byX: BinaryOptions = { ...ONE_TO_ONE, op: '>', on: true, labels: ['x'] };
    const one = rows([{ x: '1' }, '99 99']);
    expect(() => vectorVector(left, one, byX)).toThrow('many-to-one matching must be explicit');
    expect(() => vectorVector(left, rows([{ x: '1', i: '' }, '99 99']), { ...byX, card: 'many-to-one', include: ['i'] })).toThrow(
      'grouping labels must ensure unique matches',
    );
  });

  it('makes no labels for what a filter between single series lets not through', () => {
    const none = rows([{ x: '1' }, '99 99']);
    const one = rows([{ x: '1' }, '1 1']);
    const drop = vi.spyOn(Labels.prototype, 'drop');
    expect(show(vectorVector(one, none, { ...ONE_TO_ONE, op: '>' }))).toEqual([]);
    const calls = drop.mock.calls.length;
    drop.mockRestore();
    expect(calls).toBe(0);
  });

  it('allows replacements: several series of a match group, one at a time', () => {
    const replaced = rows([{ i: 'a', pod: '1' }, '1 _'], [{ i: 'a', pod: '2' }, '_ 2']);
    expect(show(vectorVector(replaced, replaced, { ...ONE_TO_ONE, on: true, labels: ['i'] }))).toEqual(['{i="a"}: 2 4']);
  });
});

describe('operations with scalars', () => {
  it('keep the vector’s value in comparisons, whatever side it is on', () => {
    const vector = rows([{ __name__: 'x' }, '1 5 NaN']);
    const scalar = Float64Array.of(3, 3, 3);
    expect(show(vectorScalar(vector, scalar, '>', false, false))).toEqual(['x: _ 5 _']);
    expect(show(vectorScalar(vector, scalar, '>', false, true))).toEqual(['x: 1 _ _']);
    expect(show(vectorScalar(vector, scalar, '>', true, true))).toEqual(['{}: 1 0 0']);
    expect(show(vectorScalar(vector, scalar, '-', false, true))).toEqual(['{}: 2 -2 NaN']);
  });

  it('follow IEEE 754 where JavaScript does not', () => {
    expect(scalarScalar(Float64Array.of(1, -1, 2), Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, 3), '^')).toEqual(
      Float64Array.of(1, 1, 8),
    );
    expect(scalarScalar(Float64Array.of(-7), Float64Array.of(3), '%')).toEqual(Float64Array.of(-1));
    expect(scalarScalar(Float64Array.of(1), Float64Array.of(1), 'atan2')[0]).toBeCloseTo(Math.PI / 4);
  });
});

describe('setOperation', () => {
  const left = rows([{ __name__: 'l', i: 'a' }, '1 1'], [{ __name__: 'l', i: 'b' }, '2 2']);
  const right = rows([{ __name__: 'r', i: 'b' }, '_ 9'], [{ __name__: 'r', i: 'c' }, '9 9']);
  const by = { on: false, labels: [] };

  it('decides at every step', () => {
    expect(show(withoutEmptyRows(setOperation(left, right, 'and', by)))).toEqual(['l{i="b"}: _ 2']);
    expect(show(setOperation(left, right, 'unless', by))).toEqual(['l{i="a"}: 1 1', 'l{i="b"}: 2 _']);
    expect(show(withoutEmptyRows(setOperation(left, right, 'or', by)))).toEqual(['l{i="a"}: 1 1', 'l{i="b"}: 2 2', 'r{i="c"}: 9 9']);
    expect(show(withoutEmptyRows(setOperation(left, right, 'and', { on: true, labels: [] })))).toEqual(['l{i="a"}: 1 1', 'l{i="b"}: 2 2']);
  });
});

describe('aggregations', () => {
  const vector = rows(
    [{ __name__: 'x', j: '1', i: 'a' }, '1 2'],
    [{ __name__: 'x', j: '1', i: 'b' }, '3 _'],
    [{ __name__: 'x', j: '2', i: 'a' }, '_ 5'],
  );

  it('group by or without labels', () => {
    expect(show(aggregate(vector, 'sum', { without: false, labels: ['j'] }))).toEqual(['{j="1"}: 4 2', '{j="2"}: _ 5']);
    expect(show(aggregate(vector, 'count', { without: true, labels: ['i'] }))).toEqual(['{j="1"}: 2 1', '{j="2"}: _ 1']);
    expect(show(aggregate(vector, 'max', ALL))).toEqual(['{}: 3 5']);
    expect(show(aggregate(vector, 'group', { without: false, labels: ['__name__'] }))).toEqual(['x: 1 1']);
    expect(show(aggregate(vector, 'stdvar', ALL))).toEqual(['{}: 1 2.25']);
  });

  it('lose nothing that compensation can save, and do not overflow where the mean does not', () => {
    const cancelling = rows([{ i: '1' }, '1e16'], [{ i: '2' }, '1'], [{ i: '3' }, '-1e16']);
    expect(show(aggregate(cancelling, 'sum', ALL))).toEqual(['{}: 1']);
    const huge = rows([{ i: '1' }, '1.5e308'], [{ i: '2' }, '1.5e308'], [{ i: '3' }, '1.5e308']);
    expect(aggregate(huge, 'avg', ALL).values[0]).toBeCloseTo(1.5e308, -300);
    expect(show(aggregate(huge, 'sum', ALL))).toEqual(['{}: Infinity']);
  });

  it('take NaN for smaller and larger than nothing else', () => {
    const odd = rows([{ i: '1' }, 'NaN'], [{ i: '2' }, '3'], [{ i: '3' }, 'NaN']);
    expect(show(aggregate(odd, 'min', ALL))).toEqual(['{}: 3']);
    expect(show(aggregate(odd, 'max', ALL))).toEqual(['{}: 3']);
  });

  it('rank: best first at a single step, NaN last, k by group', () => {
    const vector = rows([{ i: '1' }, '2'], [{ i: '2' }, 'NaN'], [{ i: '3' }, '9'], [{ i: '4' }, '5']);
    expect(show(selectTop(vector, Float64Array.of(3), ALL, 'top'))).toEqual(['{i="3"}: 9', '{i="4"}: 5', '{i="1"}: 2']);
    expect(show(selectTop(vector, Float64Array.of(9), ALL, 'bottom'))).toEqual(['{i="1"}: 2', '{i="4"}: 5', '{i="3"}: 9', '{i="2"}: NaN']);
    expect(show(selectTop(vector, Float64Array.of(0), ALL, 'top'))).toEqual([]);
    expect(show(selectFirst(vector, Float64Array.of(2), ALL))).toEqual(['{i="2"}: NaN', '{i="1"}: 2']);
  });

  it('rank as sorting would', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 45 }), (values, k) => {
        const vector = rows(...values.map((value, i) => [{ i: String(i) }, String(value)] as [Record<string, string>, string]));
        const { values: best } = selectTop(vector, Float64Array.of(k), ALL, 'top');
        expect([...best].map((value) => value + 0)).toEqual(
          values
            .map((value) => value + 0)
            .sort((a, b) => b - a)
            .slice(0, k),
        );
      }),
    );
  });

  it('count values under a label', () => {
    const grouped = countValues(vector, 'v', { without: false, labels: ['j'] }, String);
    expect(show(grouped)).toEqual(['{j="1", v="1"}: 1 _', '{j="1", v="3"}: 1 _', '{j="1", v="2"}: _ 1', '{j="2", v="5"}: _ 1']);
    expect(() => countValues(vector, '', ALL, String)).toThrow('invalid label name ""');
  });

  it('interpolate quantiles', () => {
    expect(show(aggregateQuantile(vector, Float64Array.of(0.5, 1), ALL))).toEqual(['{}: 2 5']);
    expect(quantileOf(0.5, Float64Array.of(3, 1, Number.NaN))).toBe(1);
    expect(quantileOf(0.25, Float64Array.of(1, 2))).toBe(1.25);
    expect(quantileOf(0.5, new Float64Array(0))).toBeNaN();
    expect([quantileOf(-0.1, Float64Array.of(1)), quantileOf(1.1, Float64Array.of(1))]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe('xxHash64', () => {
  it('agrees with the published values of the algorithm', () => {
    const hash = (text: string) => xxHash64(new TextEncoder().encode(text)).toString(16);
    expect(hash('')).toBe('ef46db3751d8e999');
    expect(hash('a')).toBe('d24ec4f1a98c6e5b');
    expect(hash('abc')).toBe('44bc2cf5ad770999');
  });

  it('places label sets evenly between 0 and 1', () => {
    const units = Array.from({ length: 1000 }, (_, i) =>
      hashUnit(Labels.from({ instance: `host-${i}`, job: 'a job with a name longer than thirty-two bytes' })),
    );
    expect(units.filter((unit) => unit < 0.5).length).toBeGreaterThan(440);
    expect(units.filter((unit) => unit < 0.5).length).toBeLessThan(560);
  });
});
