import { useQuery } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { messageOf } from '../../data/client.ts';
import { Button } from '../../kit/button.tsx';
import { Icon } from '../../kit/icon.tsx';
import styles from './metric-browser.module.css';
import { labelNamesQuery, labelValuesQuery } from './metrics-query.ts';
import { type MetricInfo, suggestFor } from './suggestions.ts';

const MOST_SHOWN = 50;

/** One metric: help, labels to choose values of, and queries for what was chosen. */
export function MetricDetails({
  metric,
  onBack,
  onChoose,
}: {
  metric: MetricInfo;
  onBack: () => void;
  onChoose: (expr: string) => void;
}): JSX.Element {
  const labels = useQuery(labelNamesQuery(metric.name));
  const [matchers, setMatchers] = useState<Readonly<Record<string, string>>>({});
  const toggle = (label: string, value: string) =>
    setMatchers(({ [label]: before, ...others }) => (before === value ? others : { ...others, [label]: value }));
  return (
    <div className={styles.details}>
      <Button small look="quiet" icon="chevron-left" onClick={onBack}>
        All metrics
      </Button>
      <h2 className={styles.title}>{metric.name}</h2>
      <p className={styles.help}>
        {metric.type !== 'unknown' && <span className={styles.type}>{metric.type}</span>}{' '}
        {metric.help || 'The targets say nothing about it.'}
      </p>
      <h3>Queries</h3>
      <ul className={styles.suggestions}>
        {suggestFor(metric, matchers).map(({ expr, text }) => (
          <li key={expr}>
            <button type="button" className={styles.suggestion} onClick={() => onChoose(expr)}>
              <code>{expr}</code>
              <span>{text}</span>
            </button>
          </li>
        ))}
      </ul>
      <h3>Labels</h3>
      {labels.error && <p className={styles.problem}>{messageOf(labels.error)}</p>}
      {labels.data?.length === 0 && <p className={styles.quiet}>It has none.</p>}
      <ul>
        {labels.data?.map((label) => (
          <LabelRow key={label} metric={metric.name} label={label} chosen={matchers[label]} onToggle={(value) => toggle(label, value)} />
        ))}
      </ul>
    </div>
  );
}

function LabelRow({
  metric,
  label,
  chosen,
  onToggle,
}: {
  metric: string;
  label: string;
  chosen: string | undefined;
  onToggle: (value: string) => void;
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const [isAll, setAll] = useState(false);
  const values = useQuery({ ...labelValuesQuery(metric, label), enabled: isOpen });
  const shown = isAll ? values.data : values.data?.slice(0, MOST_SHOWN);
  return (
    <li className={styles.label}>
      <button type="button" className={styles.labelHead} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name={isOpen ? 'chevron-down' : 'chevron-right'} size={14} />
        <span className={styles.labelName}>{label}</span>
        {chosen !== undefined && <span className={styles.chosen}>{chosen}</span>}
        {isOpen && values.data && <span className={styles.quiet}>{values.data.length}</span>}
      </button>
      {isOpen && values.error && <p className={styles.problem}>{messageOf(values.error)}</p>}
      {isOpen && shown && (
        <div className={styles.values}>
          {shown.map((value) => (
            <button key={value} type="button" className={styles.value} aria-pressed={value === chosen} onClick={() => onToggle(value)}>
              {value}
            </button>
          ))}
          {shown.length < (values.data?.length ?? 0) && (
            <Button small look="quiet" onClick={() => setAll(true)}>
              {(values.data?.length ?? 0) - shown.length} more
            </Button>
          )}
        </div>
      )}
    </li>
  );
}
