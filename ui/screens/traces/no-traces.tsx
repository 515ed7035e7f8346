import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { rangeAround } from '../../data/links.ts';
import { describeRange } from '../../data/time-range.ts';
import { findTraces } from '../../data/traces.ts';
import type { ScreenTime } from '../../data/use-time.ts';
import { formatAgo } from '../../format/duration.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState, LoadingState } from '../../kit/states.tsx';
import styles from './traces.module.css';
import { isNarrowed, type TracesState } from './traces-url.ts';

/** Nothing was found: because of the search, because of the range, or because nobody has sent anything yet. */
export function NoTraces({ url, time, onClear }: { url: TracesState; time: ScreenTime; onClear: () => void }): JSX.Element {
  const { data, isPending } = useQuery({
    queryKey: ['traces', 'newest', time.tick],
    queryFn: ({ signal }) => findTraces({ q: '', limit: 1 }, { fromMs: 0, toMs: Date.now() }, signal),
  });
  if (isPending) return <LoadingState label="Looking for any trace" />;
  const newest = data?.traces[0];
  if (data !== undefined && newest === undefined) return <FirstTraces />;
  const now = Date.now();
  const isOutside = newest !== undefined && (newest.startMs < time.absolute.fromMs || newest.startMs > time.absolute.toMs);
  return (
    <EmptyState
      title={isNarrowed(url) ? 'No trace matches' : 'No traces in this range'}
      actions={
        <>
          {isNarrowed(url) && <Button onClick={onClear}>Search for everything</Button>}
          {isOutside && (
            <Button onClick={() => time.setRange(rangeAround(newest.startMs - 15 * 60_000, 15 * 60_000))}>Go to the newest trace</Button>
          )}
        </>
      }
    >
      {isNarrowed(url) && (
        <p>
          All conditions within braces must hold for one and the same span. Remove one, or try a longer range than “
          {describeRange(time.range, now)}”.
        </p>
      )}
      {isOutside && <p>The newest trace that is stored began {formatAgo(newest.startMs, now)}.</p>}
      {!isOutside && !isNarrowed(url) && <p>Try a longer range than “{describeRange(time.range, now)}”.</p>}
    </EmptyState>
  );
}

function FirstTraces(): JSX.Element {
  return (
    <EmptyState place="page" title="No trace has arrived yet">
      <p>
        A trace shows what one request did, in every service that it went through. Alidade takes OTLP over HTTP at this address; any
        OpenTelemetry SDK sends it when it finds this in its environment:
      </p>
      <pre
        className={styles.sample}
      >{`OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nOTEL_SERVICE_NAME=my-service`}</pre>
      <p>
        In Node, <code>@alidade/sdk/instrument</code> sets the tracer up and writes the trace id into every log line.
      </p>
    </EmptyState>
  );
}
