import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { Link } from 'wouter';
import { Sparkline } from '../../charts/sparkline.tsx';
import { messageOf } from '../../data/client.ts';
import { type Frame, loadFrames } from '../../data/frames.ts';
import { exploreLink } from '../../data/links.ts';
import { POLL_MS } from '../../data/prometheus.ts';
import { formatUnit } from '../../format/units.ts';
import { Section } from '../../kit/page.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './home.module.css';
import { type ServiceRow, serviceQueries, serviceRows } from './service-queries.ts';

const SPAN_MS = 15 * 60_000;
/** From this share of failures on it is bad, not just worth a look. */
const BAD_SHARE = 0.05;

function loadServices(signal: AbortSignal): Promise<readonly Frame[]> {
  const toMs = Date.now();
  return loadFrames({ fromMs: toMs - SPAN_MS, toMs, panels: [{ id: 'services', maxDataPoints: 180, queries: serviceQueries() }] }, signal);
}

/** Request rate and failures of every service found. */
export function Services(): JSX.Element {
  const { data, error } = useQuery({ queryKey: ['services'], queryFn: ({ signal }) => loadServices(signal), refetchInterval: POLL_MS });
  const rows = serviceRows(data ?? []);
  const failure = data?.find((frame) => frame.error !== undefined)?.error;
  return (
    <Section title="Services" note={rows.length > 0 && 'rates over two minutes, the last quarter of an hour'}>
      {rows.map((row) => (
        <Service key={row.key} row={row} />
      ))}
      {rows.length === 0 && data === undefined && !error && <LoadingState label="Loading services" />}
      {rows.length === 0 && data === undefined && error && <ErrorState title="Services could not be read" detail={messageOf(error)} />}
      {failure && <ErrorState title="Services could not be read" detail={failure.message} />}
      {rows.length === 0 && data !== undefined && failure === undefined && (
        <EmptyState title="No service has been seen in the last quarter of an hour">
          A job that counts <code>http_requests_total</code> or <code>ml_predictions_total</code> is shown here. <code>@alidade/sdk</code>{' '}
          adds both to a Node service in three lines.
        </EmptyState>
      )}
    </Section>
  );
}

function Service({ row }: { row: ServiceRow }): JSX.Element {
  const range = { from: 'now-15m', to: 'now' };
  return (
    <div className={styles.service}>
      <span className={styles.serviceName}>
        <Link href={exploreLink([row.rateExpr, row.failingExpr], range)} className={styles.job}>
          {row.job === '' ? 'no job label' : row.job}
        </Link>
        <span className={styles.quiet}>{row.work}</span>
      </span>
      <span className={styles.spark}>
        <Sparkline values={row.rates} color="var(--series-1)" min={0} />
      </span>
      <span className={styles.number}>{formatUnit('reqps', row.rate, row.rate >= 100 ? 0 : 2)}</span>
      <span className={styles.number}>
        <Failures row={row} />
      </span>
    </div>
  );
}

function Failures({ row }: { row: ServiceRow }): JSX.Element {
  if (row.rate <= 0) return <Status tone="idle">No traffic</Status>;
  const share = row.failing / row.rate;
  if (row.failing <= 0) return <Status tone="ok">No errors</Status>;
  return <Status tone={share >= BAD_SHARE ? 'bad' : 'warn'}>{formatUnit('percentunit', share)} errors</Status>;
}
