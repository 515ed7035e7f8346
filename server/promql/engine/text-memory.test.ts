import { expect, it } from 'vitest';
import { MOST_BYTES, MOST_MADE, QueryTexts, TextMemory } from './text-memory.ts';

it('memory of texts is handed out again, and there is only so much of it', () => {
  const memory = new TextMemory();
  const taken = Array.from({ length: MOST_MADE }, () => memory.take());
  expect(taken.map((each) => each?.byteLength)).toEqual(taken.map(() => MOST_BYTES));
  expect(new Set(taken).size).toBe(MOST_MADE);
  expect(memory.take()).toBeUndefined();
  memory.giveBack(taken[1] as SharedArrayBuffer);
  expect(memory.take()).toBe(taken[1]);
  expect(memory.take()).toBeUndefined();
});

it('what a query took is free when it ends, or when writing fails', async () => {
  const memory = new TextMemory();
  const texts = new QueryTexts(memory);
  const written = await Promise.all(Array.from({ length: MOST_MADE }, () => texts.writing(async (text) => text)));
  expect(new Set(written).size).toBe(MOST_MADE);
  expect(await texts.writing(async (text) => text)).toBeUndefined();
  texts.end();
  texts.end();
  expect(new Set(Array.from({ length: MOST_MADE }, () => memory.take()))).toEqual(new Set(written));
  expect(memory.take()).toBeUndefined();

  for (const text of written) memory.giveBack(text as SharedArrayBuffer);
  for (let i = 0; i <= MOST_MADE; i++) {
    const failing = texts.writing((text) => Promise.reject(new Error(String(text?.byteLength))));
    await expect(failing).rejects.toThrow(String(MOST_BYTES));
  }
});

it('memory written to after its query has ended is free at once', async () => {
  const memory = new TextMemory();
  const texts = new QueryTexts(memory);
  let finish: (() => void) | undefined;
  const writing = texts.writing((text) => new Promise<typeof text>((resolve) => (finish = () => resolve(text))));
  texts.end();
  expect(memory.take()).not.toBe(undefined);
  finish?.();
  const written = await writing;
  expect(memory.take()).toBe(written);
});
