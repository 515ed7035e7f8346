// What a series of the shared data is, and how one is made.
import type { FloatHistogram } from '../../../server/model/histogram.ts';
import type { Random } from '../random.ts';

/** A float, a histogram, or a stale marker in the shape of either. */
export type Sample =
  | { readonly timestampMs: number; readonly value: number }
  | { readonly timestampMs: number; readonly histogram: FloatHistogram }
  | { readonly timestampMs: number; readonly stale: 'float' | 'histogram' };

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** In order of time. */
  readonly samples: readonly Sample[];
}

/** The two hours that all series but the monthly ones live in. */
export const START_MS = 1_700_000_000_000;
export const END_MS = START_MS + 2 * 3_600_000;
export const SCRAPE_MS = 15_000;
const SCRAPES = (END_MS - START_MS) / SCRAPE_MS;

/** What happens at scrape `n`: a value, a stale marker, or a missed scrape. */
export type ValueAt = (n: number) => number | 'stale' | undefined;

/** A series scraped every 15 seconds, each time `jitterMs(n)` late. */
export function scraped(labels: Record<string, string>, valueAt: ValueAt, jitterMs: (n: number) => number = () => 0): Series {
  const samples: Sample[] = [];
  for (let n = 0; n < SCRAPES; n++) {
    const value = valueAt(n);
    const timestampMs = START_MS + n * SCRAPE_MS + jitterMs(n);
    if (value === 'stale') samples.push({ timestampMs, stale: 'float' });
    else if (value !== undefined) samples.push({ timestampMs, value });
  }
  return { labels, samples };
}

/** A counter that grows unevenly, restarts now and then, misses scrapes and is scraped a little late. */
export function counter(
  labels: Record<string, string>,
  random: Random,
  perScrape: number,
  { isWhole = true, resets = 0.005 } = {},
): Series {
  let value = random.chance(0.5) ? 0 : random.below(10_000);
  const late = random.below(900);
  return scraped(
    labels,
    () => {
      if (random.chance(resets)) value = 0;
      const growth = random.chance(0.15) ? 0 : random.unit() * 2 * perScrape;
      value += isWhole ? Math.round(growth) : growth;
      return random.chance(0.01) ? undefined : value;
    },
    () => late + random.below(5),
  );
}
