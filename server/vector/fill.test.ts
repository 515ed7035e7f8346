import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { vectorVector } from './binary.ts';
import { fillMissing } from './fill.ts';
import type { Rows } from './rows.ts';

const GONE = Number.NaN;

/** Rows in short notation; NaN is no sample. */
function rowsOf(series: readonly (readonly [labels: Record<string, string>, ...values: number[]])[]): Rows {
  const steps = (series[0]?.length ?? 2) - 1;
  const values = Float64Array.from(series.flatMap(([, ...each]) => each));
  return {
    steps,
    labels: series.map(([labels]) => Labels.from(labels)),
    values,
    present: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1)),
  };
}

function textOf({ steps, labels, values, present }: Rows): string[] {
  return labels.map((each, row) => {
    const cells = Array.from({ length: steps }, (_, t) => (present[row * steps + t] === 1 ? values[row * steps + t] : '_'));
    return `${each} ${cells.join(' ')}`;
  });
}

const errors = rowsOf([
  [{ __name__: 'errors', method: 'get' }, 24, 24],
  [{ __name__: 'errors', method: 'put' }, 3, GONE],
]);
const requests = rowsOf([
  [{ __name__: 'requests', method: 'get' }, 600, 600],
  [{ __name__: 'requests', method: 'del' }, 34, 34],
]);

describe('fillMissing', () => {
  it('gives every match group that one side has a sample on the other', () => {
    const by = { on: false, labels: [], fillLeft: 0, fillRight: 0 };
    const [left, right] = fillMissing(errors, requests, by);
    const result = vectorVector(left, right, { ...by, op: '/', card: 'one-to-one', include: [], returnBool: false });
    expect(textOf(result)).toEqual(['{method="get"} 0.04 0.04', '{method="put"} Infinity _', '{method="del"} 0 0']);
  });

  it('fills one side only when told so', () => {
    const [left, right] = fillMissing(errors, requests, { on: true, labels: ['method'], fillRight: 1 });
    expect(left).toBe(errors);
    expect(textOf(right)).toEqual(['requests{method="get"} 600 600', 'requests{method="del"} 34 34', '{method="put"} 1 _']);
  });

  it('fills one series of each group on the side of many, and no labels that the one side would have brought', () => {
    const many = rowsOf([
      [{ __name__: 'm', job: 'a', path: 'x' }, 1],
      [{ __name__: 'm', job: 'a', path: 'y' }, 2],
      [{ __name__: 'm', job: 'c', path: 'z' }, 3],
    ]);
    const one = rowsOf([
      [{ __name__: 'o', job: 'a', version: '1' }, 10],
      [{ __name__: 'o', job: 'b', version: '2' }, 20],
    ]);
    const by = { on: true, labels: ['job'], fillLeft: 5, fillRight: 7 };
    const [left, right] = fillMissing(many, one, by);
    const result = vectorVector(left, right, { ...by, op: '*', card: 'many-to-one', include: ['version'], returnBool: false });
    expect(textOf(result)).toEqual([
      '{job="a", path="x", version="1"} 10',
      '{job="a", path="y", version="1"} 20',
      '{job="c", path="z"} 21',
      '{job="b", version="2"} 100',
    ]);
  });

  it('fills both sides at each step on its own', () => {
    const left = rowsOf([[{ a: '1' }, 1, GONE, GONE]]);
    const right = rowsOf([[{ a: '1' }, GONE, 2, GONE]]);
    const by = { on: false, labels: [], fillLeft: 10, fillRight: 20 };
    const filled = fillMissing(left, right, by);
    expect(textOf(filled[0])).toEqual(['{a="1"} 1 10 _']);
    expect(textOf(filled[1])).toEqual(['{a="1"} 20 2 _']);
  });
});
