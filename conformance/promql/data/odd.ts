// What goes wrong and what nobody expects: gaps, stale markers, NaN, infinities, uneven scrapes, label sets that clash, odd text.
import type { Random } from '../random.ts';
import { END_MS, type Sample, SCRAPE_MS, type Series, START_MS, scraped } from './series.ts';

const TINY = Number.MIN_VALUE;

/** Values at and beyond the edges of floats. */
export function oddValues(random: Random): Series[] {
  const cycles: Record<string, readonly number[]> = {
    nan: [Number.NaN],
    'nan and numbers': [Number.NaN, 1, 2, Number.NaN, 5, 3],
    inf: [Number.POSITIVE_INFINITY],
    'minus inf': [Number.NEGATIVE_INFINITY],
    'both infs': [Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 2],
    'zero signs': [0, -0, 1, -0, 0],
    'minus zero': [-0],
    huge: [1.7e308, 1.6e308, 1.7976931348623157e308],
    'huge signs': [1.7e308, -1.7e308, 1e308],
    tiny: [TINY, 3e-320, 2.2250738585072014e-308],
    cancelling: [1e16, 1, -1e16, 0.1, 1e100, 1, -1e100],
    exact: [9_007_199_254_740_991, 9_007_199_254_740_992, 4_503_599_627_370_495.5],
    halves: [0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994],
    negative: [-1, -2.5, -1e-9, -300],
    small: [1e-9, 1.5e-7, 0.1, 0.30000000000000004],
  };
  const series = Object.entries(cycles).map(([kind, values]) => scraped({ __name__: 'odd', kind }, (n) => values[n % values.length]));
  series.push(scraped({ __name__: 'odd', kind: 'random' }, () => (random.unit() - 0.5) * 10 ** (random.below(40) - 20)));
  return series;
}

/** Series that are not there all the time. */
export function presences(random: Random): Series[] {
  const gap = (n: number) => n % 90 >= 30 && n % 90 < 30 + 56;
  const series = [
    scraped({ __name__: 'gappy', job: 'api', instance: 'a:80' }, (n) => (gap(n) ? undefined : n)),
    scraped({ __name__: 'gappy', job: 'api', instance: 'b:80' }, (n) => (gap(n + 40) ? undefined : 1_000 - n)),
    scraped({ __name__: 'flapping', job: 'api' }, (n) => (n % 12 === 9 ? 'stale' : n % 12 > 9 ? undefined : n)),
    scraped({ __name__: 'flapping', job: 'web' }, (n) => (n % 50 === 0 ? 'stale' : n)),
    scraped({ __name__: 'late', job: 'api' }, (n) => (n < 250 ? undefined : n * 2)),
    scraped({ __name__: 'early', job: 'api' }, (n) => (n < 250 ? n * 2 : n === 250 ? 'stale' : undefined)),
    scraped({ __name__: 'single', job: 'api' }, (n) => (n === 240 ? 7 : undefined)),
    scraped({ __name__: 'pair', job: 'api' }, (n) => (n === 236 || n === 243 ? n : undefined)),
  ];
  for (const [seed, job] of [
    [7, 'api'],
    [13, 'web'],
  ] as const)
    series.push(uneven({ __name__: 'uneven', job }, random, seed));
  return series;
}

function uneven(labels: Record<string, string>, random: Random, seed: number): Series {
  const samples: Sample[] = [];
  for (let timestampMs = START_MS + seed; timestampMs < END_MS; ) {
    samples.push(random.chance(0.04) ? { timestampMs, stale: 'float' } : { timestampMs, value: random.below(100) });
    timestampMs += 1 + random.below(random.chance(0.05) ? 420_000 : 47_000);
  }
  return { labels, samples };
}

/** Pods that follow one another under new names, and label sets that are one too many for matching. */
export function clashes(): Series[] {
  const series: Series[] = [0, 1, 2].map((k) => {
    const from = k * 160 - (k === 2 ? 30 : 0);
    const valueAt = (n: number) => (n < from || n > from + 160 ? undefined : n === from + 160 ? 'stale' : n * (k + 1));
    return scraped({ __name__: 'replaced', job: 'api', pod: `pod-${k}` }, valueAt);
  });
  for (const name of ['twin_a', 'twin_b'])
    for (const side of ['left', 'right'])
      series.push(scraped({ __name__: name, job: 'api', side }, (n) => n + (side === 'left' ? 1 : 0.5)));
  for (const extra of ['x', 'y', ''])
    for (const instance of ['a:80', 'b:80']) series.push(scraped({ __name__: 'loose', job: 'api', instance, extra }, (n) => n % 17));
  return series;
}

/** Names that need quotes and values that need care. */
export function texts(): Series[] {
  const values = [
    '',
    'a10',
    'a9',
    'a1',
    '10',
    '9',
    '1.5',
    '1.25',
    'ä',
    'z"q\\u',
    'line\nbreak',
    '  ',
    '日本',
    '.*',
    '$1',
    '{}',
    'A',
    'x'.repeat(200),
  ];
  const series = values.map((value, i) => scraped({ __name__: 'texts', value, kind: i % 2 ? 'odd' : 'even' }, (n) => i * 10 + (n % 10)));
  for (const path of ['/', '/login', '/a b']) {
    const labels = { __name__: 'http.server.duration', 'http.route': path, 'service.name': 'shop' };
    series.push(scraped(labels, (n) => n * path.length));
    series.push(scraped({ __name__: 'größe_总', 'label mit raum': path, job: 'api' }, (n) => 100 - n + path.length));
  }
  series.push(scraped({ __name__: 'quoted "name"', 'a"b': 'c' }, (n) => n / 3));
  series.push(scraped({ __name__: 'typed', __type__: 'gauge', __unit__: 'bytes', job: 'api' }, (n) => n * 8));
  series.push(scraped({ __name__: 'typed', __type__: 'counter', __unit__: 'seconds', job: 'api' }, (n) => n * 2));
  return series;
}

/** A sample exactly at and one millisecond beside round times, for the borders of windows. */
export function borders(): Series[] {
  const make = (side: string, shiftMs: number): Series => {
    const samples: Sample[] = [];
    for (let t = START_MS; t < END_MS; t += 4 * SCRAPE_MS) samples.push({ timestampMs: t + shiftMs, value: (t - START_MS) / 60_000 });
    return { labels: { __name__: 'borders', side }, samples: samples.filter(({ timestampMs }) => timestampMs >= START_MS) };
  };
  return [make('before', -1), make('at', 0), make('after', 1)];
}
