// Objectives: which hold, which burn, and when their budgets are gone. Those that need care stand first.
import type { SloStatus } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import { type JSX, useDeferredValue, useMemo } from 'react';
import { messageOf } from '../../data/client.ts';
import { slosQuery } from '../../data/slo.ts';
import { choiceParam, textParam, useUrlState } from '../../data/url-state.ts';
import { Button } from '../../kit/button.tsx';
import { SearchField, Segments } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './slo.module.css';
import { SloTable } from './slo-table.tsx';
import { needsCare } from './slo-words.ts';

interface SloFilter {
  readonly show: 'all' | 'care';
  readonly q: string;
}

const urlParams = { show: choiceParam<SloFilter['show']>(['all', 'care'], 'all'), q: textParam() };

/** The screen at /slo. */
export function SloScreen(): JSX.Element {
  const [url, setUrl] = useUrlState<SloFilter>(urlParams);
  const { data, error, refetch } = useQuery(slosQuery());
  const search = useDeferredValue(url.q);
  const all = data?.objectives;
  const found = useMemo(() => (all ?? []).filter((one) => matches(one, url.show, search)), [all, url.show, search]);
  return (
    <Page
      title="SLOs"
      controls={
        all !== undefined &&
        all.length > 0 && (
          <>
            <Segments
              label="Objectives to show"
              value={url.show}
              onChange={(show) => setUrl({ show })}
              options={[
                { value: 'all', label: 'All', count: all.length },
                { value: 'care', label: 'Need care', count: all.filter(needsCare).length },
              ]}
            />
            <SearchField label="Find a service, name or team" value={url.q} onChange={(q) => setUrl({ q }, { replace: true })} />
          </>
        )
      }
    >
      {all === undefined && !error && <LoadingState place="page" label="Loading objectives" />}
      {all === undefined && error && (
        <ErrorState
          place="page"
          title="The objectives could not be calculated"
          detail={messageOf(error)}
          actions={<Button onClick={() => void refetch()}>Try again</Button>}
        />
      )}
      {all?.length === 0 && <NoObjectives />}
      {all !== undefined && all.length > 0 && (
        <>
          <Summary objectives={all} />
          {found.length > 0 ? (
            <SloTable objectives={found} />
          ) : (
            <EmptyState
              title={search === '' ? 'No objective needs care' : 'No objective matches'}
              actions={<Button onClick={() => setUrl({ q: '', show: 'all' })}>Show all {all.length}</Button>}
            >
              {search === '' ? 'All hold their targets.' : `Looked for “${search}” in services, names, titles and teams.`}
            </EmptyState>
          )}
        </>
      )}
    </Page>
  );
}

function Summary({ objectives }: { objectives: readonly SloStatus[] }): JSX.Element {
  const of = (state: SloStatus['state']) => objectives.filter((one) => one.state === state).length;
  const [spent, burning, missing, few] = [of('exhausted'), of('burning'), of('no-data'), of('low-traffic')];
  return (
    <p className={styles.summary}>
      {spent > 0 && <Status tone="bad">{`${spent} out of budget`}</Status>}
      {burning > 0 && <Status tone="warn">{`${burning} burning`}</Status>}
      {missing > 0 && <Status tone="warn" icon="unknown">{`${missing} without data`}</Status>}
      {few > 0 && <Status tone="idle" icon="minor">{`${few} with too few events`}</Status>}
      {of('ok') > 0 && spent + burning + missing === 0 && <Status tone="ok">No budget burns too fast</Status>}
      <span>{objectives.length === 1 ? '1 objective' : `${objectives.length} objectives`}</span>
    </p>
  );
}

function NoObjectives(): JSX.Element {
  return (
    <EmptyState place="page" title="There are no objectives yet">
      An objective says which share of a service’s requests must be good; here stand its error budget and how fast it burns. Put a file in
      the format of OpenSLO, Sloth or Pyrra into <code>slo/</code> of the folder that Alidade runs on. For a first one:
      <pre className={styles.example}>{EXAMPLE}</pre>
      Its recording rules and alerts are made by themselves; the file is read again when it is saved.
    </EmptyState>
  );
}

const EXAMPLE = `version: prometheus/v1
service: my-service
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{status=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
    alerting: {}`;

function matches(status: SloStatus, show: SloFilter['show'], search: string): boolean {
  if (show === 'care' && !needsCare(status)) return false;
  const { service, name, title = '', team = '' } = status.slo;
  const text = [service, name, title, team].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
