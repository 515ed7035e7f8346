import { expect, it } from 'vitest';
import { MOST_BYTES, MOST_MADE, TextMemory } from './text-memory.ts';

it('memory of texts is handed out again, and there is only so much of it', () => {
  const memory = new TextMemory();
  const taken = Array.from({ length: MOST_MADE }, () => memory.take());
  expect(taken.map((each) => each?.byteLength)).toEqual(taken.map(() => MOST_BYTES));
  expect(new Set(taken).size).toBe(MOST_MADE);
  expect(memory.take()).toBeUndefined();
  // A text that had no room there had memory of its own.
  memory.giveBack(new ArrayBuffer(100));
  expect(memory.take()).toBeUndefined();
  memory.giveBack(taken[1] as SharedArrayBuffer);
  expect(memory.take()).toBe(taken[1]);
  expect(memory.take()).toBeUndefined();
});
