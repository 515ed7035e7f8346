import type { JSX } from 'react';
import styles from './home.module.css';

const TICKS = [0, 25, 50, 75, 100];

/** A share on a graduated rule: quarters are marked, the index stands at the value. `share` from 0 to 1. */
export function Meter({ share, label }: { share: number; label: string }): JSX.Element {
  const at = Math.min(1, Math.max(0, share)) * 100;
  return (
    <svg className={styles.meter} width="100%" height="16" role="img" aria-label={label}>
      {TICKS.map((tick) => (
        <line key={tick} x1={`${tick}%`} x2={`${tick}%`} y1={tick % 50 === 0 ? 7 : 9} y2="13" stroke="var(--line-strong)" strokeWidth="1" />
      ))}
      <line x1="0" x2="100%" y1="13" y2="13" stroke="var(--line-strong)" strokeWidth="1" />
      <line x1="0" x2={`${at}%`} y1="13" y2="13" stroke="var(--ink-2)" strokeWidth="3" />
      <line x1={`${at}%`} x2={`${at}%`} y1="3" y2="15" stroke="var(--brass)" strokeWidth="2" />
    </svg>
  );
}
