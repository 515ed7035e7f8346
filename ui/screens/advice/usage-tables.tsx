// Where series and bytes go: by metric, by label, by pair, by service and stream.
import type { AdviceCount, AdviceReport, LabelUsage, MetricUsage, ServiceUsage, StreamUsage } from '@alidade/sdk/schema';
import type { JSX } from 'react';
import { formatCount } from '../../format/number.ts';
import { Labels } from '../../kit/labels.tsx';
import { Section } from '../../kit/page.tsx';
import { EmptyState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import styles from './advice.module.css';
import { backText, bytesText, moneyText } from './amounts.ts';

/** A column of amounts, which are sorted as numbers. */
function amount<T>(id: string, head: string, of: (row: T) => number, text: (amount: number) => string): Column<T> {
  return { id, head, align: 'end', cell: (row) => text(of(row)), sortBy: of };
}

/** The largest metrics; a click opens one. */
export function MetricTable({
  report,
  search,
  onOpen,
}: {
  report: AdviceReport;
  search: string;
  onOpen: (name: string) => void;
}): JSX.Element {
  const rows = report.metrics.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  const columns: readonly Column<MetricUsage>[] = [
    {
      id: 'name',
      head: 'Metric',
      cell: ({ name }) => (
        <button type="button" className={styles.link} onClick={() => onOpen(name)}>
          {name}
        </button>
      ),
      sortBy: ({ name }) => name,
    },
    amount('series', 'Series', ({ series }) => series, formatCount),
    {
      id: 'churn',
      head: 'Came / went',
      align: 'end',
      cell: ({ startedSeries, endedSeries }) => `${formatCount(startedSeries)} / ${formatCount(endedSeries)}`,
      sortBy: ({ startedSeries, endedSeries }) => startedSeries + endedSeries,
    },
    amount('samples', 'Samples a day', ({ samplesPerDay }) => samplesPerDay, formatCount),
    amount('bytes', 'On disk', ({ bytes }) => bytes, bytesText),
    amount('cost', 'A month', ({ monthlyCost }) => monthlyCost, moneyText),
    {
      id: 'readers',
      head: 'Read by',
      align: 'end',
      cell: ({ readers }) => (readers === 0 ? <span className={styles.nobody}>nobody</span> : formatCount(readers)),
      sortBy: ({ readers }) => readers,
    },
    amount('back', 'Looks back', ({ daysQueriedBack }) => daysQueriedBack, backText),
  ];
  if (rows.length === 0)
    return (
      <EmptyState title="No metric matches">
        Looked for “{search}” among the largest {formatCount(report.metrics.length)}.
      </EmptyState>
    );
  const cut = report.metricCount > report.metrics.length;
  return (
    <>
      {cut && (
        <p className={styles.note}>
          The {formatCount(report.metrics.length)} largest of {formatCount(report.metricCount)} metrics.
        </p>
      )}
      <Table
        label="Metrics"
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
        initialSort={{ column: 'series', descending: true }}
        height={640}
      />
    </>
  );
}

const LABEL_COLUMNS: readonly Column<LabelUsage>[] = [
  { id: 'name', head: 'Label', cell: ({ name }) => name, sortBy: ({ name }) => name },
  amount('values', 'Values', ({ values }) => values, formatCount),
  amount('series', 'Series', ({ series }) => series, formatCount),
  {
    id: 'pattern',
    head: 'Values look like',
    cell: ({ pattern, isExplosive }) =>
      isExplosive ? <Status tone="warn">{pattern ? `${pattern}, no end to them` : 'very many'}</Status> : (pattern ?? ''),
    sortBy: ({ pattern = '', isExplosive }) => `${isExplosive ? 0 : 1} ${pattern}`,
  },
  {
    id: 'read',
    head: 'Read in',
    align: 'end',
    cell: ({ metrics, metricsRead }) =>
      metricsRead === 0 ? (
        <span className={styles.nobody}>none of {formatCount(metrics)}</span>
      ) : (
        `${formatCount(metricsRead)} of ${formatCount(metrics)} metrics`
      ),
    sortBy: ({ metricsRead }) => metricsRead,
  },
];

const PAIR_COLUMNS: readonly Column<AdviceCount>[] = [
  { id: 'name', head: 'Label and value', cell: ({ name }) => name, sortBy: ({ name }) => name },
  amount('count', 'Series', ({ count }) => count, formatCount),
];

/** Labels with the most values, and pairs with the most series. */
export function LabelTables({ report, search }: { report: AdviceReport; search: string }): JSX.Element {
  const matches = ({ name }: { readonly name: string }) => name.toLowerCase().includes(search.toLowerCase());
  return (
    <div className={styles.columns}>
      <Section title="Labels" note="over all metrics">
        <Table label="Labels" columns={LABEL_COLUMNS} rows={report.labels.filter(matches)} rowKey={({ name }) => name} />
      </Section>
      <Section title="Pairs" note="with the most series">
        <Table label="Label pairs" columns={PAIR_COLUMNS} rows={report.labelPairs.filter(matches)} rowKey={({ name }) => name} />
      </Section>
    </div>
  );
}

const SERVICE_COLUMNS: readonly Column<ServiceUsage>[] = [
  {
    id: 'name',
    head: 'Service',
    cell: ({ name }) => name || <span className={styles.nobody}>without a service</span>,
    sortBy: ({ name }) => name,
  },
  amount('series', 'Series', ({ series }) => series, formatCount),
  {
    id: 'logs',
    head: 'Log lines a day',
    align: 'end',
    cell: ({ logBytesPerDay }) => (logBytesPerDay > 0 ? bytesText(logBytesPerDay) : ''),
    sortBy: ({ logBytesPerDay }) => logBytesPerDay,
  },
  amount('bytes', 'On disk', ({ bytes }) => bytes, bytesText),
  amount('cost', 'A month', ({ monthlyCost }) => monthlyCost, moneyText),
];

const STREAM_COLUMNS: readonly Column<StreamUsage>[] = [
  { id: 'labels', head: 'Stream', cell: ({ labels }) => <Labels labels={labels} /> },
  amount('lines', 'Lines a day', ({ linesPerDay }) => linesPerDay, formatCount),
  amount('day', 'Bytes a day', ({ bytesPerDay }) => bytesPerDay, bytesText),
  amount('bytes', 'On disk', ({ bytes }) => bytes, bytesText),
  amount('cost', 'A month', ({ monthlyCost }) => monthlyCost, moneyText),
];

/** What each service and each log stream takes. */
export function ServiceTables({ report }: { report: AdviceReport }): JSX.Element {
  const { streams, streamCount, streamHours } = report;
  const measured = streamHours >= 1 ? `the last ${streamHours < 2 ? 'hour' : `${Math.floor(streamHours)} hours`}` : 'the last minutes';
  return (
    <>
      <Section title="Services" note="by the labels service, service_name, app or job">
        <Table label="Services" columns={SERVICE_COLUMNS} rows={report.services} rowKey={({ name }) => name} />
      </Section>
      <Section
        title="Log streams"
        note={
          streams.length > 0 &&
          `measured over ${measured}${streamCount > streams.length ? `; the largest of ${formatCount(streamCount)}` : ''}`
        }
      >
        {streams.length === 0 ? (
          <EmptyState title="There are no log lines">Streams stand here with their lines and bytes a day once lines are pushed.</EmptyState>
        ) : (
          <Table label="Log streams" columns={STREAM_COLUMNS} rows={streams} rowKey={({ labels }) => JSON.stringify(labels)} />
        )}
      </Section>
    </>
  );
}
