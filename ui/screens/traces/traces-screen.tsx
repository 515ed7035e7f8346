// Traces: ask by form or in TraceQL, see when and how long as dots, open one. All of it in the URL.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type JSX, useMemo } from 'react';
import { ApiError, messageOf } from '../../data/client.ts';
import { findTraces } from '../../data/traces.ts';
import { useUrlState } from '../../data/url-state.ts';
import { useTime } from '../../data/use-time.ts';
import { Page } from '../../kit/page.tsx';
import { ErrorState, LoadingState } from '../../kit/states.tsx';
import { RefreshPicker, TimeRangePicker } from '../../kit/time-picker.tsx';
import { SignalSwitch } from '../../signal-switch.tsx';
import { NoTraces } from './no-traces.tsx';
import { SearchForm } from './search-form.tsx';
import { TraceResults } from './trace-results.tsx';
import { questionOf, type TracesState, tracesParams } from './traces-url.ts';

const DEFAULT_TIME = { range: { from: 'now-1h', to: 'now' }, refresh: '' };

/** The screen at /traces. */
export function TracesScreen(): JSX.Element {
  const [url, setUrl] = useUrlState<TracesState>(tracesParams);
  const time = useTime(DEFAULT_TIME);
  const { absolute } = time;
  const question = useMemo(() => questionOf(url), [url]);
  const { data, error, isFetching, isPlaceholderData } = useQuery({
    queryKey: ['traces', 'find', question, absolute, time.tick],
    queryFn: ({ signal }) => findTraces(question, absolute, signal),
    placeholderData: keepPreviousData,
    retry: (failures, failed) => failures < 1 && !(failed instanceof ApiError && failed.status >= 400 && failed.status < 500),
  });
  // A query that cannot be read is said under its line; anything else that fails stands where the result would be.
  const isBadQuery = error instanceof ApiError && error.status === 400;
  return (
    <Page
      title="Traces"
      beside={<SignalSwitch current="traces" />}
      controls={
        <>
          <TimeRangePicker range={time.range} onChange={time.setRange} />
          <RefreshPicker time={time} isLoading={isFetching} />
        </>
      }
    >
      <SearchForm
        url={url}
        range={absolute}
        error={isBadQuery ? messageOf(error) : undefined}
        onSearch={(patch) => {
          setUrl(patch);
          time.reload();
        }}
      />
      {error && !isBadQuery && <ErrorState title="The traces could not be read" detail={messageOf(error)} />}
      {data === undefined && !error && <LoadingState label="Looking for traces" />}
      {!error && data !== undefined && data.traces.length === 0 && !isPlaceholderData && (
        <NoTraces url={url} time={time} onClear={() => setUrl({ q: '', min: '', max: '' })} />
      )}
      {!error && data !== undefined && data.traces.length > 0 && (
        <TraceResults
          list={data}
          url={url}
          time={time}
          isStale={isPlaceholderData}
          onChange={(patch) => setUrl(patch, { replace: true })}
        />
      )}
    </Page>
  );
}
