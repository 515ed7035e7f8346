import { useQuery } from '@tanstack/react-query';
import { type JSX, useMemo } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../../data/client.ts';
import { alertsLink } from '../../data/links.ts';
import { rulesQuery } from '../../data/prometheus.ts';
import { formatAgo } from '../../format/duration.ts';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { alertTone, Status } from '../../kit/status.tsx';
import type { PanelKind, PanelProps } from '../panel-kind.ts';
import { type AlertRow, alertListOptions, alertRows } from './alert-list-options.ts';
import styles from './alertlist.module.css';

/** Alerts of our own rules. */
export const alertlistPanel: PanelKind = { hasQueries: false, Content: AlertListPanel };

function AlertListPanel({ panel }: PanelProps): JSX.Element {
  const { data, error } = useQuery(rulesQuery());
  const options = useMemo(() => alertListOptions(panel), [panel]);
  const { rows, more } = useMemo(() => alertRows(data ?? [], options), [data, options]);
  if (data === undefined) {
    if (error) return <ErrorState place="fill" title="The alerts could not be read" detail={messageOf(error)} />;
    return <LoadingState place="fill" label="Loading alerts" />;
  }
  if (rows.length === 0)
    return <NoAlerts rules={data.reduce((sum, group) => sum + group.rules.filter(({ type }) => type === 'alerting').length, 0)} />;
  return (
    <ul className={styles.list}>
      {rows.map((row) => (
        <AlertItem key={row.key} row={row} />
      ))}
      {more > 0 && (
        <li className={styles.more}>
          <Link href={alertsLink()}>and {more} more</Link>
        </li>
      )}
    </ul>
  );
}

function NoAlerts({ rules }: { rules: number }): JSX.Element {
  if (rules === 0)
    return (
      <EmptyState place="fill" title="No alerting rules">
        Rule files named in prometheus.yml bring them.
      </EmptyState>
    );
  return (
    <EmptyState place="fill" title="Nothing to report">
      <Status tone="ok">{rules === 1 ? '1 alerting rule is quiet' : `${rules} alerting rules are quiet`}</Status>
    </EmptyState>
  );
}

function AlertItem({ row }: { row: AlertRow }): JSX.Element {
  const { tone, icon, word } =
    row.state === 'error' ? { tone: 'bad' as const, icon: 'critical' as const, word: 'Rule fails' } : alertTone(row.state);
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <Status tone={tone} icon={icon}>
          {word}
        </Status>
        <Link href={alertsLink(row.name)} className={styles.name}>
          {row.name}
        </Link>
        {row.activeAtMs !== undefined && <span className={styles.since}>{formatAgo(row.activeAtMs, Date.now())}</span>}
      </div>
      {row.summary !== '' && <p className={styles.summary}>{row.summary}</p>}
    </li>
  );
}
