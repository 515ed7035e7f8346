// One trace: what every service did and when, as a waterfall. The page waits for it, or says why it may not be there.
import type { TraceView } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useParams } from 'wouter';
import { ApiError, messageOf } from '../../data/client.ts';
import { tracesLink } from '../../data/links.ts';
import { traceQuery } from '../../data/traces.ts';
import { Button, LinkButton } from '../../kit/button.tsx';
import { Page } from '../../kit/page.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { TracePage } from './trace-page.tsx';

/** The trace of the address. */
export function TraceScreen(): JSX.Element {
  const { id = '' } = useParams<{ id: string }>();
  const { data, error, isFetching, refetch } = useQuery({ ...traceQuery(id), refetchInterval: ({ state }) => againAfterMs(state) });
  const retry = () => void refetch();
  if (data !== undefined && data.spans.length > 0) return <TracePage key={id} view={data} isLoading={isFetching} onReload={retry} />;
  return (
    <Page title="Trace" crumb={{ label: 'Traces', href: tracesLink() }}>
      {data === undefined && error === null ? (
        <LoadingState place="page" label="Loading the trace" />
      ) : (
        <NoTrace id={id} error={error} isLooking={isFetching} onRetry={retry} />
      )}
    </Page>
  );
}

const AGAIN_MS = 5_000;
/** Spans come in batches: for so long after it ended a trace may grow. */
const YOUNG_MS = 30_000;

/** Asks again by itself while a trace may still be arriving. */
function againAfterMs({
  data,
  errorUpdateCount,
}: {
  readonly data: TraceView | undefined;
  readonly errorUpdateCount: number;
}): number | false {
  if (data === undefined || data.spans.length === 0) return errorUpdateCount * AGAIN_MS < YOUNG_MS ? AGAIN_MS : false;
  const endMs = data.spans.reduce((most, { startMs, durationMs }) => Math.max(most, startMs + durationMs), 0);
  return Date.now() - endMs < YOUNG_MS ? AGAIN_MS : false;
}

function NoTrace({
  id,
  error,
  isLooking,
  onRetry,
}: {
  id: string;
  error: Error | null;
  isLooking: boolean;
  onRetry: () => void;
}): JSX.Element {
  const actions = (
    <>
      <Button look="primary" icon="refresh" disabled={isLooking} onClick={onRetry}>
        {isLooking ? 'Looking …' : 'Look again'}
      </Button>
      <LinkButton href={tracesLink()} icon="traces">
        Search for traces
      </LinkButton>
    </>
  );
  const isMissing = error === null || (error instanceof ApiError && error.status === 404);
  if (!isMissing) return <ErrorState place="page" title="This trace could not be read" detail={messageOf(error)} actions={actions} />;
  return (
    <EmptyState place="page" title="This trace is not here" actions={actions}>
      <p>
        No span with the trace id <code>{id}</code> is stored. It may be that
      </p>
      <ul style={{ listStyle: 'disc', paddingLeft: 20, margin: '4px 0' }}>
        <li>
          it has not arrived yet: services send spans in batches, some seconds after the request (this page looks again by itself for half a
          minute);
        </li>
        <li>it is older than what is kept of traces (the retention of this server);</li>
        <li>it was not sampled, so that its service never sent it, although the id stands in a log line.</li>
      </ul>
    </EmptyState>
  );
}
