import type { JSX } from 'react';
import styles from './slo.module.css';
import { shareText } from './slo-words.ts';

const QUARTERS = [0, 25, 50, 75, 100];

/** What is left of a budget on a graduated rule, with the number; an overspent one is empty and says by how much. */
export function BudgetBar({ remaining }: { remaining: number | null }): JSX.Element {
  const at = Math.min(1, Math.max(0, remaining ?? 0)) * 100;
  const isSpent = remaining !== null && remaining <= 0;
  return (
    <span className={styles.budget}>
      <svg className={styles.bar} width="100%" height="14" aria-hidden="true">
        {QUARTERS.map((tick) => (
          <line key={tick} x1={`${tick}%`} x2={`${tick}%`} y1={tick % 50 === 0 ? 3 : 5} y2="10" stroke="var(--line-strong)" />
        ))}
        <line x1="0" x2="100%" y1="10" y2="10" stroke={isSpent ? 'var(--bad)' : 'var(--line-strong)'} strokeWidth={isSpent ? 2 : 1} />
        {at > 0 && <line x1="0" x2={`${at}%`} y1="10" y2="10" stroke="var(--ink-2)" strokeWidth="4" />}
        {remaining !== null && <line x1={`${at}%`} x2={`${at}%`} y1="1" y2="13" stroke="var(--brass)" strokeWidth="2" />}
      </svg>
      <span className={styles.budgetText}>{shareText(remaining, 1)}</span>
    </span>
  );
}
