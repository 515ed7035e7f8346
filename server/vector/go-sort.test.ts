import { describe, expect, it } from 'vitest';
import { sortAsGo } from './go-sort.ts';

/** The order of indices that results. */
function orderOf(values: readonly number[]): number[] {
  return sortAsGo([...values.keys()], (a, b) => (values[a] as number) < (values[b] as number));
}

describe('sortAsGo', () => {
  it('keeps the order of equals in short lists', () => {
    expect(orderOf([1, 0, 1, 0, 1, 0])).toEqual([1, 3, 5, 0, 2, 4]);
  });

  it('orders equals of a long list as a real Prometheus was seen to do', () => {
    const values = [1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1];
    expect(orderOf(values)).toEqual([10, 15, 2, 18, 4, 5, 6, 16, 9, 8, 12, 11, 1, 13, 14, 0, 7, 17, 3, 19]);
  });

  it('sorts long lists of every shape', () => {
    const shapes: ((i: number) => number)[] = [
      (i) => i,
      (i) => -i,
      (i) => i % 7,
      (i) => (i * 7919) % 1009,
      () => 1,
      (i) => (i < 400 ? i : -i),
    ];
    for (const shape of shapes) {
      const values = Array.from({ length: 1000 }, (_, i) => shape(i));
      expect(sortAsGo([...values], (a, b) => a < b)).toEqual([...values].sort((a, b) => a - b));
    }
  });

  it('ends where the order is none', () => {
    expect(
      sortAsGo(
        Array.from({ length: 500 }, (_, i) => i),
        () => true,
      ),
    ).toHaveLength(500);
  });
});
