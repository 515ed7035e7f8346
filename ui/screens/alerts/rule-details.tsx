import type { JSX, ReactNode } from 'react';
import { exploreLink } from '../../data/links.ts';
import type { AlertingRule, LabelMap } from '../../data/prometheus.ts';
import { dateTimeText } from '../../format/date.ts';
import { formatAgo, formatDuration } from '../../format/duration.ts';
import { toFixed } from '../../format/number.ts';
import { LinkButton } from '../../kit/button.tsx';
import { Labels } from '../../kit/labels.tsx';
import { alertTone, Status } from '../../kit/status.tsx';
import { Table } from '../../kit/table.tsx';
import styles from './alerts.module.css';
import { labelsKey, type ShownAlert, sortAlerts } from './rule-list.ts';

/** Everything about a rule. */
export function RuleDetails({ id, rule, nowMs }: { id: string; rule: AlertingRule; nowMs: number }): JSX.Element {
  const evaluatedMs = Date.parse(rule.lastEvaluation);
  return (
    <div id={id} className={styles.details}>
      {rule.health === 'err' && (
        <div className={styles.problem} role="alert">
          <Status tone="bad" icon="warning">
            The last evaluation failed
          </Status>
          <p>{rule.lastError}</p>
          <p className={styles.problemCure}>
            While it fails, this rule neither fires nor resolves. Open the expression in Explore to mend it.
          </p>
        </div>
      )}
      <div className={styles.expression}>
        <pre>{rule.query}</pre>
        <LinkButton small icon="explore" href={exploreLink([rule.query])}>
          Explore
        </LinkButton>
      </div>
      <dl className={styles.facts}>
        <Fact name="For">{rule.duration === 0 ? 'fires at once' : `${formatDuration(rule.duration * 1_000)} before it fires`}</Fact>
        {rule.keepFiringFor > 0 && (
          <Fact name="Keep firing for">{formatDuration(rule.keepFiringFor * 1_000)} after the condition has gone</Fact>
        )}
        {Object.keys(rule.labels ?? {}).length > 0 && (
          <Fact name="Labels">
            <Labels labels={rule.labels ?? {}} />
          </Fact>
        )}
        {Object.entries(rule.annotations).map(([name, text]) => (
          <Fact key={name} name={name}>
            <Annotation text={text} />
          </Fact>
        ))}
        <Fact name="Evaluated">
          {evaluatedMs > 0
            ? `${formatAgo(Math.min(evaluatedMs, nowMs), nowMs)}, took ${formatDuration(rule.evaluationTime * 1_000)}`
            : 'not yet'}
        </Fact>
      </dl>
      {rule.alerts.length > 0 && <ActiveAlerts alerts={rule.alerts} nowMs={nowMs} />}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): JSX.Element {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** An annotation that is a web address (a runbook) is a link. */
function Annotation({ text }: { text: string }): JSX.Element {
  if (!/^https?:\/\/\S+$/.test(text)) return <>{text}</>;
  return (
    <a href={text} target="_blank" rel="noreferrer">
      {text}
    </a>
  );
}

function ActiveAlerts({ alerts, nowMs }: { alerts: readonly ShownAlert[]; nowMs: number }): JSX.Element {
  return (
    <Table
      label="Active alerts"
      rows={sortAlerts(alerts)}
      rowKey={({ labels }) => labelsKey(labels)}
      columns={[
        { id: 'state', head: 'State', width: '150px', cell: (alert) => <AlertState alert={alert} nowMs={nowMs} /> },
        { id: 'labels', head: 'Labels', cell: ({ labels, annotations }) => <Identity labels={labels} annotations={annotations} /> },
        {
          id: 'value',
          head: 'Value',
          align: 'end',
          width: '110px',
          sortBy: ({ value }) => Number(value),
          cell: ({ value }) => <span title={value}>{toFixed(Number(value))}</span>,
        },
        {
          id: 'since',
          head: 'Since',
          align: 'end',
          width: '120px',
          sortBy: ({ activeAt }) => Date.parse(activeAt),
          cell: ({ activeAt }) => (
            <time dateTime={activeAt} title={dateTimeText(Date.parse(activeAt))}>
              {formatAgo(Math.min(Date.parse(activeAt), nowMs), nowMs)}
            </time>
          ),
        },
      ]}
    />
  );
}

function AlertState({ alert, nowMs }: { alert: ShownAlert; nowMs: number }): JSX.Element {
  const { tone, icon, word } = alertTone(alert.state);
  const keptMs = alert.keepFiringSince === undefined ? 0 : Date.parse(alert.keepFiringSince);
  return (
    <>
      <Status tone={tone} icon={icon}>
        {word}
      </Status>
      {keptMs > 0 && <p className={styles.kept}>condition gone {formatAgo(Math.min(keptMs, nowMs), nowMs)}, kept firing</p>}
    </>
  );
}

function Identity({ labels, annotations }: { labels: LabelMap; annotations: LabelMap }): JSX.Element {
  const text = annotations.description ?? annotations.summary ?? '';
  return (
    <div className={styles.identity}>
      <Labels labels={labels} hide={['alertname']} />
      {text !== '' && <p className={styles.identityText}>{text}</p>}
    </div>
  );
}
