import { type JSX, useState } from 'react';
import { Link } from 'wouter';
import type { Exemplar } from '../../data/exemplars.ts';
import { traceLink } from '../../data/links.ts';
import type { TimeRange } from '../../data/time-range.ts';
import { dateTimeText } from '../../format/date.ts';
import { formatUnit } from '../../format/units.ts';
import { Labels } from '../../kit/labels.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import styles from './result.module.css';

/** The exemplars of the graph to read and to follow without pointing at diamonds; closed until it is wanted. */
export function ExemplarList({ exemplars, range }: { exemplars: readonly Exemplar[]; range: TimeRange | undefined }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const columns: Column<Exemplar>[] = [
    { id: 'time', head: 'Time', width: '160px', sortBy: ({ timeMs }) => timeMs, cell: ({ timeMs }) => dateTimeText(timeMs) },
    {
      id: 'value',
      head: 'Value',
      align: 'end',
      width: '96px',
      sortBy: ({ value }) => value,
      cell: ({ value }) => formatUnit('short', value),
    },
    {
      id: 'trace',
      head: 'Trace',
      cell: ({ traceId }) =>
        traceId === '' ? (
          'none'
        ) : (
          <Link href={traceLink(traceId, range ? { range } : {})}>
            <code>{traceId}</code>
          </Link>
        ),
    },
    { id: 'series', head: 'Series', cell: ({ seriesLabels }) => <Labels labels={seriesLabels} /> },
  ];
  return (
    <details className={styles.exemplars} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{exemplars.length === 1 ? '1 exemplar as a list' : `${exemplars.length} exemplars as a list`}</summary>
      {isOpen && (
        <Table
          label="Exemplars"
          columns={columns}
          rows={exemplars}
          rowKey={({ key }) => key}
          initialSort={{ column: 'value', descending: true }}
          height={320}
        />
      )}
    </details>
  );
}
