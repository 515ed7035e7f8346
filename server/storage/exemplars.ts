// A ring of as many exemplars as the limit. Each series has its own as a list, oldest first; the ring's next slot holds the oldest of all,
// which is also the first of its series.
import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import { compileMatcherSets } from './matching.ts';
import { DEFAULT_MAX_EXEMPLARS } from './options.ts';
import type { Exemplar, ExemplarStore, SeriesExemplars } from './store.ts';

interface Entry {
  readonly series: Series;
  readonly exemplar: Exemplar;
  next: Entry | undefined;
}

interface Series {
  readonly labels: Labels;
  first: Entry | undefined;
  last: Entry | undefined;
}

/** The newest exemplars of all series, in memory. */
export class ExemplarRing implements ExemplarStore {
  readonly #maxExemplars: number;
  readonly #ring: Entry[] = [];
  readonly #series = new Map<string, Series>();
  #next = 0;

  constructor(maxExemplars = DEFAULT_MAX_EXEMPLARS) {
    this.#maxExemplars = maxExemplars;
  }

  append(seriesLabels: Labels, exemplar: Exemplar): boolean {
    if (this.#maxExemplars <= 0) return false;
    const last = this.#series.get(seriesLabels.key())?.last?.exemplar;
    if (last && (exemplar.timestampMs < last.timestampMs || isEqual(exemplar, last))) return false;
    const oldest = this.#ring[this.#next];
    if (oldest) this.#drop(oldest);
    // Only now: the oldest may have been the only one of this very series.
    const series = this.#seriesOf(seriesLabels);
    const entry: Entry = { series, exemplar, next: undefined };
    if (series.last) series.last.next = entry;
    else series.first = entry;
    series.last = entry;
    this.#ring[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#maxExemplars;
    return true;
  }

  select(matcherSets: readonly (readonly Matcher[])[], startMs: number, endMs: number): SeriesExemplars[] {
    const isWanted = compileMatcherSets(matcherSets);
    const found: SeriesExemplars[] = [];
    for (const { labels, first } of this.#series.values()) {
      if (!isWanted(labels)) continue;
      const exemplars: Exemplar[] = [];
      for (let entry = first; entry; entry = entry.next) {
        const { timestampMs } = entry.exemplar;
        if (timestampMs >= startMs && timestampMs <= endMs) exemplars.push(entry.exemplar);
      }
      if (exemplars.length > 0) found.push({ seriesLabels: labels, exemplars });
    }
    return found.sort((a, b) => a.seriesLabels.compare(b.seriesLabels));
  }

  #seriesOf(labels: Labels): Series {
    const known = this.#series.get(labels.key());
    if (known) return known;
    const series: Series = { labels, first: undefined, last: undefined };
    this.#series.set(labels.key(), series);
    return series;
  }

  #drop({ series, next }: Entry): void {
    series.first = next;
    if (next) return;
    series.last = undefined;
    this.#series.delete(series.labels.key());
  }
}

function isEqual(a: Exemplar, b: Exemplar): boolean {
  return a.timestampMs === b.timestampMs && Object.is(a.value, b.value) && a.labels.equals(b.labels);
}
