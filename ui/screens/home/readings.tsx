import type { ServerStatus } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import type { JSX, ReactNode } from 'react';
import { Link } from 'wouter';
import { alertsLink, exploreLink, targetsLink } from '../../data/links.ts';
import { type ActiveAlert, alertsQuery, type TargetStatus, targetsQuery } from '../../data/prometheus.ts';
import { statusQuery } from '../../data/server.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount, toFixed } from '../../format/number.ts';
import { unitFormatter } from '../../format/units.ts';
import { Status } from '../../kit/status.tsx';
import styles from './home.module.css';

/** The strip of figures on top: what fires, what is up, what comes in, what is kept. */
export function Readings(): JSX.Element {
  const { data: alerts } = useQuery(alertsQuery());
  const { data: targets } = useQuery(targetsQuery());
  const { data: status } = useQuery(statusQuery());
  return (
    <div className={styles.readings}>
      <AlertReading alerts={alerts} />
      <TargetReading targets={targets?.activeTargets} />
      <IngestReading status={status} />
      <Reading
        label="Series"
        href={exploreLink(['sort_desc(count by (job) ({__name__!=""}))'])}
        value={status && formatCount(status.store.series)}
        note="known to the store"
      />
      <Reading
        label="On disk"
        value={status && <WithUnit unit="bytes" value={status.store.diskBytes} />}
        note={status && pendingText(status)}
      />
      <Reading
        label="Running for"
        value={status && <UpTime ms={status.nowMs - status.startedAtMs} />}
        note={status && `Alidade ${status.version}`}
      />
    </div>
  );
}

function Reading({ label, value, note, href }: { label: string; value: ReactNode; note?: ReactNode; href?: string }): JSX.Element {
  const content = (
    <>
      <div className={styles.readingLabel}>{label}</div>
      <div className={styles.readingValue}>{value ?? '–'}</div>
      <div className={styles.readingNote}>{note ?? ' '}</div>
    </>
  );
  if (href === undefined) return <div className={styles.reading}>{content}</div>;
  return (
    <Link href={href} className={styles.reading}>
      {content}
    </Link>
  );
}

function WithUnit({ unit, value, decimals }: { unit: string; value: number; decimals?: number }): JSX.Element {
  const { prefix, text, suffix } = unitFormatter(unit)(value, decimals);
  return (
    <>
      {prefix}
      {text}
      <span className={styles.unit}>{suffix.trim()}</span>
    </>
  );
}

function UpTime({ ms }: { ms: number }): JSX.Element {
  const parts = formatDuration(ms).split(' ');
  return (
    <>
      {parts.map((part, index) => (
        <span key={part + String(index)} className={index % 2 === 1 ? styles.unit : undefined}>
          {part}
        </span>
      ))}
    </>
  );
}

function AlertReading({ alerts }: { alerts: readonly ActiveAlert[] | undefined }): JSX.Element {
  const firing = alerts?.filter(({ state }) => state === 'firing').length;
  const pending = alerts?.filter(({ state }) => state === 'pending').length ?? 0;
  const note =
    firing === undefined ? undefined : firing > 0 ? (
      <Status tone="bad">{pending > 0 ? `Firing, ${pending} more pending` : 'Firing'}</Status>
    ) : pending > 0 ? (
      <Status tone="warn" icon="pending">
        {pending} pending
      </Status>
    ) : (
      <Status tone="ok">Quiet</Status>
    );
  return <Reading label="Firing alerts" href={alertsLink()} value={firing} note={note} />;
}

function TargetReading({ targets }: { targets: readonly TargetStatus[] | undefined }): JSX.Element {
  const up = targets?.filter(({ health }) => health === 'up').length;
  const down = targets?.filter(({ health }) => health === 'down').length ?? 0;
  const waiting = (targets?.length ?? 0) - (up ?? 0) - down;
  const note =
    down > 0 ? (
      <Status tone="bad">{down} down</Status>
    ) : waiting > 0 ? (
      <Status tone="idle" icon="pending">{`${waiting} not scraped yet`}</Status>
    ) : (
      <Status tone="ok">All up</Status>
    );
  const value = targets && (
    <>
      {up}
      <span className={styles.unit}>of {targets.length}</span>
    </>
  );
  return (
    <Reading
      label="Targets up"
      href={targetsLink(down > 0 ? { health: 'down' } : {})}
      value={value}
      note={targets && (targets.length > 0 ? note : 'none configured')}
    />
  );
}

function IngestReading({ status }: { status: ServerStatus | undefined }): JSX.Element {
  const note =
    status && [`${rateText(status.ingest.logLinesPerSecond)} log lines`, `${rateText(status.ingest.spansPerSecond)} spans`].join(', ');
  return <Reading label="Samples a second" value={status && formatCount(status.ingest.samplesPerSecond)} note={note} />;
}

/** Small rates with a decimal: a quiet service is not a silent one. */
function rateText(value: number): string {
  return value > 0 && value < 10 ? toFixed(Math.max(value, 0.1), 1) : formatCount(value);
}

function pendingText({ store }: ServerStatus): string {
  if (store.pendingBytes === 0) return 'nothing waits to be written';
  const { text, suffix } = unitFormatter('bytes')(store.pendingBytes);
  return `${text}${suffix} wait to be written`;
}
