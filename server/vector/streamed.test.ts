// Rows that come bit by bit give, bit for bit, what all of them give at once.
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { randomFrom } from '../model/seeded-random.ts';
import { aggregate, aggregatePieces } from './aggregate.ts';
import type { FoldOperator } from './folding.ts';
import { type Grouping, groupSeries } from './group.ts';
import { type Rows, withoutEmptyRows } from './rows.ts';
import { selectTop } from './select-k.ts';
import { StreamedFold, StreamedTop } from './streamed.ts';

const SEED = Number(process.env.ALIDADE_SEED ?? 1);
const OPERATORS: readonly FoldOperator[] = ['sum', 'avg', 'count', 'min', 'max', 'group', 'stddev', 'stdvar'];
const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1.5e308, -1.5e308, 5e-324];
const GROUPINGS: readonly Grouping[] = [
  { without: false, labels: [] },
  { without: false, labels: ['a'] },
  { without: false, labels: ['b', 'a'] },
  { without: false, labels: ['missing'] },
  { without: false, labels: ['__name__', 'a'] },
  { without: false, labels: ['i'] },
  { without: true, labels: [] },
  { without: true, labels: ['i'] },
  { without: true, labels: ['a', 'i', 'missing'] },
];

type Random = () => number;

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** Finite ones are few, so that many are equal, or of every size, so that rounding depends on their order. */
function randomValue(random: Random, kind: number): number {
  if (random() < 0.1) return ODD[below(random, ODD.length)] as number;
  return kind === 0 ? below(random, 4) - 1 : (random() - 0.5) * 10 ** below(random, 17);
}

function randomRows(random: Random, count: number, steps: number): Rows {
  const kind = below(random, 2);
  const share = [1, 0.9, 0.5, 0.05][below(random, 4)] as number;
  const labels = Array.from({ length: count }, (_, i) => {
    const some = random() < 0.2 ? {} : { a: `${below(random, 3)}` };
    return Labels.from({ __name__: `m${below(random, 2)}`, b: `${below(random, 4)}`, i: `${i}`, ...some });
  });
  const values = Float64Array.from({ length: count * steps }, () => randomValue(random, kind));
  return { steps, labels, values, present: Uint8Array.from(values, () => (random() < share ? 1 : 0)) };
}

/** The rows in pieces, of which some are empty. */
function cut({ steps, labels, values, present }: Rows, random: Random): Rows[] {
  const most = 1 + below(random, labels.length + 1);
  const pieces: Rows[] = [];
  for (let from = 0; from < labels.length; ) {
    const to = Math.min(labels.length, from + (random() < 0.2 ? 0 : below(random, most + 1)));
    const cells = [from * steps, to * steps] as const;
    pieces.push({ steps, labels: labels.slice(from, to), values: values.slice(...cells), present: present.slice(...cells) });
    from = to;
  }
  return pieces;
}

/** Labels and cells in order; what is in a cell without a sample means nothing. */
function cellsOf({ steps, labels, values, present }: Rows): unknown {
  expect([values.length, present.length]).toEqual([labels.length * steps, labels.length * steps]);
  return [steps, labels.map((each) => each.toString()), Array.from(values, (value, i) => (present[i] === 1 ? value : undefined))];
}

/** Whether the last sample that is kept somewhere equals the first that is not. */
function isTiedBySorting({ steps, labels, values, present }: Rows, k: number, order: 'top' | 'bottom', grouping: Grouping): boolean {
  const { of } = groupSeries(labels, grouping);
  const samples = new Map<string, number[]>();
  values.forEach((value, i) => {
    if (present[i] === 0) return;
    const key = `${of[Math.floor(i / steps)]} ${i % steps}`;
    const some = samples.get(key) ?? [];
    some.push(order === 'top' ? -value : value);
    samples.set(key, some);
  });
  return [...samples.values()].some((some) => {
    // Arrays of numbers have NaN last, and tell the two zeros apart.
    const [last, next] = Float64Array.from(some, (value) => value + 0)
      .sort()
      .subarray(k - 1);
    return next !== undefined && (next === last || Number.isNaN(last));
  });
}

/** Keeps the two zeros apart, and not the NaNs. */
function expectSame(actual: Rows, expected: Rows): void {
  expect(cellsOf(actual)).toStrictEqual(cellsOf(expected));
}

