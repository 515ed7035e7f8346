import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import { type Indexed, SeriesIndex } from './series-index.ts';

const texts = fc.constantFrom('a', 'b', 'job', 'x');
const labels = fc.dictionary(texts, texts, { maxKeys: 3 }).map((object) => Labels.from(object));
const matcher: fc.Arbitrary<Matcher> = fc.record({
  type: fc.constantFrom('=', '!=', '=~', '!~'),
  name: texts,
  value: fc.oneof(texts, fc.constantFrom('', 'a|x', '.*', '.+')),
});

describe('an index of labels', () => {
  it('finds what looking at everything finds, whatever was added and removed', () => {
    const step = fc.record({ labels, isRemoved: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(matcher, { maxLength: 3 }), (steps, matchers) => {
        const index = new SeriesIndex<Indexed>();
        const there = new Map<string, Indexed>();
        for (const [id, { labels: wanted, isRemoved }] of steps.entries()) {
          const key = wanted.key();
          const known = there.get(key);
          if (isRemoved && known) {
            index.remove([known]);
            there.delete(key);
          } else if (!isRemoved && !known) {
            const shared = index.withKnownTexts(wanted);
            expect(shared.flat).toEqual(wanted.flat);
            const entry = { id, labels: shared };
            index.add(entry);
            there.set(key, entry);
          }
        }
        const expected = [...there.values()].filter((entry) => {
          const one = new SeriesIndex<Indexed>();
          one.add(entry);
          return one.match(matchers).length === 1;
        });
        const ids = (entries: readonly Indexed[]) => entries.map(({ id }) => id).sort((a, b) => a - b);
        expect(ids(index.match(matchers))).toEqual(ids(expected));
        const counts = new Map<string, number>();
        for (const { labels: each } of there.values())
          for (const [name, value] of each) counts.set(`${name}=${value}`, (counts.get(`${name}=${value}`) ?? 0) + 1);
        const counted = [...index.counts()].flatMap(([name, values]) =>
          [...values].map(([value, count]) => [`${name}=${value}`, count] as const),
        );
        expect(new Map(counted)).toEqual(counts);
        for (const [pair, count] of counts) expect(index.count(...(pair.split('=') as [string, string]))).toBe(count);
      }),
      { numRuns: 500 },
    );
  });
});
