// Targets: every scrape pool with its targets, what each last scrape brought, and what to do about those that fail.
import type { ServerStatus } from '@alidade/sdk/schema';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type JSX, useDeferredValue, useMemo } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../../data/client.ts';
import { instantQueryOptions, targetsQuery } from '../../data/prometheus.ts';
import { discoveryQuery, statusQuery } from '../../data/server.ts';
import { choiceParam, textParam, useUrlState } from '../../data/url-state.ts';
import { formatCount } from '../../format/number.ts';
import { Button } from '../../kit/button.tsx';
import { SearchField, Segments } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import { DiscoveryProblems } from './discovery-problems.tsx';
import { DroppedTargets } from './dropped-targets.tsx';
import { countTargets, poolsOf, samplesByTarget, type TargetCounts, type TargetFilter } from './target-pools.ts';
import { TargetTable } from './target-table.tsx';
import styles from './targets-screen.module.css';

const urlParams = {
  show: choiceParam<TargetFilter>(['all', 'down', 'dropped'], 'all'),
  q: textParam(),
};

/** The screen at /targets. */
export function TargetsScreen(): JSX.Element {
  const [url, setUrl] = useUrlState<{ show: TargetFilter; q: string }>(urlParams);
  const targets = useQuery(targetsQuery());
  const samples = useQuery({ ...instantQueryOptions('scrape_samples_scraped'), placeholderData: keepPreviousData, retry: false });
  const discovery = useQuery({ ...discoveryQuery(), retry: false });
  const { data: status } = useQuery({ ...statusQuery(), retry: false });
  const search = useDeferredValue(url.q);
  const counts = targets.data && countTargets(targets.data);
  const pools = useMemo(() => poolsOf(targets.data?.activeTargets ?? [], url.show, search), [targets.data, url.show, search]);
  const samplesOf = useMemo(() => samplesByTarget(samples.data ?? []), [samples.data]);

  return (
    <Page
      title="Targets"
      controls={
        counts && (
          <>
            <Segments
              label="Targets to show"
              value={url.show}
              onChange={(show) => setUrl({ show })}
              options={[
                { value: 'all', label: 'All', count: counts.all },
                { value: 'down', label: 'Down', count: counts.down },
                { value: 'dropped', label: 'Dropped', count: counts.dropped },
              ]}
            />
            <SearchField label="Find a job, address or label" value={url.q} onChange={(q) => setUrl({ q }, { replace: true })} />
          </>
        )
      }
    >
      <DiscoveryProblems problems={discovery.data ?? []} nowMs={discovery.dataUpdatedAt} />
      {counts === undefined || targets.data === undefined ? (
        <Missing error={targets.error} retry={() => void targets.refetch()} />
      ) : url.show === 'dropped' ? (
        <DroppedTargets targets={targets.data.droppedTargets} total={counts.dropped} search={search} />
      ) : (
        <>
          <Summary
            counts={counts}
            pools={new Set(targets.data.activeTargets.map(({ scrapePool }) => scrapePool)).size}
            advice={status?.config.advice}
          />
          {pools.length > 0 ? (
            <TargetTable pools={pools} samples={samplesOf} nowMs={targets.dataUpdatedAt} />
          ) : (
            <NothingFound counts={counts} filter={url.show} search={url.q} onClear={() => setUrl({ q: '', show: 'all' })} />
          )}
        </>
      )}
    </Page>
  );
}

function Missing({ error, retry }: { error: Error | null; retry: () => void }): JSX.Element {
  if (error === null) return <LoadingState place="page" label="Loading targets" />;
  return (
    <ErrorState
      place="page"
      title="The targets cannot be shown"
      detail={messageOf(error)}
      actions={<Button onClick={retry}>Try again</Button>}
    />
  );
}

function Summary({
  counts,
  pools,
  advice,
}: {
  counts: TargetCounts;
  pools: number;
  advice: ServerStatus['config']['advice'];
}): JSX.Element | null {
  if (counts.all === 0) return null;
  const targets = counts.all === 1 ? '1 target' : `${formatCount(counts.all)} targets`;
  return (
    <p className={styles.summary}>
      {counts.down > 0 ? (
        <Status tone="bad">{`${formatCount(counts.down)} of ${targets} down`}</Status>
      ) : (
        <Status tone="ok">{`${targets}, none down`}</Status>
      )}
      <span>{pools === 1 ? 'in 1 scrape pool' : `in ${pools} scrape pools`}</span>
      {advice && (
        <span>
          {advice.rules === 1 ? '1 rule' : `${advice.rules} rules`} of <Link href="/advice">applied advice</Link> relabel what every job
          brings: <code>{advice.file}</code>
        </span>
      )}
    </p>
  );
}

function NothingFound({
  counts,
  filter,
  search,
  onClear,
}: {
  counts: TargetCounts;
  filter: TargetFilter;
  search: string;
  onClear: () => void;
}): JSX.Element {
  if (counts.all === 0) {
    return (
      <EmptyState place="page" title="Nothing is scraped yet">
        Each job under <code>scrape_configs</code> in prometheus.yml shows its targets here, with what the last scrape brought. For a first
        one:
        <pre className={styles.example}>
          {'scrape_configs:\n  - job_name: my-service\n    static_configs:\n      - targets: [127.0.0.1:8000]'}
        </pre>
        The file is read again by itself when it is saved.
      </EmptyState>
    );
  }
  if (search === '' && filter === 'down') return <EmptyState title="No target is down">Every target answered its last scrape.</EmptyState>;
  return (
    <EmptyState
      title={filter === 'down' ? 'No target that is down matches' : 'No target matches'}
      actions={<Button onClick={onClear}>Show all targets</Button>}
    >
      Looked for “{search}” in jobs, addresses, labels and errors.
    </EmptyState>
  );
}
