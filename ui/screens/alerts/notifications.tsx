import type { NotificationRecord } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { messageOf } from '../../data/client.ts';
import { notificationsQuery, statusQuery } from '../../data/server.ts';
import { dateTimeText } from '../../format/date.ts';
import { formatAgo } from '../../format/duration.ts';
import { labelText, searchTest } from '../../format/search.ts';
import { Button } from '../../kit/button.tsx';
import { Labels } from '../../kit/labels.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { Status, type Tone } from '../../kit/status.tsx';
import { Table } from '../../kit/table.tsx';
import styles from './alerts.module.css';

const OUTCOMES: Readonly<Record<NotificationRecord['outcome'], { readonly tone: Tone; readonly word: string }>> = {
  sent: { tone: 'ok', word: 'Sent' },
  failed: { tone: 'bad', word: 'Failed' },
  retrying: { tone: 'warn', word: 'Retrying' },
};

/** What was sent to whom, and why, newest first. */
export function Notifications({ search }: { search: string }): JSX.Element {
  const { data, error, dataUpdatedAt: nowMs, refetch } = useQuery(notificationsQuery());
  const status = useQuery(statusQuery());
  if (data === undefined) {
    if (error === null) return <LoadingState place="page" label="Loading notifications" />;
    return (
      <ErrorState
        place="page"
        title="The notifications cannot be shown"
        detail={messageOf(error)}
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      />
    );
  }
  if (data.length === 0) return <NothingSent hasAlertmanager={status.data?.hasAlertmanager ?? true} />;
  const isFound = searchTest(search);
  const shown = data.filter((record) => isFound(recordText(record)));
  if (shown.length === 0)
    return <EmptyState title="No notification matches">Looked for “{search}” in receivers, labels and reasons.</EmptyState>;
  return (
    <Table
      label="Notifications"
      height={shown.length >= 150 ? 720 : 100_000}
      rows={shown}
      rowKey={(record) => `${record.timeMs} ${record.receiver} ${record.integration} ${JSON.stringify(record.groupLabels)}`}
      columns={[
        { id: 'outcome', head: 'Outcome', width: '120px', sortBy: ({ outcome }) => outcome, cell: Outcome },
        {
          id: 'when',
          head: 'When',
          width: '110px',
          sortBy: ({ timeMs }) => timeMs,
          cell: ({ timeMs }) => (
            <time dateTime={new Date(timeMs).toISOString()} title={dateTimeText(timeMs)}>
              {formatAgo(Math.min(timeMs, nowMs), nowMs)}
            </time>
          ),
        },
        { id: 'to', head: 'To', width: '180px', sortBy: ({ receiver }) => receiver, cell: Receiver },
        { id: 'alerts', head: 'Alerts', width: '160px', cell: Alerts },
        { id: 'group', head: 'Group', cell: Group },
        { id: 'reason', head: 'Why', cell: ({ reason }) => <span className={styles.reason}>{reason}</span> },
      ]}
    />
  );
}

function Outcome({ outcome }: NotificationRecord): JSX.Element {
  const { tone, word } = OUTCOMES[outcome];
  return (
    <Status tone={tone} {...(outcome === 'retrying' && { icon: 'refresh' as const })}>
      {word}
    </Status>
  );
}

function Receiver({ receiver, integration }: NotificationRecord): JSX.Element {
  return (
    <>
      {receiver} <span className={styles.quiet}>{integration}</span>
    </>
  );
}

function Alerts({ firing, resolved }: NotificationRecord): JSX.Element {
  return <>{[firing > 0 && `${firing} firing`, resolved > 0 && `${resolved} resolved`].filter(Boolean).join(', ') || 'none'}</>;
}

function Group({ groupLabels }: NotificationRecord): JSX.Element {
  if (Object.keys(groupLabels).length === 0) return <span className={styles.quiet}>all alerts of the route</span>;
  return <Labels labels={groupLabels} />;
}

function recordText({ receiver, integration, groupLabels, reason, outcome }: NotificationRecord): string {
  return `${receiver} ${integration} ${labelText(groupLabels)} ${reason} ${outcome}`;
}

function NothingSent({ hasAlertmanager }: { hasAlertmanager: boolean }): JSX.Element {
  if (!hasAlertmanager) {
    return (
      <EmptyState place="page" title="Nobody is notified">
        Alerts are shown here, but there is no <code>alertmanager.yml</code> that says whom to tell. Put one beside prometheus.yml, with a
        route and a receiver:
        <pre className={styles.example}>
          {'route:\n  receiver: team\nreceivers:\n  - name: team\n    webhook_configs:\n      - url: http://127.0.0.1:5001/'}
        </pre>
      </EmptyState>
    );
  }
  return (
    <EmptyState place="page" title="Nothing was sent yet">
      When an alert fires and its group has waited for <code>group_wait</code>, each delivery stands here: to whom, with which alerts, why
      it was sent, and whether it arrived.
    </EmptyState>
  );
}
