import { describe, expect, it } from 'vitest';
import { PartMemory, ReadMemory } from './part-memory.ts';

const LARGE = 100_000;

describe('memory of parts', () => {
  const all = new PartMemory(1 << 20, 3);
  const read = () => new ReadMemory(all, 1_000, 10, 1);

  it('is shared up to its limit, and ordinary beyond it, for little and for more than a piece', () => {
    const reader = read();
    const taken = [LARGE, LARGE, LARGE, LARGE, 100, 1 << 21].map((bytes) => reader.take(bytes, 1));
    expect(taken.map((memory) => [memory instanceof SharedArrayBuffer, memory.byteLength])).toEqual([
      [true, 1 << 20],
      [true, 1 << 20],
      [true, 1 << 20],
      [false, LARGE],
      [false, 100],
      [false, 1 << 21],
    ]);
    expect(() => reader.take(1, 1_001)).toThrow('too many samples');
    for (const memory of taken) reader.giveBack(memory, true);
    reader.end(true, true);
    expect(all.used).toBe(0);
  });

  it('is used again by others only when nobody may look at it any more', () => {
    const [first, second] = [read(), read()];
    const [part, given] = [first.take(LARGE, 1), first.take(LARGE, 1)];
    const rows = first.forRows(LARGE);
    first.giveBack(given, true);
    first.end(false, false);
    // Too late: it was given up.
    first.giveBack(part, true);
    expect(all.used).toBe(0);
    const fresh = [second.take(LARGE, 1), second.take(LARGE, 1), second.take(LARGE, 1)];
    expect(fresh.every((memory) => memory instanceof SharedArrayBuffer)).toBe(true);
    expect(fresh).toContain(given);
    expect(fresh).not.toContain(part);
    expect(fresh).not.toContain(rows);
    second.end(true, false);
    expect(all.used).toBe(0);
  });

  it('has the little of a last part where the others are', () => {
    const reader = read();
    const parts = [reader.take(LARGE, 1), reader.take(100, 1)];
    expect(parts.every((memory) => memory instanceof SharedArrayBuffer)).toBe(true);
    reader.end(true, false);
    expect(all.used).toBe(0);
  });

  it('leaves parts that are kept with the rows', () => {
    const reader = read();
    const part = reader.take(LARGE, 1) as SharedArrayBuffer;
    reader.keep(part);
    reader.giveBack(part, true);
    reader.end(true, true);
    expect([all.used, reader.rows]).toEqual([1, [part]]);
    all.giveBack(part, true);
    const failing = read();
    failing.keep(failing.take(LARGE, 1) as SharedArrayBuffer);
    failing.end(true, false);
    expect(all.used).toBe(0);
  });

  it('leaves rows to who asked for them', () => {
    const reader = read();
    const rows = reader.forRows(LARGE);
    const few = reader.forRows(10);
    reader.end(true, true);
    expect(all.used).toBe(2);
    all.giveBack(few as SharedArrayBuffer, true);
    all.giveBack(rows as SharedArrayBuffer, true);
    expect(all.used).toBe(0);
    expect(read().forRows(10)).toBeUndefined();
  });
});
