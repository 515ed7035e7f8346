import type { JSX } from 'react';
import { Link } from 'wouter';
import { exploreLink } from '../../data/links.ts';
import type { RuleGroup } from '../../data/prometheus.ts';
import { formatAgo, formatDuration } from '../../format/duration.ts';
import { Labels } from '../../kit/labels.tsx';
import { EmptyState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import { Table } from '../../kit/table.tsx';
import styles from './alerts.module.css';
import { countRules, fileName, type RecordedRule, recordedRules } from './rule-list.ts';

/** All recording rules: what they record, from what, and whether that works. */
export function RecordingRules({ groups, search, nowMs }: { groups: readonly RuleGroup[]; search: string; nowMs: number }): JSX.Element {
  if (countRules(groups).recording === 0) {
    return (
      <EmptyState place="page" title="No recording rules are loaded">
        A recording rule keeps the answer of an expression as a series of its own, so that dashboards and alerts need not compute it again:
        <pre className={styles.example}>
          {'groups:\n  - name: recorded\n    rules:\n      - record: job:up:sum\n        expr: sum by (job) (up)'}
        </pre>
        Name its file under <code>rule_files</code> in prometheus.yml.
      </EmptyState>
    );
  }
  const rows = recordedRules(groups, search);
  if (rows.length === 0)
    return <EmptyState title="No recording rule matches">Looked for “{search}” in names, expressions, groups and files.</EmptyState>;
  return (
    <Table
      label="Recording rules"
      height={rows.length >= 150 ? 720 : 100_000}
      rows={rows}
      rowKey={({ rule, group }) => `${group.file} ${group.name} ${rule.name} ${rule.query} ${JSON.stringify(rule.labels ?? {})}`}
      columns={[
        { id: 'health', head: 'Health', width: '110px', sortBy: ({ rule }) => rule.health, cell: Health },
        { id: 'name', head: 'Records', sortBy: ({ rule }) => rule.name, cell: Recorded },
        { id: 'expr', head: 'Expression', cell: ({ rule }) => <code className={styles.code}>{rule.query}</code> },
        { id: 'group', head: 'Group', sortBy: ({ group }) => `${group.file} ${group.name}`, cell: Place },
        {
          id: 'evaluated',
          head: 'Evaluated',
          align: 'end',
          width: '160px',
          cell: ({ rule }) => evaluatedText(rule.lastEvaluation, rule.evaluationTime, nowMs),
        },
      ]}
    />
  );
}

function Health({ rule }: RecordedRule): JSX.Element {
  if (rule.health === 'ok') return <Status tone="ok">OK</Status>;
  if (rule.health === 'err') return <Status tone="bad">Failing</Status>;
  return (
    <Status tone="idle" icon="pending">
      Not yet
    </Status>
  );
}

function Recorded({ rule }: RecordedRule): JSX.Element {
  return (
    <>
      <Link href={exploreLink([rule.name])}>
        <code>{rule.name}</code>
      </Link>
      {Object.keys(rule.labels ?? {}).length > 0 && <Labels labels={rule.labels ?? {}} />}
      {rule.health === 'err' && <p className={styles.failureText}>{rule.lastError}</p>}
    </>
  );
}

function Place({ group }: RecordedRule): JSX.Element {
  return (
    <span title={group.file}>
      {group.name} <span className={styles.quiet}>{fileName(group.file)}</span>
    </span>
  );
}

function evaluatedText(lastEvaluation: string, tookSeconds: number, nowMs: number): string {
  const evaluatedMs = Date.parse(lastEvaluation);
  return evaluatedMs > 0 ? `${formatAgo(Math.min(evaluatedMs, nowMs), nowMs)} in ${formatDuration(tookSeconds * 1_000)}` : 'not yet';
}
