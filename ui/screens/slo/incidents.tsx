import type { SloDetail, SloIncident } from '@alidade/sdk/schema';
import type { JSX } from 'react';
import { Link } from 'wouter';
import { exploreLink, logsLink, rangeOf } from '../../data/links.ts';
import { useLogSelectors } from '../../data/service-logs.ts';
import { dateTimeText } from '../../format/date.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { EmptyState } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import styles from './slo.module.css';
import { burnText, shareText } from './slo-words.ts';

/** What spent the budget: when, for how long, what it cost, and where to look. */
export function Incidents({ detail }: { detail: SloDetail }): JSX.Element {
  const { status, incidents, expressions, startMs, stepMs, burn } = detail;
  const endMs = startMs + (burn.length - 1) * stepMs;
  const selectors = useLogSelectors({ fromMs: startMs, toMs: endMs });
  if (incidents.length === 0) {
    return (
      <EmptyState title={burn.every((rate) => rate === null) ? 'There were no events' : 'Nothing spent it in one stretch'}>
        A stretch in which more failed than the objective allows would stand here when it cost half a percent of the budget or more.
      </EmptyState>
    );
  }
  // Some room before and after, to see how it was before and how it ended.
  const around = ({ startMs: from, endMs: to }: SloIncident) =>
    rangeOf({ fromMs: from - 2 * stepMs, toMs: Math.min(endMs, to + 2 * stepMs) });
  const exprs = [expressions.failed, expressions.total].filter((expr) => expr !== '');
  const hasCounts = expressions.total !== '';
  const columns: Column<SloIncident>[] = [
    { id: 'start', head: 'From', cell: (one) => dateTimeText(one.startMs).slice(0, 16), sortBy: (one) => one.startMs },
    {
      id: 'length',
      head: 'For',
      align: 'end',
      cell: (one) => formatDuration(one.endMs - one.startMs),
      sortBy: (one) => one.endMs - one.startMs,
    },
    { id: 'cost', head: 'Of the budget', align: 'end', cell: (one) => shareText(one.budgetShare, 1), sortBy: (one) => one.budgetShare },
    { id: 'peak', head: 'Highest burn rate', align: 'end', cell: (one) => burnText(one.peakBurnRate), sortBy: (one) => one.peakBurnRate },
    ...(hasCounts
      ? [
          {
            id: 'failed',
            head: 'Failed',
            align: 'end' as const,
            cell: (one: SloIncident) => formatCount(one.failed),
            sortBy: (one: SloIncident) => one.failed,
          },
        ]
      : []),
    {
      id: 'links',
      head: 'Look at',
      align: 'end',
      cell: (one) => (
        <span className={styles.links}>
          <Link href={exploreLink(exprs, around(one))}>Metrics</Link>
          <Link href={logsLink(selectors.of(status.slo.service), around(one))}>Logs</Link>
        </span>
      ),
    },
  ];
  return <Table label="Incidents" columns={columns} rows={incidents} rowKey={(one) => one.startMs} />;
}
