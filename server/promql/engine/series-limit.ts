import type { MetricStore } from '../../storage/store.ts';
import { promqlError } from '../errors.ts';
import type { SelectorNeed } from '../plan/plan.ts';
import { mergeSelections } from '../plan/selections.ts';

/** What counting the series of a query needs. */
export interface SeriesLimitDeps {
  readonly store: MetricStore;
  readonly maxSeries: number;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Throws `promql.too_many_series` when the selectors of one query find more than `maxSeries` series, a series that several of them find
 * counted once. Looks at labels only: what is refused was not read.
 */
export async function checkSeriesLimit(needs: readonly SelectorNeed[], deps: SeriesLimitDeps): Promise<void> {
  const { store, maxSeries, signal, timeoutMs } = deps;
  const { selections } = mergeSelections(needs);
  const found = new Set<string>();
  for (const { matchers, startMs, endMs } of selections) {
    const series = await store.series({ matcherSets: [matchers], startMs, endMs }, { signal, timeoutMs });
    if (selections.length === 1 || series.length > maxSeries) throwIfOver(series.length, maxSeries);
    else for (const labels of series) found.add(labels.key());
  }
  throwIfOver(found.size, maxSeries);
}

function throwIfOver(count: number, maxSeries: number): void {
  if (count <= maxSeries) return;
  throw promqlError(
    'promql.too_many_series',
    `the query selects ${count} series and the limit is ${maxSeries} (--max-query-series): select fewer with more matchers, or raise the limit`,
  );
}
