import { type JSX, useId } from 'react';
import type { AlertingRule } from '../../data/prometheus.ts';
import { classNames } from '../../kit/class-names.ts';
import { Icon } from '../../kit/icon.tsx';
import { alertTone, Status } from '../../kit/status.tsx';
import styles from './alerts.module.css';
import { RuleDetails } from './rule-details.tsx';
import { summaryOf } from './rule-list.ts';
import { Severity } from './severity.tsx';

/** One alerting rule: its state in a line, all of it when opened. */
export function RuleRow({
  ruleId,
  rule,
  nowMs,
  isOpen,
  onToggle,
}: {
  ruleId: string;
  rule: AlertingRule;
  nowMs: number;
  isOpen: boolean;
  onToggle: () => void;
}): JSX.Element {
  const id = useId();
  const { tone, icon, word } = alertTone(rule.state);
  return (
    <li id={ruleId} className={styles.rule}>
      <button type="button" className={styles.ruleHead} aria-expanded={isOpen} aria-controls={isOpen ? id : undefined} onClick={onToggle}>
        <Icon name={isOpen ? 'chevron-down' : 'chevron-right'} />
        <span className={classNames(styles.ruleState, rule.state === 'inactive' && styles.isCalm)}>
          <Status tone={tone} icon={icon}>
            {word}
          </Status>
        </span>
        <span className={styles.ruleName}>{rule.name}</span>
        <Severity severity={rule.labels?.severity ?? ''} />
        {rule.health === 'err' && (
          <Status badge tone="bad" icon="warning">
            evaluation fails
          </Status>
        )}
        <span className={styles.ruleLine}>{alertsLine(rule) || plainSummary(rule) || <code>{rule.query}</code>}</span>
      </button>
      {isOpen && <RuleDetails id={id} rule={rule} nowMs={nowMs} />}
    </li>
  );
}

/** A summary with template actions means little before there is an alert. */
function plainSummary({ annotations }: AlertingRule): string {
  const text = summaryOf(annotations);
  return text.includes('{{') ? '' : text;
}

/** "2 firing, 1 pending". */
function alertsLine({ alerts }: AlertingRule): string {
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  const pending = alerts.length - firing;
  return [firing > 0 && `${firing} firing`, pending > 0 && `${pending} pending`].filter(Boolean).join(', ');
}
