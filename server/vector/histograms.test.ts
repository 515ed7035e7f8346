import { describe, expect, it } from 'vitest';
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '../model/histogram.ts';
import { histogramText } from '../model/histogram-text.ts';
import { Labels } from '../model/labels.ts';
import { aggregate, aggregateQuantile } from './aggregate.ts';
import { vectorVector } from './binary.ts';
import type { BinaryOptions } from './binary-options.ts';
import { countValues } from './count-values.ts';
import type { HistogramNote } from './histogram-cells.ts';
import { dropNames, mapCells, pickRows, type Rows, repeatSteps } from './rows.ts';
import { selectFirst, selectTop } from './select-k.ts';
import { setOperation } from './set-operators.ts';
import { vectorScalar } from './vector-scalar.ts';

const ALL = { without: false, labels: [] };

/** `count` observations in (1, 2]. */
function histogram(count: number, over: Partial<FloatHistogram> = {}): FloatHistogram {
  const positiveSpans = [{ offset: 1, length: 1 }];
  const buckets = { positiveSpans, positiveBuckets: Float64Array.of(count), negativeSpans: [], negativeBuckets: new Float64Array() };
  return { hint: 'unknown', schema: 0, zeroThreshold: 0.001, zeroCount: 0, count, sum: count * 1.5, ...buckets, ...over };
}

const custom = (count: number, ...borders: number[]) =>
  histogram(count, { schema: CUSTOM_BUCKETS_SCHEMA, zeroThreshold: 0, customValues: Float64Array.from(borders) });

type Cell = number | FloatHistogram | undefined;

/** One row for each entry: its label `s` and its cells. */
function rowsOf(cells: Readonly<Record<string, readonly Cell[]>>): Rows {
  const all = Object.values(cells).flat();
  const steps = Object.values(cells)[0]?.length ?? 0;
  return {
    steps,
    labels: Object.keys(cells).map((s) => Labels.from({ __name__: 'x', s })),
    values: Float64Array.from(all, (cell) => (typeof cell === 'number' ? cell : 0)),
    present: Uint8Array.from(all, (cell) => (cell === undefined ? 0 : 1)),
    histograms: all.map((cell) => (typeof cell === 'object' ? cell : undefined)),
  };
}

/** The cells of all rows as text. */
function textsOf({ values, present, histograms }: Rows): string[] {
  return Array.from(values, (value, i) => (present[i] === 0 ? '-' : histograms?.[i] ? histogramText(histograms[i]) : String(value)));
}

const two = (count: number) => `{count:${count}, sum:${count * 1.5}, (1,2]:${count}}`;

function noting(): { notes: HistogramNote[]; note: (note: HistogramNote) => void } {
  const notes: HistogramNote[] = [];
  return { notes, note: (note) => notes.push(note) };
}

describe('rows with histograms', () => {
  const rows = rowsOf({ a: [histogram(1), 2], b: [undefined, histogram(3)] });

  it('keep them when rows are picked, repeated or renamed', () => {
    expect(textsOf(pickRows(rows, [1, 0]))).toEqual(['-', two(3), two(1), '2']);
    expect(textsOf(repeatSteps(rowsOf({ a: [histogram(1)], b: [4] }), 2))).toEqual([two(1), two(1), '4', '4']);
    expect(textsOf(dropNames(rows))).toEqual(textsOf(rows));
  });

  it('leave them out of functions of numbers', () => {
    expect(textsOf(mapCells(rows, (value) => -value))).toEqual(['-', '-2', '-', '-']);
  });

  it('are joined and masked by set operators', () => {
    const other = rowsOf({ c: [histogram(7), undefined] });
    expect(textsOf(setOperation(rows, other, 'or', { on: true, labels: ['s'] }))).toEqual([...textsOf(rows), two(7), '-']);
    expect(textsOf(setOperation(rows, other, 'and', { on: true, labels: [] }))).toEqual([two(1), '-', '-', '-']);
  });
});

