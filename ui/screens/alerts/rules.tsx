import { type JSX, useDeferredValue, useMemo } from 'react';
import type { RuleGroup } from '../../data/prometheus.ts';
import { formatAgo, formatDuration } from '../../format/duration.ts';
import { Button } from '../../kit/button.tsx';
import { Segments } from '../../kit/field.tsx';
import { EmptyState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './alerts.module.css';
import type { AlertsState } from './alerts-screen.tsx';
import { FiringNow } from './firing-now.tsx';
import { type AlertingGroup, alertingGroups, countRules, fileName, firingRules, type RuleFilter, ruleKey } from './rule-list.ts';
import { RuleRow } from './rule-row.tsx';

/** Alerts shown of each firing rule on top; the rest is with the rule. */
const FIRING_OF_A_RULE = 3;

/** What fires now, then all alerting rules by group. `nowMs` is when the answer came. */
export function Rules({
  groups,
  nowMs,
  state,
  onChange,
}: {
  groups: readonly RuleGroup[];
  nowMs: number;
  state: AlertsState;
  onChange: (patch: Partial<AlertsState>) => void;
}): JSX.Element {
  const search = useDeferredValue(state.q);
  const counts = useMemo(() => countRules(groups), [groups]);
  const firing = useMemo(() => firingRules(groups, FIRING_OF_A_RULE), [groups]);
  const shown = useMemo(() => alertingGroups(groups, state.state, search), [groups, state.state, search]);
  const open = new Set(state.open);
  const toggle = (key: string) => onChange({ open: open.has(key) ? state.open.filter((other) => other !== key) : [...state.open, key] });
  const openRule = (key: string) => {
    onChange({ open: [...state.open.filter((other) => other !== key), key], state: 'all', q: '' });
    // The row opens with the next render.
    requestAnimationFrame(() => document.getElementById(`rule ${key}`)?.scrollIntoView({ block: 'center' }));
  };
  if (counts.all === 0) return <NoRules hasRecording={counts.recording > 0} />;
  return (
    <>
      {search === '' && <FiringNow firing={firing} pending={counts.pending} nowMs={nowMs} onOpen={openRule} />}
      <div className={styles.filter}>
        <Segments<RuleFilter>
          label="State of the rules"
          value={state.state}
          onChange={(next) => onChange({ state: next })}
          options={[
            { value: 'all', label: 'All', count: counts.all },
            { value: 'firing', label: 'Firing', count: counts.firing },
            { value: 'pending', label: 'Pending', count: counts.pending },
            { value: 'inactive', label: 'Inactive', count: counts.inactive },
            ...(counts.problems > 0 ? [{ value: 'problems' as const, label: 'Failing', count: counts.problems }] : []),
          ]}
        />
      </div>
      {shown.map((each) => (
        <Group key={`${each.group.file} ${each.group.name}`} {...each} nowMs={nowMs} open={open} onToggle={toggle} />
      ))}
      {shown.length === 0 && (
        <EmptyState title="No rule matches" actions={<Button onClick={() => onChange({ state: 'all', q: '' })}>Show all rules</Button>}>
          {search === ''
            ? `No alerting rule is ${state.state}.`
            : `Looked for “${search}” in names, files, expressions, labels and annotations.`}
        </EmptyState>
      )}
    </>
  );
}

function Group({
  group,
  rules,
  nowMs,
  open,
  onToggle,
}: AlertingGroup & { nowMs: number; open: ReadonlySet<string>; onToggle: (key: string) => void }): JSX.Element {
  const evaluatedMs = Date.parse(group.lastEvaluation);
  return (
    <section className={styles.group} aria-label={`Group ${group.name}`}>
      <div className={styles.groupHead}>
        <h2>{group.name}</h2>
        <span className={styles.groupNote} title={group.file}>
          {fileName(group.file)}
        </span>
        <span className={styles.groupTiming}>
          every {formatDuration(group.interval * 1_000)}
          {evaluatedMs > 0 && `, last ${formatAgo(Math.min(evaluatedMs, nowMs), nowMs)} in ${formatDuration(group.evaluationTime * 1_000)}`}
        </span>
      </div>
      <ul>
        {rules.map((rule) => {
          const key = ruleKey(group, rule);
          return (
            <RuleRow key={key} ruleId={`rule ${key}`} rule={rule} nowMs={nowMs} isOpen={open.has(key)} onToggle={() => onToggle(key)} />
          );
        })}
      </ul>
    </section>
  );
}

const EXAMPLE = `groups:
  - name: availability
    rules:
      - alert: TargetDown
        expr: up == 0
        for: 1m
        labels:
          severity: critical
        annotations:
          summary: "{{ $labels.job }} does not answer"`;

function NoRules({ hasRecording }: { hasRecording: boolean }): JSX.Element {
  return (
    <EmptyState place="page" title="No alerting rules are loaded">
      {hasRecording ? <Status tone="info">There are recording rules, but none that alerts.</Status> : null}
      <p>
        Alerting rules show here with their state, and what they found. Write a rule file next to prometheus.yml, for example{' '}
        <code>rules/availability.yml</code>, and name it under <code>rule_files</code>:
      </p>
      <pre className={styles.example}>{EXAMPLE}</pre>
      <p>The files are read again by themselves when they are saved.</p>
    </EmptyState>
  );
}
