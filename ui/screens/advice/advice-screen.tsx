// Advice: what series and lines cost, which nobody reads, and what may go, each with its proof.
import type { AdviceReport } from '@alidade/sdk/schema';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type JSX, useDeferredValue } from 'react';
import { adviceQuery } from '../../data/advice.ts';
import { messageOf } from '../../data/client.ts';
import { choiceParam, textParam, useUrlState } from '../../data/url-state.ts';
import { formatAgo } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { Button } from '../../kit/button.tsx';
import { SearchField, Segments } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { Select } from '../../kit/select.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './advice.module.css';
import { AdviceList } from './advice-list.tsx';
import { backText, countText } from './amounts.ts';
import { MetricPanel } from './metric-panel.tsx';
import { Readings } from './readings.tsx';
import { LabelTables, MetricTable, ServiceTables } from './usage-tables.tsx';

type View = 'advice' | 'metrics' | 'labels' | 'services';

interface AdviceState {
  readonly view: View;
  readonly days: '7' | '30' | '90';
  readonly q: string;
  readonly metric: string;
  readonly id: string;
}

const urlParams = {
  view: choiceParam<View>(['advice', 'metrics', 'labels', 'services'], 'advice'),
  days: choiceParam<AdviceState['days']>(['7', '30', '90'], '30'),
  q: textParam(),
  metric: textParam(),
  id: textParam(),
};

/** The screen at /advice. */
export function AdviceScreen(): JSX.Element {
  const [url, setUrl] = useUrlState<AdviceState>(urlParams);
  const { data, error, refetch } = useQuery({ ...adviceQuery(Number(url.days)), placeholderData: keepPreviousData });
  const search = useDeferredValue(url.q);
  const hasSearch = (url.view === 'metrics' && url.metric === '') || url.view === 'labels';
  return (
    <Page
      title="Advice"
      controls={
        data !== undefined &&
        data.series + data.streamCount > 0 && (
          <>
            <Segments
              label="What to show"
              value={url.view}
              onChange={(view) => setUrl({ view, q: '', metric: '' })}
              options={[
                { value: 'advice', label: 'Advice', count: data.advice.length },
                { value: 'metrics', label: 'Metrics' },
                { value: 'labels', label: 'Labels' },
                { value: 'services', label: 'Services and logs' },
              ]}
            />
            {hasSearch && <SearchField label="Find a metric or label" value={url.q} onChange={(q) => setUrl({ q }, { replace: true })} />}
            <Select
              label="Queries of"
              value={url.days}
              onChange={(days) => setUrl({ days })}
              options={[
                { value: '7', label: '7 days' },
                { value: '30', label: '30 days' },
                { value: '90', label: '90 days' },
              ]}
            />
          </>
        )
      }
    >
      {data === undefined ? (
        <Missing error={error} retry={() => void refetch()} />
      ) : data.series + data.streamCount === 0 ? (
        <NothingYet />
      ) : (
        <>
          <Readings report={data} />
          <Basis report={data} />
          {url.view === 'advice' && <AdviceList report={data} days={Number(url.days)} open={url.id} onOpen={(id) => setUrl({ id })} />}
          {url.view === 'metrics' &&
            (url.metric === '' ? (
              <MetricTable report={data} search={search} onOpen={(metric) => setUrl({ metric })} />
            ) : (
              <MetricPanel key={url.metric} name={url.metric} days={Number(url.days)} onClose={() => setUrl({ metric: '' })} />
            ))}
          {url.view === 'labels' && <LabelTables report={data} search={search} />}
          {url.view === 'services' && <ServiceTables report={data} />}
        </>
      )}
    </Page>
  );
}

/** What the judgement rests on, and what was applied. */
function Basis({ report }: { report: AdviceReport }): JSX.Element {
  const { queries, unreadMetrics, applied, queriesSinceMs, atMs, days } = report;
  const knownDays = (atMs - queriesSinceMs) / 86_400_000;
  return (
    <p className={styles.basis}>
      {unreadMetrics.metrics > 0 && (
        <Status tone="info">{`Nobody reads ${countText(unreadMetrics.metrics, 'metric')} with ${countText(unreadMetrics.series, 'series', 'series')}`}</Status>
      )}
      <span>
        Judged by {countText(queries.asked, 'query', 'queries')} asked, {formatCount(queries.rules)} of rules and{' '}
        {formatCount(queries.dashboards)} of dashboards
        {queries.unreadable > 0 && `; ${formatCount(queries.unreadable)} cannot be parsed`}
      </span>
      {knownDays < days && <Status tone="warn">{`queries are known for ${backText(knownDays)} only`}</Status>}
      <span>counted {formatAgo(atMs, Date.now())}</span>
      {applied && <Status tone="ok">{`${countText(applied.relabel.length, 'rule')} of ${applied.file} in force`}</Status>}
    </p>
  );
}

function Missing({ error, retry }: { error: Error | null; retry: () => void }): JSX.Element {
  if (error === null) return <LoadingState place="page" label="Counting series" />;
  return (
    <ErrorState
      place="page"
      title="The series could not be counted"
      detail={messageOf(error)}
      actions={<Button onClick={retry}>Try again</Button>}
    />
  );
}

function NothingYet(): JSX.Element {
  return (
    <EmptyState place="page" title="There is nothing to count yet">
      Once something is scraped or pushed, this shows what each metric, label and log stream takes and costs, which of them nobody reads,
      and what may go, with the proof that no dashboard, rule or query answers differently.
    </EmptyState>
  );
}
