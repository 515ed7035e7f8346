import { describe, expect, it } from 'vitest';
import { freshMemory, type PackedSeries } from '../../storage/packed/packed-series.ts';
import type { SeriesSet } from '../../storage/store.ts';
import { HeldParts } from './held-parts.ts';

const part = (memory: ArrayBuffer | SharedArrayBuffer = new SharedArrayBuffer(8)): PackedSeries => ({
  labels: [],
  ends: new Uint32Array(0),
  counts: new Uint32Array(0),
  memory,
  isRolled: false,
});
const decoded: SeriesSet = {
  labels: [],
  offsets: new Uint32Array(1),
  timestampsMs: new Float64Array(0),
  values: new Float64Array(0),
};

describe('the first parts of a read', () => {
  it('are held up to six, and let go with the seventh, each once', () => {
    const held = new HeldParts(() => true);
    const parts = Array.from({ length: 7 }, () => part());
    expect(parts.map((each) => held.take(each))).toEqual([true, true, true, true, true, true, false]);
    expect(held.letGo()).toEqual(parts.slice(0, 6));
    expect([held.letGo(), held.parts, held.take(part())]).toEqual([[], [], false]);
  });

  it.each([
    ['in ordinary memory', part(freshMemory(1).take(8, 1))],
    ['decoded', decoded],
  ])('are not held when one is %s', (_, other) => {
    const held = new HeldParts(() => true);
    const first = part();
    expect([first, other, part()].map((each) => held.take(each))).toEqual([true, false, false]);
    expect(held.letGo()).toEqual([first]);
  });

  it('are held no longer than they may be', () => {
    let mayHold = true;
    const held = new HeldParts(() => mayHold);
    const first = part();
    expect(held.take(first)).toBe(true);
    mayHold = false;
    expect(held.take(part())).toBe(false);
    mayHold = true;
    expect([held.take(part()), held.letGo()]).toEqual([false, [first]]);
  });
});
