// A metric query counts lines instead of selecting them: its answer is a graph.
import type { JSX } from 'react';
import type { Exemplar } from '../../data/exemplars.ts';
import { rangeOf } from '../../data/links.ts';
import { placeError } from '../../editor/error-position.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState, LoadingState } from '../../kit/states.tsx';
import { ResultGraph } from '../explore/result-graph.tsx';
import { LinesFailed } from './log-states.tsx';
import styles from './logs-screen.module.css';
import { linesOfMetric } from './query-text.ts';
import type { Logs } from './use-logs.ts';
import type { MetricResultState } from './use-metric-result.ts';

const NO_EXEMPLARS: readonly Exemplar[] = [];

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
