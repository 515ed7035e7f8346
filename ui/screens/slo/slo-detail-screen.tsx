// One objective: its figures, how its budget was spent, the incidents that spent it, and the alerts that watch it.
import type { SloDetail, SloStatus } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import type { JSX, ReactNode } from 'react';
import { useParams } from 'wouter';
import { ApiError, messageOf } from '../../data/client.ts';
import { alertsLink, exploreLink } from '../../data/links.ts';
import { sloQuery } from '../../data/slo.ts';
import { formatCount } from '../../format/number.ts';
import { Button, LinkButton } from '../../kit/button.tsx';
import { Page, Section } from '../../kit/page.tsx';
import { ErrorState, LoadingState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import { BudgetBar } from './budget-bar.tsx';
import { BudgetChart, BurnChart } from './budget-charts.tsx';
import { Conditions } from './conditions.tsx';
import { Definition } from './definition.tsx';
import { Incidents } from './incidents.tsx';
import styles from './slo.module.css';
import { burnOver, burnText, exhaustionText, STATE_WORDS, shareText } from './slo-words.ts';

/** The screen at /slo/:service/:name. */
export function SloDetailScreen(): JSX.Element {
  const { service = '', name = '' } = useParams<{ service: string; name: string }>();
  const { data, error, refetch } = useQuery(sloQuery(decodeURIComponent(service), decodeURIComponent(name)));
  const crumb = { label: 'SLOs', href: '/slo' };
  if (data) return <Detail detail={data} />;
  return (
    <Page title={decodeURIComponent(name)} crumb={crumb}>
      {error === null ? (
        <LoadingState place="page" label="Loading the objective" />
      ) : (
        <ErrorState
          place="page"
          title={error instanceof ApiError && error.status === 404 ? 'There is no such objective' : 'The objective could not be calculated'}
          detail={messageOf(error)}
          actions={
            <>
              <Button onClick={() => void refetch()}>Try again</Button>
              <LinkButton href="/slo">All objectives</LinkButton>
            </>
          }
        />
      )}
    </Page>
  );
}

function Detail({ detail }: { detail: SloDetail }): JSX.Element {
  const { status, expressions } = detail;
  const { slo } = status;
  const range = { from: `now-${slo.window}`, to: 'now' };
  return (
    <Page
      title={slo.title ?? slo.name}
      crumb={{ label: 'SLOs', href: '/slo' }}
      beside={<span className={styles.beside}>{slo.service}</span>}
      controls={
        <>
          <LinkButton href={alertsLink(slo.name)}>Alerts</LinkButton>
          <LinkButton href={exploreLink([expressions.errorRatio], range)}>Explore</LinkButton>
        </>
      }
    >
      {slo.description !== undefined && <p className={styles.description}>{slo.description}</p>}
      <p className={styles.state}>
        <Status {...STATE_WORDS[status.state]} badge>
          {STATE_WORDS[status.state].word}
        </Status>
        <span>{status.reason}</span>
      </p>
      <Readings status={status} />
      <div className={styles.charts}>
        <div>
          <Section title="Budget left" note={`over the last ${slo.window}`}>
            <BudgetChart detail={detail} />
          </Section>
        </div>
        <div>
          <Section title="Burn rate" note="1× spends exactly the budget within the window">
            <BurnChart detail={detail} />
          </Section>
        </div>
      </div>
      <Section title="Incidents" note={incidentsNote(detail)}>
        <Incidents detail={detail} />
      </Section>
      <Section title="Burn alerts" note="both windows must burn faster than the rate">
        <Conditions status={status} />
      </Section>
      <Section title="Definition">
        <Definition detail={detail} />
      </Section>
    </Page>
  );
}

function Readings({ status }: { status: SloStatus }): JSX.Element {
  const { slo } = status;
  const gone = exhaustionText(status);
  const noun = slo.indicator.type === 'time-slice' ? 'slices' : 'events';
  return (
    <div className={styles.readings}>
      <Reading label="Success rate" value={shareText(status.successRate)} note={`target ${shareText(slo.target)} in ${slo.window}`} />
      <Reading label="Budget left" value={shareText(status.budgetRemaining, 1)} note={<BudgetBar remaining={status.budgetRemaining} />} />
      <Reading label="Burn rate, last hour" value={burnText(burnOver(status, '1h'))} note={longNote(status)} />
      <Reading
        label="Budget gone"
        value={gone?.left ?? (status.budgetRemaining === null ? '–' : 'not burning')}
        note={gone?.date === undefined || gone.date === '' ? ' ' : `on ${gone.date}, if it goes on`}
      />
      <Reading
        label={noun === 'slices' ? 'Measured slices' : 'Events'}
        value={status.total === null ? '–' : formatCount(status.total)}
        note={failedText(status)}
      />
    </div>
  );
}

/** How much of what was spent the incidents explain. */
function incidentsNote({ status, incidents }: SloDetail): string {
  const inIncidents = incidents.reduce((sum, { budgetShare }) => sum + budgetShare, 0);
  const spent = 1 - (status.budgetRemaining ?? 1);
  if (incidents.length === 0 || spent <= 0) return 'stretches that burnt faster than 1×';
  return `they spent ${shareText(inIncidents, 1)} of the budget, single failures ${shareText(Math.max(0, spent - inIncidents), 1)}`;
}

function failedText({ slo, failed }: SloStatus): string {
  if (slo.indicator.type === 'error-ratio') return 'not known to this indicator';
  if (failed === null) return ' ';
  return `${formatCount(failed)} ${slo.indicator.type === 'time-slice' ? 'bad' : 'failed'}`;
}

function longNote({ burnRates }: SloStatus): string {
  return burnRates
    .filter(({ window }) => window !== '1h')
    .slice(-2)
    .map(({ window, rate }) => `${window}: ${burnText(rate)}`)
    .join(', ');
}

function Reading({ label, value, note }: { label: string; value: string; note: ReactNode }): JSX.Element {
  return (
    <div className={styles.reading}>
      <div className={styles.readingLabel}>{label}</div>
      <div className={styles.readingValue}>{value}</div>
      <div className={styles.readingNote}>{note}</div>
    </div>
  );
}
