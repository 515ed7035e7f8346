import { describe, expect, it } from 'vitest';
import { KeptMemory } from './kept-memory.ts';

const kept = (sizeBytes: number) => ({ sizeBytes });

/** Asks for each key in turn as a reader does: found, or read and kept if there is room. */
function ask(memory: KeptMemory, keys: readonly string[], sizeBytes: number): number {
  let found = 0;
  for (const key of keys) {
    memory.use(key);
    if (memory.get(key)) found++;
    else memory.set(key, key, kept(sizeBytes));
  }
  return found;
}

const keysOf = (count: number, prefix = 'k') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('bounded memory', () => {
  it('finds most of what comes round in turns, although that is more than there is room for', () => {
    const memory = new KeptMemory(1_000);
    const keys = keysOf(12);
    ask(memory, keys, 100);
    for (let round = 0; round < 100; round++) expect(ask(memory, keys, 100)).toBe(10);
    expect(memory.sizeBytes).toBe(1_000);
  });

  it('goes over to what is used now', () => {
    const memory = new KeptMemory(1_000);
    for (let round = 0; round < 1_000; round++) ask(memory, keysOf(10, 'old'), 100);
    let rounds = 0;
    while (ask(memory, keysOf(10, 'new'), 100) < 10) rounds++;
    expect(rounds).toBeLessThan(200);
    expect(memory.get('old0')).toBeUndefined();
  });

  it('does not give up what is used often for what is large and used once', () => {
    const memory = new KeptMemory(1_000);
    for (let round = 0; round < 3; round++) ask(memory, keysOf(5), 100);
    ask(memory, ['large'], 900);
    expect(memory.get('large')).toBeUndefined();
    expect(ask(memory, keysOf(5), 100)).toBe(5);
  });

  it('never holds more than it may, nor what alone is too much', () => {
    const memory = new KeptMemory(1_000);
    for (let i = 0; i < 500; i++) {
      ask(memory, [`k${(i * 7) % 23}`], 50 + ((i * 37) % 300));
      expect(memory.sizeBytes).toBeLessThanOrEqual(1_000);
    }
    for (let i = 0; i < 5; i++) ask(memory, ['much'], 1_001);
    expect(memory.get('much')).toBeUndefined();
  });

  it('takes what has grown, or keeps what was there before', () => {
    const memory = new KeptMemory(1_000);
    ask(memory, ['a', 'b'], 400);
    memory.set('a', 'a', kept(600));
    expect(memory.get('a')).toEqual(kept(600));
    memory.set('b', 'b', kept(500));
    expect(memory.get('b')).toEqual(kept(400));
    expect(memory.sizeBytes).toBe(1_000);
    for (let i = 0; i < 5; i++) memory.use('b');
    memory.set('b', 'b', kept(500));
    expect(memory.get('b')).toEqual(kept(500));
    expect(memory.get('a')).toBeUndefined();
  });

  it('gives up a large one for small ones that are used as often, as each of them saves a question', () => {
    const memory = new KeptMemory(60_000_000);
    const small = keysOf(10);
    for (let round = 0; round < 4; round++) {
      ask(memory, ['large'], 58_000_000);
      ask(memory, small, 2_000_000);
    }
    expect(ask(memory, small, 2_000_000)).toBe(10);
    for (let round = 0; round < 4; round++) ask(memory, ['large'], 58_000_000);
    expect(memory.get('large')).toBeUndefined();
  });

  it('knows that the rest of what was given up in part saves no more than the whole did', () => {
    const memory = new KeptMemory(60_000_000);
    for (const part of keysOf(10, 'large')) memory.set(part, 'large', kept(6_000_000));
    for (let i = 0; i < 8; i++) memory.use('large');
    for (const key of ['b', 'c']) for (let i = 0; i < 9; i++) ask(memory, [key], 30_000_000);
    expect(ask(memory, ['b', 'c'], 30_000_000)).toBe(2);
  });

  it('tells beforehand what it would take', () => {
    const memory = new KeptMemory(1_000);
    for (let round = 0; round < 3; round++) ask(memory, ['a', 'b'], 400);
    expect(memory.hasRoom('c', 200)).toBe(true);
    expect(memory.hasRoom('c', 201)).toBe(false);
    // What is there under the name makes room for it.
    expect(memory.hasRoom('a', 600)).toBe(true);
    expect(memory.hasRoom('a', 601)).toBe(false);
    for (let i = 0; i < 10; i++) memory.use('c');
    expect(memory.hasRoom('c', 1_000)).toBe(true);
    expect(memory.hasRoom('c', 1_001)).toBe(false);
  });

  it('forgets what was popular, however many others were asked for once', () => {
    const memory = new KeptMemory(1_000);
    for (let i = 0; i < 100; i++) ask(memory, ['old'], 900);
    for (let i = 0; i < 20_000; i++) ask(memory, [`once${i}`], 900);
    let asked = 0;
    while (ask(memory, ['new'], 900) === 0) asked++;
    expect(asked).toBeLessThan(100);
  });

  it('keeps nothing where there is none', () => {
    const memory = new KeptMemory(0);
    ask(memory, ['a'], 1);
    expect(memory.get('a')).toBeUndefined();
  });
});
