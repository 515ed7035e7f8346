import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { LabelTable } from './label-table.ts';

const texts = fc.constantFrom('a', 'b', 'ab', 'job', '');
const labels = fc.dictionary(texts, texts, { maxKeys: 4 }).map((object) => Labels.from(object));

describe('a table of labels', () => {
  it('answers as a Map by text does, whatever is put in, replaced and taken out', () => {
    const step = fc.record({ labels, isDeleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = new LabelTable<{ labels: Labels; id: number }>();
        const map = new Map<string, { labels: Labels; id: number }>();
        for (const [id, { labels: each, isDeleted }] of steps.entries()) {
          if (isDeleted) {
            table.delete(each);
            map.delete(each.key());
          } else {
            const entry = { labels: each, id };
            table.set(entry);
            map.set(each.key(), entry);
          }
          expect(table.size).toBe(map.size);
        }
        for (const { labels: each } of steps) expect(table.get(each)).toBe(map.get(each.key()));
        expect(new Set(table.values())).toEqual(new Set(map.values()));
      }),
    );
  });

  it('keeps ten thousand apart', () => {
    const table = new LabelTable<{ labels: Labels }>();
    const entries = Array.from({ length: 10_000 }, (_, i) => ({
      labels: Labels.from({ __name__: 'up', id: String(i), job: `j${i % 7}` }),
    }));
    for (const entry of entries) table.set(entry);
    for (const { labels: each } of entries.filter((_, i) => i % 3 === 0)) table.delete(each);
    expect(entries.filter(({ labels: each }) => table.get(Labels.fromSortedFlat(each.flat)) !== undefined)).toEqual(
      entries.filter((_, i) => i % 3 !== 0),
    );
  });
});
