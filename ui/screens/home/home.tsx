// Home: is anything wrong, is everything there, what is going on. Each figure leads to the screen that knows more.
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { Link } from 'wouter';
import { ConfigProblems } from '../../app-problems.tsx';
import { messageOf } from '../../data/client.ts';
import { alertsLink, dashboardLink, targetsLink } from '../../data/links.ts';
import { logLabelsQuery } from '../../data/logs.ts';
import { alertsQuery, targetsQuery } from '../../data/prometheus.ts';
import { dashboardsQuery, statusQuery } from '../../data/server.ts';
import { formatAgo } from '../../format/duration.ts';
import { Page, Section } from '../../kit/page.tsx';
import { EmptyState, ErrorState } from '../../kit/states.tsx';
import { alertTone, Status } from '../../kit/status.tsx';
import styles from './home.module.css';
import { Host } from './host.tsx';
import { Readings } from './readings.tsx';
import { ServiceLogs } from './service-logs.tsx';
import { Services } from './services.tsx';
import { Traces } from './traces.tsx';

const DAY_MS = 86_400_000;

/** The first screen. */
export function HomeScreen(): JSX.Element {
  const { data: targets } = useQuery(targetsQuery());
  const { data: status } = useQuery(statusQuery());
  const { data: logLabels } = useQuery(logLabelsQuery({ fromMs: Date.now() - DAY_MS, toMs: Date.now() }));
  const isEmpty = targets?.activeTargets.length === 0 && status?.store.series === 0 && (logLabels?.length ?? 0) === 0;
  return (
    <Page
      title="Home"
      controls={
        status && (
          <>
            {!status.config.stale && <ConfigProblems problems={status.config.problems} isStale={false} />}
            <code title="The folder that this server was started on">{status.dir === '' ? 'no folder' : status.dir}</code>
          </>
        )
      }
    >
      <Readings />
      {isEmpty ? (
        <FirstSteps />
      ) : (
        <div className={styles.columns}>
          <div className={styles.column}>
            <FiringAlerts />
            <Services />
            <ServiceLogs />
            <Traces />
          </div>
          <div className={styles.column}>
            <DownTargets />
            <Host />
            <Boards />
          </div>
        </div>
      )}
    </Page>
  );
}

const MOST_ALERTS = 8;

function FiringAlerts(): JSX.Element {
  const { data, error } = useQuery(alertsQuery());
  const alerts =
    data?.toSorted((a, b) => Number(b.state === 'firing') - Number(a.state === 'firing') || b.activeAt.localeCompare(a.activeAt)) ?? [];
  return (
    <Section title="Alerts" controls={<Link href={alertsLink()}>All alerts and rules</Link>}>
      {data === undefined && error && <ErrorState title="Alerts could not be read" detail={messageOf(error)} />}
      {data?.length === 0 && (
        <EmptyState title="Nothing fires and nothing is pending">
          When a rule finds something, it stands here, with what it found.
        </EmptyState>
      )}
      <ul>
        {alerts.slice(0, MOST_ALERTS).map((alert) => {
          const { tone, icon, word } = alertTone(alert.state);
          const name = alert.labels.alertname ?? 'alert';
          return (
            <li key={JSON.stringify(alert.labels)} className={styles.alert}>
              <Status tone={tone} icon={icon}>
                {word}
              </Status>
              <Link href={alertsLink(name)} className={styles.alertName}>
                {name}
              </Link>
              <span className={styles.quiet}>{formatAgo(Date.parse(alert.activeAt), Date.now())}</span>
              <span className={styles.summary}>{alert.annotations.summary ?? alert.annotations.description ?? ''}</span>
            </li>
          );
        })}
      </ul>
      {alerts.length > MOST_ALERTS && <Link href={alertsLink()}>and {alerts.length - MOST_ALERTS} more</Link>}
    </Section>
  );
}

function DownTargets(): JSX.Element | null {
  const { data, error } = useQuery(targetsQuery());
  if (data === undefined) return error ? <ErrorState title="Targets could not be read" detail={messageOf(error)} /> : null;
  const down = data.activeTargets.filter(({ health }) => health === 'down');
  if (down.length === 0) return null;
  return (
    <Section title="Targets that are down" controls={<Link href={targetsLink()}>All targets</Link>}>
      <ul>
        {down.slice(0, MOST_ALERTS).map((target) => (
          <li key={`${target.scrapePool} ${target.scrapeUrl}`} className={styles.target}>
            <div className={styles.targetHead}>
              <Status tone="bad">Down</Status>
              <Link href={targetsLink({ pool: target.scrapePool })}>{target.scrapePool}</Link>
              <span className={styles.quiet}>{target.labels.instance}</span>
            </div>
            <p className={styles.problem}>{target.lastError}</p>
          </li>
        ))}
      </ul>
      {down.length > MOST_ALERTS && <Link href={targetsLink({ health: 'down' })}>and {down.length - MOST_ALERTS} more</Link>}
    </Section>
  );
}

function Boards(): JSX.Element | null {
  const { data } = useQuery(dashboardsQuery());
  if (data === undefined || data.length === 0) return null;
  return (
    <Section title="Dashboards" controls={<Link href="/dashboards">All {data.length}</Link>}>
      <ul className={styles.boards}>
        {data.slice(0, 6).map((board) => (
          <li key={board.uid}>
            <Link href={dashboardLink(board.uid, board.title)}>{board.title}</Link>
            <span className={styles.quiet}>{board.folder}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function FirstSteps(): JSX.Element {
  return (
    <EmptyState place="page" title="Nothing is measured yet">
      <p>Alidade runs, with no targets and no series. There are three ways to begin:</p>
      <ol className={styles.steps}>
        <li>
          Start it on a folder that holds a <code>prometheus.yml</code>, rules, an <code>alertmanager.yml</code> or Grafana dashboards. They
          run unchanged.
          <pre>alidade up ./my-lab</pre>
        </li>
        <li>
          Count requests and predictions in your own service with <code>@alidade/sdk/instrument</code>, and name it as a target.
          <pre>{'const instrument = new Instrument();\nawait app.register(fastifyMetrics, { instrument });'}</pre>
        </li>
        <li>
          Look at the sample: a churn prediction service with traffic, a dashboard and alerts.
          <pre>npm start</pre>
        </li>
      </ol>
    </EmptyState>
  );
}
