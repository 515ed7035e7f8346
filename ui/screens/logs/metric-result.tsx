// A metric query counts lines instead of selecting them: its answer is a graph.
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { getPrometheus } from '../../data/client.ts';
import type { Exemplar } from '../../data/exemplars.ts';
import { rangeOf } from '../../data/links.ts';
import type { LabelMap, PromSample } from '../../data/prometheus.ts';
import type { ScreenTime } from '../../data/use-time.ts';
import { placeError } from '../../editor/error-position.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState, LoadingState } from '../../kit/states.tsx';
import { onGrid, type RangeAnswer } from '../explore/explore-query.ts';
import { ResultGraph } from '../explore/result-graph.tsx';
import { type QuerySpan, spanFor } from '../explore/step.ts';
import { LinesFailed } from './log-states.tsx';
import styles from './logs-screen.module.css';
import { linesOfMetric } from './query-text.ts';
import type { Logs } from './use-logs.ts';

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

const NO_EXEMPLARS: readonly Exemplar[] = [];

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

/** The graph, or why there is none; and the way to the lines behind it. */
export function MetricResult({ logs, result }: { logs: Logs; result: MetricResultState }): JSX.Element {
  const { query, time } = logs;
  const { answer, error } = result;
  const lines = linesOfMetric(query);
  if (error)
    return <LinesFailed isMetric error={error} isPlaced={placeError(query, error.message).span !== undefined} onRetry={time.reload} />;
  if (answer === undefined) return <LoadingState label="Counting lines" />;
  return (
    <div className={styles.metric}>
      <p className={styles.metricNote}>
        <span className={styles.stats}>
          {formatCount(answer.series.length)} series in {formatDuration(Math.max(1, Math.round(answer.elapsedMs)))}, step{' '}
          {formatDuration(answer.span.stepMs)}
        </span>
        {lines !== undefined && (
          <Button small icon="logs" onClick={() => logs.run(lines)}>
            Lines behind it
          </Button>
        )}
      </p>
      {answer.series.length === 0 ? (
        <EmptyState title="No series in this range">No line was there to count. A longer range may hold some.</EmptyState>
      ) : (
        <ResultGraph
          answers={[{ letter: 'A', expr: query, answer }]}
          range={time.absolute}
          timeRange={time.range}
          exemplars={NO_EXEMPLARS}
          isStacked={false}
          onZoom={(range) => time.setRange(rangeOf(range))}
        />
      )}
    </div>
  );
}
