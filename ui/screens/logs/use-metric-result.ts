// The answer of a metric query: numbers over time instead of lines.
import { useQuery } from '@tanstack/react-query';
import { getPrometheus } from '../../data/client.ts';
import type { LabelMap, PromSample } from '../../data/prometheus.ts';
import type { ScreenTime } from '../../data/use-time.ts';
import { onGrid, type RangeAnswer } from '../explore/explore-query.ts';
import { type QuerySpan, spanFor } from '../explore/step.ts';

interface MetricAnswer {
  readonly resultType: string;
  readonly result: readonly { readonly metric: LabelMap; readonly values: readonly PromSample[] }[];
}

/** Asks Loki's API over the span. Throws ApiError. */
async function runMetric(query: string, span: QuerySpan, signal: AbortSignal): Promise<RangeAnswer> {
  const startedMs = performance.now();
  const { startMs, endMs, stepMs } = span;
  const parameters = { query, start: `${startMs}000000`, end: `${endMs}000000`, step: stepMs / 1_000 };
  const data = await getPrometheus<MetricAnswer>('/loki/api/v1/query_range', parameters, signal);
  const series = data.resultType === 'matrix' ? data.result : [];
  return {
    kind: 'range',
    span,
    series: series.map(({ metric, values }) => ({ labels: metric, values: onGrid(values, span) })),
    histograms: 0,
    warnings: [],
    infos: [],
    elapsedMs: performance.now() - startedMs,
  };
}

export interface MetricResultState {
  readonly answer: RangeAnswer | undefined;
  readonly error: Error | null;
}

/** The answer of a metric query ('' = none is asked) for a graph of this width. */
export function useMetricResult(query: string, { absolute, tick }: ScreenTime, width: number): MetricResultState {
  const span = spanFor(absolute, '', width);
  const { data, error } = useQuery({
    queryKey: ['logs', 'metric', query, span, tick],
    queryFn: ({ signal }) => runMetric(query, span, signal),
    enabled: query !== '' && width > 0,
    placeholderData: (before, asked) => (asked?.queryKey[2] === query ? before : undefined),
    retry: false,
  });
  return { answer: data, error };
}
