import type { LogVolume } from '@alidade/sdk/schema';
import { useQueries, useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { Link } from 'wouter';
import { Sparkline } from '../../charts/sparkline.tsx';
import { messageOf } from '../../data/client.ts';
import { logsLink } from '../../data/links.ts';
import { loadLogVolume, logLabelsQuery, logLabelValuesQuery } from '../../data/logs.ts';
import { logSelectors, serviceLabel } from '../../data/service-logs.ts';
import type { AbsoluteRange } from '../../data/time-range.ts';
import { formatCount } from '../../format/number.ts';
import { formatUnit } from '../../format/units.ts';
import { Section } from '../../kit/page.tsx';
import { ErrorState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './home.module.css';
import { logReading } from './log-reading.ts';

const SPAN_MS = 15 * 60_000;
const BUCKETS = 45;
/** Each service is a question of its own. */
const MOST_SERVICES = 6;
const ASK_MS = 10_000;
/** From this share of errors on it is bad, not just worth a look. */
const BAD_SHARE = 0.05;
const RANGE = { from: 'now-15m', to: 'now' };
const ERRORS = ['fatal', 'critical', 'error'];

const lastQuarter = (): AbsoluteRange => ({ fromMs: Date.now() - SPAN_MS, toMs: Date.now() });

/** How much each service logs, and how much of it are errors; nothing where there are no logs. */
export function ServiceLogs(): JSX.Element | null {
  const { data: labels, error } = useQuery({ ...logLabelsQuery(lastQuarter()), refetchInterval: ASK_MS });
  const label = serviceLabel(labels ?? []);
  const { data: names = [] } = useQuery({ ...logLabelValuesQuery(label, lastQuarter()), enabled: labels?.includes(label) ?? false });
  const { of } = logSelectors(label, names);
  const shown = names.slice(0, MOST_SERVICES);
  const volumes = useQueries({
    queries: shown.map((name) => ({
      queryKey: ['logs', 'home', label, name],
      queryFn: ({ signal }: { signal: AbortSignal }) => loadLogVolume(of(name), BUCKETS, lastQuarter(), signal),
      refetchInterval: ASK_MS,
    })),
  });
  if (labels === undefined && error !== null) return <ErrorState title="Logs could not be read" detail={messageOf(error)} />;
  if (shown.length === 0) return null;
  return (
    <Section title="Logs" note="lines by service, the last quarter of an hour" controls={<Link href={logsLink('', RANGE)}>All logs</Link>}>
      {shown.map((name, index) => (
        <ServiceLog key={name} name={name} selector={of(name)} volume={volumes[index]?.data} />
      ))}
      {names.length > shown.length && <Link href={logsLink('', RANGE)}>and {names.length - shown.length} more services</Link>}
    </Section>
  );
}

function ServiceLog({ name, selector, volume }: { name: string; selector: string; volume: LogVolume | undefined }): JSX.Element {
  const reading = volume && logReading(volume);
  return (
    <div className={styles.service}>
      <span className={styles.serviceName}>
        <Link href={logsLink(selector, RANGE)} className={styles.job}>
          {name}
        </Link>
      </span>
      <span className={styles.spark}>{reading && <Sparkline values={reading.counts.slice(1, -1)} color="var(--series-1)" min={0} />}</span>
      <span className={styles.number}>{reading && `${formatUnit('none', reading.rate, reading.rate >= 100 ? 0 : 2)} lines/s`}</span>
      <span className={styles.number}>
        {reading &&
          (reading.errors > 0 ? (
            <Link href={logsLink(selector, RANGE, ERRORS)}>
              <Status
                tone={reading.errors >= BAD_SHARE * reading.lines ? 'bad' : 'warn'}
              >{`${formatCount(reading.errors)} ${reading.errors === 1 ? 'error' : 'errors'}`}</Status>
            </Link>
          ) : reading.lines > 0 ? (
            <Status tone="ok">No errors</Status>
          ) : (
            <Status tone="idle">No lines</Status>
          ))}
      </span>
    </div>
  );
}
