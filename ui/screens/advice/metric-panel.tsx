import type { MetricDetail } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { metricDetailQuery } from '../../data/advice.ts';
import { messageOf } from '../../data/client.ts';
import { formatCount } from '../../format/number.ts';
import { Button } from '../../kit/button.tsx';
import { Section } from '../../kit/page.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import styles from './advice.module.css';
import { backText, countText } from './amounts.ts';

type Label = MetricDetail['labels'][number];

/** One metric: its labels, the values of one of them, and who reads it. */
export function MetricPanel({ name, days, onClose }: { name: string; days: number; onClose: () => void }): JSX.Element {
  const { data, error, refetch } = useQuery(metricDetailQuery(name, days));
  return (
    <Section
      title={name}
      note={data && countText(data.series, 'series', 'series')}
      controls={
        <Button small look="quiet" icon="close" onClick={onClose}>
          All metrics
        </Button>
      }
    >
      {!data && !error && <LoadingState label="Loading the metric" />}
      {error && (
        <ErrorState
          title="The metric cannot be shown"
          detail={messageOf(error)}
          actions={<Button onClick={() => void refetch()}>Try again</Button>}
        />
      )}
      {data && <Detail detail={data} />}
    </Section>
  );
}

function Detail({ detail }: { detail: MetricDetail }): JSX.Element {
  const [chosen, setChosen] = useState<string>();
  const label = detail.labels.find(({ name }) => name === chosen) ?? detail.labels[0];
  const columns: readonly Column<Label>[] = [
    {
      id: 'name',
      head: 'Label',
      cell: ({ name }) => (
        <button type="button" className={styles.link} aria-pressed={name === label?.name} onClick={() => setChosen(name)}>
          {name}
        </button>
      ),
      sortBy: ({ name }) => name,
    },
    { id: 'values', head: 'Values', align: 'end', cell: ({ values }) => formatCount(values), sortBy: ({ values }) => values },
    { id: 'pattern', head: 'Values look like', cell: ({ pattern }) => pattern ?? '', sortBy: ({ pattern = '' }) => pattern },
    {
      id: 'read',
      head: 'Read',
      cell: ({ isRead }) => (isRead ? 'yes' : <span className={styles.nobody}>by nobody</span>),
      sortBy: ({ isRead }) => String(isRead),
    },
  ];
  return (
    <>
      <div className={styles.columns}>
        <div>
          <h3 className={styles.heading}>Labels</h3>
          <Table label="Labels of the metric" columns={columns} rows={detail.labels} rowKey={({ name }) => name} />
        </div>
        {label && <Values label={label} />}
      </div>
      <h3 className={styles.heading}>Read by</h3>
      <Readers detail={detail} />
    </>
  );
}

function Values({ label: { name, values, top } }: { label: Label }): JSX.Element {
  const most = Math.max(1, ...top.map(({ count }) => count));
  return (
    <div>
      <h3 className={styles.heading}>
        {name}
        {values > top.length && (
          <span className={styles.headingNote}>
            the {top.length} largest of {formatCount(values)} values
          </span>
        )}
      </h3>
      <Table
        label={`Values of ${name}`}
        height={420}
        rows={top}
        rowKey={(row) => row.name}
        columns={[
          { id: 'value', head: 'Value', cell: (row) => row.name, sortBy: (row) => row.name },
          {
            id: 'series',
            head: 'Series',
            align: 'end',
            width: '40%',
            cell: ({ count }) => (
              <span className={styles.share}>
                <span className={styles.shareBar} style={{ width: `${(count / most) * 100}%` }} />
                <span>{formatCount(count)}</span>
              </span>
            ),
            sortBy: ({ count }) => count,
          },
        ]}
      />
    </div>
  );
}

function Readers({ detail: { readers, readerCount } }: { detail: MetricDetail }): JSX.Element {
  if (readers.length === 0)
    return <EmptyState title="Nobody reads it">No dashboard, rule or query of these days names the metric.</EmptyState>;
  return (
    <ul className={styles.queries}>
      {readers.map(({ expr, source, daysBack }) => (
        <li key={expr}>
          <code>{expr}</code>
          <span>
            {source}, looks {backText(daysBack)} back
          </span>
        </li>
      ))}
      {readerCount > readers.length && <li className={styles.more}>and {formatCount(readerCount - readers.length)} more</li>}
    </ul>
  );
}
