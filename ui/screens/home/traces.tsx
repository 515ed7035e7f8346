import type { TraceSummary } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import { type JSX, useMemo } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../../data/client.ts';
import { traceLink, tracesLink } from '../../data/links.ts';
import { findTraces } from '../../data/traces.ts';
import { formatAgo, formatLatency } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { Section } from '../../kit/page.tsx';
import { ErrorState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './home.module.css';
import { type Operation, slowOperations } from './slow-operations.ts';

const SPAN_MS = 15 * 60_000;
const ASK_MS = 15_000;
const RANGE = { from: 'now-15m', to: 'now' };
const FAILED = '{ status = error }';
const MOST_FAILED = 5;
const MOST_OPERATIONS = 5;
/** Enough to rank operations by, little enough to ask for again and again. */
const MOST_TRACES = 200;

const recent = (q: string, limit: number, signal: AbortSignal) =>
  findTraces({ q, limit }, { fromMs: Date.now() - SPAN_MS, toMs: Date.now() }, signal);

/** What failed lately and which operations are slowest; nothing where there are no traces. */
export function Traces(): JSX.Element | null {
  const { data: all, error } = useQuery({
    queryKey: ['home', 'traces'],
    queryFn: ({ signal }) => recent('', MOST_TRACES, signal),
    refetchInterval: ASK_MS,
  });
  const { data: failed } = useQuery({
    queryKey: ['home', 'failed traces'],
    queryFn: ({ signal }) => recent(FAILED, MOST_FAILED, signal),
    refetchInterval: ASK_MS,
  });
  const operations = useMemo(() => slowOperations(all?.traces ?? [], MOST_OPERATIONS), [all]);
  if (all === undefined) return error === null ? null : <ErrorState title="Traces could not be read" detail={messageOf(error)} />;
  if (all.traces.length === 0) return null;
  return (
    <>
      {failed !== undefined && failed.traces.length > 0 && (
        <Section title="Failed traces" note="the newest" controls={<Link href={tracesLink({ q: FAILED }, RANGE)}>All failed</Link>}>
          <ul>
            {failed.traces.map((trace) => (
              <FailedTrace key={trace.traceId} trace={trace} />
            ))}
          </ul>
        </Section>
      )}
      <Section
        title="Slowest operations"
        note={all.isCut ? `of the newest ${formatCount(MOST_TRACES)} traces` : 'of the last quarter of an hour'}
        controls={<Link href={tracesLink({}, RANGE)}>All traces</Link>}
      >
        {operations.map((operation) => (
          <SlowOperation key={`${operation.service} ${operation.name}`} operation={operation} />
        ))}
      </Section>
    </>
  );
}

function FailedTrace({ trace }: { trace: TraceSummary }): JSX.Element {
  return (
    <li className={styles.trace}>
      <Status tone="bad">{trace.errors === 1 ? '1 error' : `${formatCount(trace.errors)} errors`}</Status>
      <Link href={traceLink(trace.traceId, { range: RANGE })} className={styles.traceName}>
        {trace.rootService !== '' && <span className={styles.quiet}>{trace.rootService}</span>}
        {trace.rootName === '' ? 'root span has not arrived' : trace.rootName}
      </Link>
      <span className={styles.number}>{formatLatency(trace.durationMs)}</span>
      <span className={`${styles.quiet} ${styles.number}`}>{formatAgo(trace.startMs, Date.now())}</span>
    </li>
  );
}

function SlowOperation({ operation }: { operation: Operation }): JSX.Element {
  const { service, name, traces, medianMs, p95Ms } = operation;
  const q = `{ ${service === '' ? '' : `resource.service.name = ${JSON.stringify(service)} && `}name = ${JSON.stringify(name)} }`;
  return (
    <div className={styles.operation}>
      <Link href={`${tracesLink({ q }, RANGE)}&sort=slowest`} className={styles.traceName}>
        {service !== '' && <span className={styles.quiet}>{service}</span>}
        {name}
      </Link>
      <span className={`${styles.quiet} ${styles.number}`}>{traces === 1 ? '1 trace' : `${formatCount(traces)} traces`}</span>
      <span className={`${styles.quiet} ${styles.number}`} title="Half of the traces took no longer">
        median {formatLatency(medianMs)}
      </span>
      <span className={styles.number} title="All but one in twenty took no longer">
        p95 {formatLatency(p95Ms)}
      </span>
    </div>
  );
}
