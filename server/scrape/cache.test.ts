import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpositionParser } from '../formats/exposition/parse.ts';
import { SeriesCache } from './cache.ts';

/** Scrapes `body`, giving new texts the next number; what was read, what was new, what ended. */
function scrapeWith(cache: SeriesCache, refs: Map<string, number>, body: string, isTracked = (_value: number) => true) {
  const parser = new ExpositionParser(Buffer.from(body));
  const read: string[] = [];
  let expected = 0;
  cache.begin();
  for (;;) {
    let series = cache.readExpected(parser);
    if (series) expected++;
    else {
      const entry = parser.next();
      if (entry === 'end') break;
      if (entry !== 'series') continue;
      series = cache.find(parser);
    }
    const text = body.slice(parser.seriesStart, parser.seriesEnd);
    if (!series) {
      if (!refs.has(text)) refs.set(text, refs.size + 1);
      series = cache.add(parser, { ref: refs.get(text) });
    }
    cache.see(series);
    if (isTracked(parser.value)) cache.track(series);
    read.push(`${series.ref}=${parser.value}`);
  }
  return { read, expected, ended: cache.finish() };
}

describe('SeriesCache', () => {
  it('reads the same series in the same order without looking anything up', () => {
    const cache = new SeriesCache();
    const refs = new Map<string, number>();
    expect(scrapeWith(cache, refs, 'a 1\nb{x="1"} 2\nc 3\n')).toMatchObject({ expected: 0 });
    expect(scrapeWith(cache, refs, '# TYPE a gauge\na 4\n# HELP b new\nb{x="1"} 5\nc 6')).toEqual({
      read: ['1=4', '2=5', '3=6'],
      expected: 3,
      ended: [],
    });
  });

  it('finds its way again after insertions and deletions', () => {
    const cache = new SeriesCache();
    const refs = new Map<string, number>();
    scrapeWith(cache, refs, 'a 1\nb 1\nc 1\nd 1\ne 1\n');
    expect(scrapeWith(cache, refs, 'a 2\nnew 2\nb 2\nd 2\ne 2\n')).toEqual({
      read: ['1=2', '6=2', '2=2', '4=2', '5=2'],
      expected: 3,
      ended: [3],
    });
  });

  it('ends what an earlier loop left unless the first good scrape has it', () => {
    const refs = new Map([
      ['a', 1],
      ['b', 2],
    ]);
    const cache = new SeriesCache([1, 9]);
    expect(cache.trackedSeries()).toEqual([1, 9]);
    expect(scrapeWith(cache, refs, 'a 1\nb 1\n').ended).toEqual([9]);
    expect(cache.trackedSeries()).toEqual([1, 2]);
  });

  it('behaves like a map from text to number, whatever the bodies', () => {
    const names = fc.constantFrom('a', 'b', 'ab', 'a{x="1"}', 'a{x="12"}', 'a {x="1"}', 'b{}', '{"q"}', 'c', 'd', 'e');
    const isTracked = (value: number) => value < 5;
    const bodyOf = fc.array(fc.tuple(names, fc.nat(9)), { maxLength: 14 });
    // Most targets show the same names again, with other values.
    const again = fc
      .uniqueArray(names, { maxLength: 4 })
      .chain((some) => fc.array(fc.tuple(...some.map((name) => fc.tuple(fc.constant(name), fc.nat(9)))), { maxLength: 4 }));
    const bodies = fc
      .array(
        fc.oneof(
          bodyOf.map((one) => [one]),
          again,
        ),
        { maxLength: 6 },
      )
      .map((some) => some.flat());
    fc.assert(
      fc.property(bodies, (all) => {
        const cache = new SeriesCache();
        const refs = new Map<string, number>();
        let alive = new Set<number>();
        for (const lines of all) {
          const body = lines.map(([name, value]) => `${name} ${value}\n`).join('');
          const { read, ended } = scrapeWith(cache, refs, body, isTracked);
          expect(read).toEqual(lines.map(([name, value]) => `${refs.get(name)}=${value}`));
          const now = new Set(lines.filter(([, value]) => isTracked(value)).map(([name]) => refs.get(name) as number));
          expect(new Set(ended)).toEqual(new Set([...alive].filter((ref) => !now.has(ref))));
          expect(new Set(cache.trackedSeries())).toEqual(now);
          expect(cache.size).toBe(new Set(lines.map(([name]) => name)).size);
          alive = now;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
