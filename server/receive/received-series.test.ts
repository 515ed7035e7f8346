import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../formats/remote-write/write-request.ts';
import { randomFrom } from '../model/seeded-random.ts';
import { type KnownSeries, ReceivedSeriesCache } from './received-series.ts';

/** The text somewhere in a body. */
function range(text: string): ByteRange {
  const bytes = Buffer.from(`before ${text} behind`);
  return { bytes, start: 7, end: 7 + Buffer.byteLength(text) };
}

describe('the cache of written series', () => {
  it('finds the series with these bytes, whatever came before', () => {
    const random = randomFrom(1);
    const cache = new ReceivedSeriesCache(40);
    const texts = Array.from({ length: 60 }, (_, i) => `${'label'.repeat(i % 4)}${i}`);
    let found = 0;
    for (let request = 0; request < 2_000; request++) {
      let previous: KnownSeries | undefined;
      const start = Math.floor(random() * texts.length);
      for (let i = start; i < texts.length && random() < 0.9; i += random() < 0.8 ? 1 : 2) {
        const text = texts[i] as string;
        const known = cache.find(range(text), previous);
        if (known) found++;
        previous = known ?? cache.add(range(text), previous);
        expect(previous.bytes.toString('utf8', previous.start, previous.end)).toBe(text);
      }
    }
    expect(found).toBeGreaterThan(1_000);
  });

  it('tells series of equal hash apart, also where they go on at the other end of the table', () => {
    const cache = new ReceivedSeriesCache(100, () => 63);
    const texts = Array.from({ length: 40 }, (_, i) => `series ${i}`);
    const added = texts.map((text) => cache.add(range(text)));
    expect(texts.map((text) => cache.find(range(text)))).toEqual(added);
    expect(new Set(added).size).toBe(40);
    expect(cache.find(range('series 40'))).toBeUndefined();
  });

  it('remembers as many as it may when they come in turn', () => {
    const cache = new ReceivedSeriesCache(100);
    const texts = Array.from({ length: 100 }, (_, i) => `series ${i}`);
    for (const text of texts) cache.add(range(text));
    for (let round = 0; round < 5; round++) expect(texts.filter((text) => !cache.find(range(text)))).toEqual([]);
  });

  it('forgets what nobody asks for, and whatever came after it', () => {
    const cache = new ReceivedSeriesCache(10);
    const first = cache.add(range('first'));
    const second = cache.add(range('second'), first);
    for (let i = 0; i < 40; i++) expect(cache.find(range('first')) ?? cache.add(range(`other ${i}`))).toBeDefined();
    for (let i = 0; i < 40; i++) cache.add(range(`another ${i}`));
    expect([cache.find(range('second')), cache.find(range('first'))]).toEqual([undefined, undefined]);
    expect([first.successor, second.successor]).toEqual([undefined, undefined]);
  });
});
