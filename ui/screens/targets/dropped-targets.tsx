import type { JSX } from 'react';
import { formatCount } from '../../format/number.ts';
import { Labels } from '../../kit/labels.tsx';
import { EmptyState } from '../../kit/states.tsx';
import { Table } from '../../kit/table.tsx';
import { type DroppedTarget, findDropped, targetKey } from './target-pools.ts';
import styles from './targets-screen.module.css';

/** Targets that relabelling dropped, with the labels that service discovery gave them. */
export function DroppedTargets({
  targets,
  total,
  search,
}: {
  targets: readonly DroppedTarget[];
  total: number;
  search: string;
}): JSX.Element {
  const found = findDropped(targets, search);
  if (total === 0) {
    return (
      <EmptyState title="Nothing was dropped">
        Targets that <code>relabel_configs</code> drop are listed here with their discovered labels, so that you can see why.
      </EmptyState>
    );
  }
  return (
    <>
      <p className={styles.summary}>
        <span>
          Dropped by <code>relabel_configs</code>; these are the labels before relabelling.
        </span>
        {total > targets.length && ` Listed are ${formatCount(targets.length)} of ${formatCount(total)}.`}
      </p>
      {found.length === 0 ? (
        <EmptyState title="No dropped target matches">Looked for “{search}” in jobs and labels.</EmptyState>
      ) : (
        <Table
          label="Dropped targets"
          height={720}
          rows={found}
          rowKey={({ scrapePool, discoveredLabels }) => `${scrapePool} ${targetKey(discoveredLabels)}`}
          columns={[
            {
              id: 'pool',
              head: 'Scrape pool',
              cell: ({ scrapePool }) => scrapePool,
              sortBy: ({ scrapePool }) => scrapePool,
              width: '180px',
            },
            {
              id: 'address',
              head: 'Address',
              cell: ({ discoveredLabels }) => discoveredLabels.__address__ ?? '',
              sortBy: ({ discoveredLabels }) => discoveredLabels.__address__ ?? '',
              width: '220px',
            },
            {
              id: 'labels',
              head: 'Discovered labels',
              cell: ({ discoveredLabels }) => <Labels labels={discoveredLabels} hide={['__address__']} />,
            },
          ]}
        />
      )}
    </>
  );
}
