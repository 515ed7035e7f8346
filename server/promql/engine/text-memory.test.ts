import { expect, it } from 'vitest';
import { TextMemory } from './text-memory.ts';

const KB = 1024;

it('memory of texts is handed out again, the largest of what came back, within bounds', () => {
  const memory = new TextMemory();
  expect(memory.take()).toBeUndefined();
  // Too small, too large, not to be transferred, gone to another thread.
  const gone = new ArrayBuffer(100 * KB);
  structuredClone(gone, { transfer: [gone] });
  for (const useless of [new ArrayBuffer(64 * KB - 1), new ArrayBuffer(3072 * KB + 1), new SharedArrayBuffer(100 * KB), gone])
    memory.giveBack(useless);
  expect(memory.take()).toBeUndefined();
  for (const size of [64, 300, 100, 3072, 200, 80]) memory.giveBack(new ArrayBuffer(size * KB));
  const sizes = Array.from({ length: 5 }, () => memory.take()?.byteLength);
  expect(sizes.filter((size) => size !== undefined).sort((a, b) => a - b)).toEqual([200, 300, 3072].map((size) => size * KB));
});
