import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../model/seeded-random.ts';
import { bitsOf, writeStaleAt } from '../../model/stale.ts';
import { HeadColumns, HeadMemory } from './head-columns.ts';

/** Columns of `count` samples, some of them stale markers or histograms, beside others in the same memory. */
function columnsOf(count: number, memory: HeadMemory): HeadColumns {
  const values = new Float64Array(1);
  const bits = bitsOf(values);
  let [columns, beside] = [HeadColumns.NONE, HeadColumns.NONE];
  for (let i = 0; i < count; i++) {
    if (i === columns.capacity) [columns, beside] = [memory.grown(columns), memory.grown(beside)];
    values[0] = i % 7 === 3 ? -0 : i / 3;
    if (i % 11 === 5) writeStaleAt(bits, 0);
    columns.write(i, 1000 * i, bits, 0);
    beside.write(i, -1, bits, 0);
    if (i % 13 === 6) {
      columns.bodies ??= new Map();
      columns.bodies.set(i, Uint8Array.of(i));
    }
  }
  return columns;
}

describe('columns in memory', () => {
  it('are copied in part, with room for more that is not the original’s', () => {
    const random = randomFrom(7);
    for (let round = 0; round < 300; round++) {
      const memory = new HeadMemory();
      const count = Math.floor(random() * 200);
      const columns = columnsOf(count, memory);
      const from = Math.floor(random() * (count + 1));
      const before = columns.run(from, count);
      let copy = memory.copy(columns, from, count);
      expect(copy.run(0, count - from)).toEqual(before);
      expect([...copy.run(0, count - from).bits]).toEqual([...before.bits]);
      const more = Math.floor(random() * 20);
      for (let i = count - from; i < count - from + more; i++) {
        if (i === copy.capacity) copy = memory.grown(copy);
        copy.write(i, 5, before.bits, 0);
      }
      expect(columns.run(from, count)).toEqual(before);
      expect(copy.run(0, count - from)).toEqual(before);
      expect([...copy.run(count - from, count - from + more).times]).toEqual(new Array(more).fill(5));
    }
  });

  it('are none when nothing is copied', () => {
    const memory = new HeadMemory();
    expect(memory.copy(columnsOf(20, memory), 20, 20)).toBe(HeadColumns.NONE);
  });
});
