// A target is read faster where it shows the same as last time: whatever it shows, nothing else may come out than without that.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { appendBody, type BodyFormat } from './append-body.ts';
import { SeriesCache } from './cache.ts';
import { MetadataCache } from './metadata-cache.ts';
import { jobOf } from './testing/fixtures.ts';
import { storedSamples } from './testing/stored.ts';

const SERIES = [
  'a',
  'ab',
  'a{x="1"}',
  'a{x="12"}',
  'a{x="1",y="\\"}\\\\"}',
  'a{x="1",}',
  'b{x="ü"}',
  '{"q.r",x="1"}',
  'go_dropped',
  'c',
  'd',
];
const VALUES = ['1', '2', '0.5', '-0', 'NaN', '+Inf', '1e9', '123456789012345678', '.5', '0x1', ''];
const DROP = {
  action: 'drop',
  sourceLabels: ['__name__'],
  regex: 'go_.*',
  separator: ';',
  modulus: 0,
  targetLabel: '',
  replacement: '',
} as const;

interface Line {
  readonly series: string;
  readonly value: string;
  readonly rest: string;
}

const line = (rests: readonly string[]): fc.Arbitrary<Line> =>
  fc.record({
    series: fc.constantFrom(...SERIES),
    // Nearly always good: one bad line fails the whole body.
    value: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...VALUES.slice(0, 9)) },
      { weight: 1, arbitrary: fc.constantFrom(...VALUES) },
    ),
    rest: fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom(...rests) }),
  });

/** What happens to the lines from one scrape to the next. */
const change = (rests: readonly string[]) =>
  fc.record({
    kind: fc.constantFrom('none', 'none', 'insert', 'remove', 'replace', 'swap', 'rest', 'comment', 'cut'),
    at: fc.nat(20),
    line: line(rests),
    values: fc.array(fc.constantFrom(...VALUES.slice(0, 9)), { maxLength: 6 }),
  });
type Change = ReturnType<typeof change> extends fc.Arbitrary<infer T> ? T : never;

function applied(lines: readonly Line[], { kind, at, line: other, values }: Change): Line[] {
  const next = lines.map((one, i) => ({ ...one, value: values[i] ?? one.value }));
  const place = at % (next.length + 1);
  if (kind === 'insert') next.splice(place, 0, other);
  if (kind === 'remove') next.splice(place, 1);
  if (kind === 'replace') next.splice(place, 1, other);
  if (kind === 'rest' && next[place]) next[place] = { ...next[place], rest: other.rest };
  if (kind === 'swap' && next[place] && next[0]) [next[0], next[place]] = [next[place], next[0]];
  return next;
}

function bodyOf(lines: readonly Line[], { kind, at }: Change, end: string): Buffer {
  const texts = lines.map(({ series, value, rest }) => `${series} ${value}${rest}\n`);
  if (kind === 'comment') texts.splice(at % (texts.length + 1), 0, '# TYPE a counter\n# HELP a text\n');
  const body = Buffer.from(texts.join('') + end);
  return kind === 'cut' ? body.subarray(0, body.length - (at % (body.length + 1))) : body;
}

/** Scrapes into a store of its own; `forgetful` knows nothing of earlier bodies but which series are alive. */
function scraping(format: BodyFormat, forgetful: boolean) {
  const store = openMemoryStore(new FakeClock(1_000_000));
  const settings = { ...jobOf('j'), metricRelabel: [DROP] };
  let cache = new SeriesCache();
  const metadata = new MetadataCache();
  const scrape = async (text: Buffer, scrapeMs: number) => {
    if (forgetful) cache = new SeriesCache(cache.trackedSeries());
    const body = Buffer.from(text);
    const appender = store.metrics.appender();
    cache.begin();
    metadata.begin();
    const target = Labels.from({ job: 'j' });
    const result = await appendBody(
      { body, format },
      scrapeMs,
      { target, settings, cache, metadata, exemplars: store.exemplars },
      appender,
    );
    if (result.error) appender.rollback();
    else metadata.finish();
    for (const ref of result.error ? cache.abandon() : cache.finish()) appender.appendStale(ref, scrapeMs);
    // Memory of bodies is used again.
    body.fill('x');
    await appender.commit();
    const { scraped, kept, refused } = result;
    return { scraped, kept, refused, error: String(result.error) };
  };
  const exemplars = () => store.exemplars.select([], 0, 2_000_000).map(({ exemplars: all }) => all);
  return { scrape, stored: () => storedSamples(store.metrics), exemplars, size: () => cache.size, families: () => metadata.entries() };
}

describe.each([
  { format: 'text' as const, end: '', rests: [' 500', ' 12345', '  '] },
  { format: 'openmetrics' as const, end: '# EOF\n', rests: [' 0.5', ' # {t="1"} 3 0.4', ' # {t="2"} 4 0.6'] },
])('scrapes of $format that differ a little from one to the next', ({ format, end, rests }) => {
  it('store what they store without knowledge of the one before', async () => {
    let [failed, good] = [0, 0];
    const first = fc.uniqueArray(line(rests), { selector: ({ series }) => series, maxLength: SERIES.length });
    await fc.assert(
      fc.asyncProperty(first, fc.array(change(rests), { minLength: 1, maxLength: 12 }), async (start, changes) => {
        const [ours, reference] = [scraping(format, false), scraping(format, true)];
        let lines: readonly Line[] = start;
        let isRefused = false;
        for (const [i, one] of changes.entries()) {
          lines = applied(lines, one);
          const body = bodyOf(lines, one, end);
          const result = await ours.scrape(body, 1_000 * (i + 1));
          expect(result).toEqual(await reference.scrape(body, 1_000 * (i + 1)));
          isRefused ||= Object.keys(result.refused).length > 0;
          if (result.error === 'undefined') good++;
          else failed++;
        }
        expect(await ours.stored()).toEqual(await reference.stored());
        // A new series whose sample is refused has no exemplar, and to who forgets all are new.
        if (!isRefused) expect(ours.exemplars()).toEqual(reference.exemplars());
        expect(ours.families()).toEqual(reference.families());
        expect(ours.size()).toBeLessThan(SERIES.length + 1_000);
      }),
      { numRuns: 200 },
    );
    expect([failed > 20, good > 200]).toEqual([true, true]);
  });
});
