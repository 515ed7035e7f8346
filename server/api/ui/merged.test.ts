import { describe, expect, it } from 'vitest';
import { merged } from './merged.ts';

function later<T>(ms: number, value: T): () => Promise<T> {
  return () => new Promise((resolve) => setTimeout(() => resolve(value), ms));
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('merged', () => {
  it('hands results out as they come', async () => {
    const tasks = [later(60, 'slow'), later(5, 'fast'), later(30, 'medium')];
    expect(await collect(merged(tasks, 3, new AbortController().signal))).toEqual(['fast', 'medium', 'slow']);
    expect(await collect(merged([], 3, new AbortController().signal))).toEqual([]);
  });

  it('keeps to the concurrency', async () => {
    let running = 0;
    let most = 0;
    const tasks = Array.from({ length: 10 }, (_, i) => async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
      return i;
    });
    expect((await collect(merged(tasks, 3, new AbortController().signal))).toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    expect(most).toBe(3);
  });

  it('starts nothing more once nobody waits', async () => {
    const abort = new AbortController();
    let started = 0;
    const tasks = Array.from({ length: 10 }, () => async () => {
      started++;
      abort.abort();
      return 0;
    });
    expect(await collect(merged(tasks, 1, abort.signal))).toEqual([]);
    expect(started).toBe(1);
  });
});