describe('aggregations of rows that come bit by bit', () => {
  it('are those of all rows at once', () => {
    const random = randomFrom(SEED);
    for (let round = 0; round < 400; round++) {
      const rows = randomRows(random, below(random, round % 10 === 0 ? 200 : 20), [1, 1, 2, 5][below(random, 4)] as number);
      const grouping = GROUPINGS[below(random, GROUPINGS.length)] as Grouping;
      const pieces = cut(rows, random);
      for (const op of OPERATORS) {
        const streamed = new StreamedFold(op, rows.steps, grouping);
        for (const piece of pieces) streamed.add(piece);
        const expected = aggregate(rows, op, grouping);
        expectSame(streamed.result(), expected);
        expectSame(aggregatePieces(pieces, rows.steps, op, grouping), expected);
      }
    }
  });

  it('leave alone what they were given, which may be used again for others', () => {
    const rows = randomRows(randomFrom(SEED), 50, 3);
    const buffer = { ...rows, values: rows.values.slice(), present: rows.present.slice() };
    for (const op of OPERATORS) {
      const streamed = new StreamedFold(op, 3, { without: false, labels: ['a'] });
      const top = new StreamedTop(3, 'top', 3, { without: false, labels: ['a'] });
      for (const each of [streamed, top]) {
        buffer.values.set(rows.values);
        buffer.present.set(rows.present);
        each.add(buffer);
        expect([buffer.values, buffer.present]).toEqual([rows.values, rows.present]);
        buffer.values.fill(7e77);
        buffer.present.fill(1);
      }
      expectSame(streamed.result(), aggregate(rows, op, { without: false, labels: ['a'] }));
      const k = new Float64Array(3).fill(3);
      expectSame(
        top.result(() => undefined),
        withoutEmptyRows(selectTop(rows, k, { without: false, labels: ['a'] }, 'top')),
      );
    }
  });
});

describe('the best of rows that come bit by bit', () => {
  /** Expects that nobody can tell how the rows came. */
  function expectSameBest(rows: Rows, pieces: readonly Rows[], k: number, order: 'top' | 'bottom', grouping: Grouping): boolean {
    let [isTied, isTiedAtOnce] = [false, false];
    const streamed = new StreamedTop(k, order, rows.steps, grouping);
    for (const piece of pieces) streamed.add(piece);
    const best = streamed.result(() => {
      isTied = true;
    });
    const counts = new Float64Array(rows.steps).fill(k);
    const atOnce = selectTop(rows, counts, grouping, order, undefined, () => {
      isTiedAtOnce = true;
    });
    expectSame(best, withoutEmptyRows(atOnce));
    expect(isTied).toBe(isTiedAtOnce);
    expect(isTied).toBe(isTiedBySorting(rows, k, order, grouping));
    return isTied;
  }

  it('are those of all rows at once, in the same order', () => {
    const random = randomFrom(SEED);
    const ties = [0, 0];
    for (let round = 0; round < 1_500; round++) {
      const rows = randomRows(random, below(random, round % 10 === 0 ? 300 : 25), [1, 1, 2, 5][below(random, 4)] as number);
      const grouping = GROUPINGS[below(random, GROUPINGS.length)] as Grouping;
      const k = [1, 2, 3, 7, 100][below(random, 5)] as number;
      const isTied = expectSameBest(rows, cut(rows, random), k, random() < 0.5 ? 'top' : 'bottom', grouping);
      ties[isTied ? 1 : 0] = (ties[isTied ? 1 : 0] as number) + 1;
    }
    // Both are tested.
    expect(Math.min(...ties)).toBeGreaterThan(100);
  });

  it.each([1, 3])('have their labels when those of many more were let go, at %i steps', (steps) => {
    const random = randomFrom(SEED);
    const count = 15_000;
    // Each is better than all before for a long time, at one step or another.
    const rising = Float64Array.from({ length: count * steps }, (_, i) => (random() < 0.8 ? i : below(random, 10)));
    const rows = { ...randomRows(random, count, steps), values: rising, present: new Uint8Array(count * steps).fill(1) };
    const falling = { ...rows, values: rising.map((value) => -value) };
    for (const grouping of GROUPINGS.filter(({ labels }) => !labels.includes('i'))) {
      expectSameBest(rows, cut(rows, random), 5, 'top', grouping);
      expectSameBest(falling, cut(falling, random), 2, 'bottom', grouping);
    }
    // One group has many kept, and the other all that are let go.
    const labels = rows.labels.map((_, i) => Labels.from({ a: i < 90 ? 'few' : 'many', i: `${i}` }));
    expectSameBest({ ...rows, labels }, cut({ ...rows, labels }, random), 100, 'top', { without: false, labels: ['a'] });
  });
});

describe('groups and steps so many that the rows had better be kept', () => {
  const rows = (groups: number, steps: number): Rows => {
    const labels = Array.from({ length: groups }, (_, i) => Labels.from({ i: `${i}` }));
    return { steps, labels, values: new Float64Array(0), present: new Uint8Array(0) };
  };

  const each = { without: false, labels: ['i'] };
  it.each([
    ['a sum of each', 1_000, (steps: number) => new StreamedFold('sum', steps, each)],
    ['the best of each', 100, (steps: number) => new StreamedTop(5, 'top', steps, each)],
  ] as const)('are refused: %s', (_, steps, open) => {
    expect(() => open(steps).add(rows(4_000, steps))).not.toThrow();
    expect(() => open(steps).add(rows(4_001, steps))).toThrow(expect.objectContaining({ code: 'vector.too_many_groups' }));
  });
});
