import { useQuery } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { Link } from 'wouter';
import { exploreLink } from '../../data/links.ts';
import { dateTimeText } from '../../format/date.ts';
import { formatDuration } from '../../format/duration.ts';
import { toFixed } from '../../format/number.ts';
import { Button } from '../../kit/button.tsx';
import { Labels } from '../../kit/labels.tsx';
import { Section } from '../../kit/page.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './alerts.module.css';
import { type FiringAlert, type FiringRule, labelsKey, summaryOf } from './rule-list.ts';
import { Severity } from './severity.tsx';
import { type Suppression, suppressedQuery, suppressionOf } from './silence.ts';
import { SilenceDialog } from './silence-dialog.tsx';
import { useCanSilence } from './use-can-silence.ts';

/** The alerts that fire, gravest first, with how long; one calm line when there are none. */
export function FiringNow({
  firing,
  pending,
  nowMs,
  onOpen,
}: {
  firing: readonly FiringRule[];
  pending: number;
  nowMs: number;
  /** Opens the rule with this key below. */
  onOpen: (key: string) => void;
}): JSX.Element {
  const { data: suppressed = [] } = useQuery(suppressedQuery());
  const waiting = pending === 0 ? '' : pending === 1 ? '1 rule is pending.' : `${pending} rules are pending.`;
  if (firing.length === 0) {
    return (
      <p className={styles.calm}>
        <Status tone="ok">Nothing is firing</Status> {waiting}
      </p>
    );
  }
  const alerts = firing.reduce((sum, { shown, more }) => sum + shown.length + more, 0);
  const count = `${alerts === 1 ? '1 alert' : `${alerts} alerts`} of ${firing.length === 1 ? '1 rule' : `${firing.length} rules`}`;
  return (
    <Section title={<Status tone="bad">Firing now</Status>} note={`${count}${waiting === '' ? '' : `. ${waiting}`}`}>
      <ul className={styles.firing}>
        {firing.flatMap(({ key, shown, more }) => [
          ...shown.map((each) => (
            <Firing
              key={`${key} ${labelsKey(each.alert.labels)}`}
              {...each}
              nowMs={nowMs}
              held={suppressionOf(each.alert.labels, suppressed)}
            />
          )),
          more > 0 && (
            <li key={`${key} more`} className={styles.more}>
              <Button small look="quiet" icon="chevron-down" onClick={() => onOpen(key)}>
                {more} more of {shown[0]?.rule.name}
              </Button>
            </li>
          ),
        ])}
      </ul>
    </Section>
  );
}

function Firing({ alert, rule, nowMs, held }: FiringAlert & { nowMs: number; held: Suppression | undefined }): JSX.Element {
  const [isSilencing, setSilencing] = useState(false);
  const canSilence = useCanSilence();
  const sinceMs = Date.parse(alert.activeAt);
  const { alertname = rule.name, severity = '', ...others } = alert.labels;
  return (
    <li className={styles.fire}>
      <div className={styles.fireWhat}>
        <p className={styles.fireTitle}>
          <strong>{alertname}</strong>
          <Severity severity={severity} />
          {held && (
            <Status badge tone="idle" icon="mute">
              {held}
            </Status>
          )}
          <span className={styles.fireSummary}>{summaryOf(alert.annotations)}</span>
        </p>
        <Labels labels={others} />
      </div>
      <p className={styles.fireFacts}>
        <span title={alert.value}>
          value <b>{toFixed(Number(alert.value))}</b>
        </span>
        <time dateTime={alert.activeAt} title={`since ${dateTimeText(sinceMs)}`}>
          for <b>{formatDuration(Math.max(0, Math.round((nowMs - sinceMs) / 1_000) * 1_000))}</b>
        </time>
      </p>
      <div className={styles.fireActions}>
        <Link href={exploreLink([rule.query])}>Explore</Link>
        {canSilence && held !== 'silenced' && (
          <Button small look="quiet" icon="mute" onClick={() => setSilencing(true)}>
            Silence
          </Button>
        )}
      </div>
      {isSilencing && <SilenceDialog labels={alert.labels} onClose={() => setSilencing(false)} />}
    </li>
  );
}
