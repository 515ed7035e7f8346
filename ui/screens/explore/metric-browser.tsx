// All metrics with type and help; the chosen one with its labels, their values, and queries that make sense for it.
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type JSX, useDeferredValue, useMemo, useRef, useState } from 'react';
import { messageOf } from '../../data/client.ts';
import { searchTest } from '../../format/search.ts';
import { SearchField } from '../../kit/field.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import styles from './metric-browser.module.css';
import { MetricDetails } from './metric-details.tsx';
import { metricsQuery } from './metrics-query.ts';
import type { MetricInfo } from './suggestions.ts';

const ROW_PX = 26;

/** The browser; `onChoose` gets an expression to run. */
export function MetricBrowser({ onChoose }: { onChoose: (expr: string) => void }): JSX.Element {
  const { data, error } = useQuery(metricsQuery());
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<string>();
  const wanted = useDeferredValue(search);
  const found = useMemo(() => {
    const isFound = searchTest(wanted);
    return (data ?? []).filter(({ name, help, type }) => isFound(`${name} ${help} ${type}`));
  }, [data, wanted]);
  const metric = data?.find(({ name }) => name === chosen);
  if (data === undefined) {
    if (error === null) return <LoadingState label="Loading metrics" />;
    return <ErrorState title="The metrics cannot be listed" detail={messageOf(error)} />;
  }
  if (metric) return <MetricDetails key={metric.name} metric={metric} onBack={() => setChosen(undefined)} onChoose={onChoose} />;
  return (
    <div className={styles.browser}>
      <div className={styles.search}>
        <SearchField label={`Find in ${data.length} metrics`} value={search} onChange={setSearch} />
      </div>
      {found.length === 0 ? (
        <EmptyState title={data.length === 0 ? 'Nothing is stored yet' : 'No metric matches'}>
          {data.length === 0 ? 'Metrics appear with the first scrape.' : `Looked for “${wanted}” in names, types and help.`}
        </EmptyState>
      ) : (
        <MetricList metrics={found} onChoose={setChosen} />
      )}
    </div>
  );
}

function MetricList({ metrics, onChoose }: { metrics: readonly MetricInfo[]; onChoose: (name: string) => void }): JSX.Element {
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: metrics.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  return (
    <div ref={scroll} className={styles.scroll}>
      <ul className={styles.list} style={{ height: virtual.getTotalSize() }} aria-label="Metrics">
        {virtual.getVirtualItems().map(({ index, start }) => {
          const metric = metrics[index];
          if (metric === undefined) return null;
          return (
            <li key={metric.name} aria-setsize={metrics.length} aria-posinset={index + 1} style={{ transform: `translateY(${start}px)` }}>
              <button type="button" className={styles.metric} title={metric.help || metric.name} onClick={() => onChoose(metric.name)}>
                <span className={styles.name}>{metric.name}</span>
                {metric.type !== 'unknown' && <span className={styles.type}>{metric.type}</span>}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
