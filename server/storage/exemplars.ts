// The newest exemplars, in memory: a ring of fixed size over all series, as Prometheus keeps it.
import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import { compileMatcherSets } from './matching.ts';
import type { Exemplar, ExemplarStore, SeriesExemplars } from './store.ts';

interface Series {
  readonly labels: Labels;
  /** Rising in time. */
  readonly exemplars: Exemplar[];
}

/** How many exemplars are kept unless said otherwise: Prometheus' default. */
export const DEFAULT_MAX_EXEMPLARS = 100_000;

export class ExemplarRing implements ExemplarStore {
  readonly #max: number;
  readonly #series = new Map<string, Series>();
  /** The series of each exemplar in order of arrival; the oldest is at `#oldest`. */
  readonly #ring: Series[] = [];
  #oldest = 0;

  constructor(max = DEFAULT_MAX_EXEMPLARS) {
    this.#max = max;
  }

  append(seriesLabels: Labels, exemplar: Exemplar): boolean {
    const key = seriesLabels.key();
    let series = this.#series.get(key);
    const last = series?.exemplars.at(-1);
    if (last && (exemplar.timestampMs < last.timestampMs || isSame(last, exemplar))) return false;
    if (!series) {
      series = { labels: seriesLabels, exemplars: [] };
      this.#series.set(key, series);
    }
    series.exemplars.push(exemplar);
    if (this.#ring.length < this.#max) this.#ring.push(series);
    else {
      this.#forget(this.#ring[this.#oldest] as Series);
      this.#ring[this.#oldest] = series;
      this.#oldest = (this.#oldest + 1) % this.#max;
    }
    return true;
  }

  select(matcherSets: readonly (readonly Matcher[])[], startMs: number, endMs: number): SeriesExemplars[] {
    const isWanted = compileMatcherSets(matcherSets);
    const found: SeriesExemplars[] = [];
    for (const { labels, exemplars } of this.#series.values()) {
      if (!isWanted(labels)) continue;
      const within = exemplars.filter(({ timestampMs }) => timestampMs >= startMs && timestampMs <= endMs);
      if (within.length > 0) found.push({ seriesLabels: labels, exemplars: within });
    }
    return found.sort((a, b) => a.seriesLabels.compare(b.seriesLabels));
  }

  #forget(series: Series): void {
    series.exemplars.shift();
    if (series.exemplars.length === 0) this.#series.delete(series.labels.key());
  }
}

function isSame(a: Exemplar, b: Exemplar): boolean {
  return a.timestampMs === b.timestampMs && Object.is(a.value, b.value) && a.labels.equals(b.labels);
}
