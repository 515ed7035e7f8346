import type { RawExemplar } from '../formats/exposition/metric-parser.ts';
import { Labels } from '../model/labels.ts';
import type { Exemplar, ExemplarStore } from '../storage/store.ts';
import type { CachedSeries } from './cache.ts';

/** More is refused, as OpenMetrics says: an exemplar points at something, it does not hold it. */
const MAX_EXEMPLAR_CHARACTERS = 128;

/** Appends the exemplars of one sample, oldest first; those without a time are as old as the sample. `series` has its labels. */
export function appendExemplars(store: ExemplarStore, series: CachedSeries, raw: readonly RawExemplar[], sampleMs: number): void {
  const exemplars = raw.map(({ labels, value, timestampMs }) => ({ labels: Labels.fromEntries(labels), value, timestampMs }));
  exemplars.sort((a, b) => (a.timestampMs ?? sampleMs) - (b.timestampMs ?? sampleMs) || a.value - b.value);
  for (const { labels, value, timestampMs } of exemplars) {
    if (labels.flat.reduce((sum, text) => sum + [...text].length, 0) > MAX_EXEMPLAR_CHARACTERS) continue;
    const last = series.exemplar;
    if (last && isRepeated(last, labels, value, timestampMs)) continue;
    series.exemplar = { labels, value, timestampMs: timestampMs ?? sampleMs };
    store.append(series.labels as Labels, series.exemplar);
  }
}

/** A target repeats its exemplars at every scrape; one without a time would be new each time. */
function isRepeated(last: Exemplar, labels: Labels, value: number, timestampMs: number | undefined): boolean {
  return last.value === value && last.labels.equals(labels) && (timestampMs === undefined || timestampMs === last.timestampMs);
}