describe('aggregations', () => {
  it('add histograms up and average them', () => {
    const rows = rowsOf({ a: [histogram(1), 1], b: [histogram(3), 2], c: [undefined, 3] });
    expect(textsOf(aggregate(rows, 'sum', ALL))).toEqual([two(4), '6']);
    expect(textsOf(aggregate(rows, 'avg', ALL))).toEqual([two(2), '2']);
    expect(textsOf(aggregate(rows, 'count', ALL))).toEqual(['2', '3']);
    expect(textsOf(aggregate(rows, 'group', ALL))).toEqual(['1', '1']);
  });

  it('have no value where floats and histograms, or kinds of buckets, meet', () => {
    const { notes, note } = noting();
    const rows = rowsOf({ a: [histogram(1), histogram(1)], b: [2, custom(1, 1, 2)] });
    expect(textsOf(aggregate(rows, 'sum', ALL, note))).toEqual(['-', '-']);
    expect(notes).toEqual([{ kind: 'mixed_schemas', name: 'x' }, { kind: 'mixed' }]);
  });

  it('tell when borders were reconciled, and when resets collide', () => {
    const { notes, note } = noting();
    aggregate(rowsOf({ a: [custom(1, 1, 2)], b: [custom(1, 2, 4)] }), 'avg', ALL, note);
    aggregate(rowsOf({ a: [histogram(1, { hint: 'reset' })], b: [histogram(1, { hint: 'not_reset' })] }), 'sum', ALL, note);
    expect(notes).toEqual([
      { kind: 'bounds_reconciled', operation: 'aggregation' },
      { kind: 'reset_collision', operation: 'aggregation' },
    ]);
  });

  it('of order and spread ignore histograms and say so', () => {
    const { notes, note } = noting();
    const rows = rowsOf({ a: [histogram(1)], b: [4], c: [2] });
    expect(textsOf(aggregate(rows, 'max', ALL, note))).toEqual(['4']);
    expect(textsOf(aggregate(rows, 'stdvar', ALL, note))).toEqual(['1']);
    expect(textsOf(aggregateQuantile(rows, Float64Array.of(0), ALL, note))).toEqual(['2']);
    expect(textsOf(selectTop(rows, Float64Array.of(2), ALL, 'top', note))).toEqual(['4', '2']);
    expect(notes).toEqual(new Array(4).fill({ kind: 'ignored' }));
    expect(textsOf(aggregate(rowsOf({ a: [histogram(1)] }), 'min', ALL))).toEqual(['-']);
  });

  it('that count or keep samples take histograms as they are', () => {
    const rows = rowsOf({ a: [histogram(1)], b: [histogram(1)], c: [2] });
    expect(textsOf(selectFirst(rows, Float64Array.of(1), ALL))).toContain(two(1));
    const counted = countValues(rows, 'v', ALL, String);
    expect(counted.labels.map((labels) => `${labels.get('v')} ×`)).toEqual([`${two(1)} ×`, '2 ×']);
    expect(textsOf(counted)).toEqual(['2', '1']);
  });
});

describe('operators', () => {
  const one = rowsOf({ a: [histogram(4)] });
  const scalar = (value: number) => Float64Array.of(value);
  const matching = { on: true, labels: ['s'], card: 'one-to-one', include: [], returnBool: false } as const;
  const between = (op: BinaryOptions['op'], a: Cell, b: Cell, over: Partial<BinaryOptions> = {}, note?: (note: HistogramNote) => void) =>
    textsOf(vectorVector(rowsOf({ a: [a] }), rowsOf({ a: [b] }), { ...matching, op, ...over }, note));

  it('scale histograms by numbers', () => {
    expect(textsOf(vectorScalar(one, scalar(2), '*', false, false))).toEqual([two(8)]);
    expect(textsOf(vectorScalar(one, scalar(2), '*', false, true))).toEqual([two(8)]);
    expect(textsOf(vectorScalar(one, scalar(2), '/', false, false))).toEqual([two(2)]);
    expect(vectorScalar(one, scalar(-1), '*', false, false).histograms?.[0]?.hint).toBe('gauge');
  });

  it('have no meaning between histograms and numbers otherwise', () => {
    const { notes, note } = noting();
    for (const [op, isScalarLeft] of [
      ['/', true],
      ['+', false],
      ['>', false],
    ] as const)
      expect(textsOf(vectorScalar(one, scalar(2), op, op === '>', isScalarLeft, note))).toEqual(['-']);
    expect(notes).toEqual([
      { kind: 'incompatible_types', left: 'float', right: 'histogram' },
      { kind: 'incompatible_types', left: 'histogram', right: 'float' },
      { kind: 'incompatible_types', left: 'histogram', right: 'float' },
    ]);
  });

  it('add, subtract and compare histograms', () => {
    expect(between('+', histogram(1), histogram(2))).toEqual([two(3)]);
    expect(between('-', histogram(3), histogram(1))).toEqual([two(2)]);
    expect(between('==', histogram(3), histogram(3))).toEqual([two(3)]);
    expect(between('!=', histogram(3), histogram(3))).toEqual([]);
    expect(between('!=', histogram(3), histogram(3), { returnBool: true })).toEqual(['0']);
    expect(between('*', histogram(3), 2)).toEqual([two(6)]);
  });

  it('make a gauge of a difference', () => {
    const rows = vectorVector(rowsOf({ a: [histogram(3)] }), rowsOf({ a: [histogram(1)] }), { ...matching, op: '-' });
    expect(rows.histograms?.[0]?.hint).toBe('gauge');
  });

  it('answer nothing where they have no meaning, with bool either', () => {
    const { notes, note } = noting();
    expect(between('>', histogram(3), histogram(1), { returnBool: true }, note)).toEqual([]);
    expect(between('+', histogram(3), custom(1, 1), {}, note)).toEqual([]);
    expect(between('-', 3, histogram(1), {}, note)).toEqual([]);
    expect(notes).toEqual([
      { kind: 'incompatible_types', left: 'histogram', right: 'histogram' },
      { kind: 'incompatible_layout' },
      { kind: 'incompatible_types', left: 'float', right: 'histogram' },
    ]);
  });

  it('keep the sides apart when the one side is on the left', () => {
    const rows = vectorVector(rowsOf({ a: [histogram(6)] }), rowsOf({ a: [2] }), { ...matching, op: '/', card: 'one-to-many' });
    expect(textsOf(rows)).toEqual([two(3)]);
  });
});
