import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { ALL_FEATURES, NO_FEATURES } from '../../model/language-features.ts';
import type { Rows } from '../../vector/rows.ts';
import { ReducedNode } from './reduced-node.ts';

const piece = (...values: number[]): Rows => ({
  steps: 2,
  labels: values.map(() => Labels.from({ a: '1' })),
  values: Float64Array.from(values.flatMap((value) => [value, value])),
  present: new Uint8Array(2 * values.length).fill(1),
});

describe('rows in pieces', () => {
  it('are put one after the other, and never stay where others write', () => {
    const shared = { ...piece(1), values: new Float64Array(new SharedArrayBuffer(16)) };
    const { rows, pieces } = new ReducedNode([shared, piece(2, 3)], 2, NO_FEATURES);
    expect([...rows.values]).toEqual([0, 0, 2, 2, 3, 3]);
    expect(rows.labels).toHaveLength(3);
    expect(pieces).toHaveLength(2);
    const alone = new ReducedNode([shared], 2, NO_FEATURES).rows;
    shared.values.fill(7);
    expect([...alone.values]).toEqual([0, 0]);
  });

  it.each([[[piece(1, 2)]], [[piece(1), piece(2)]]])('are refused when two are alike but for their type', (pieces) => {
    const node = new ReducedNode(pieces, 2, { ...ALL_FEATURES, delayedNameRemoval: false });
    expect(node.pieces).toBeUndefined();
    expect(() => node.rows).toThrow('same labelset');
  });
});
