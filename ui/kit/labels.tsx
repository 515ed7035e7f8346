import type { JSX } from 'react';
import styles from './labels.module.css';

/** A label set in one flowing line, sorted by name; `hide` leaves some out. */
export function Labels({ labels, hide = [] }: { labels: Readonly<Record<string, string>>; hide?: readonly string[] }): JSX.Element {
  const names = Object.keys(labels)
    .filter((name) => !hide.includes(name))
    .sort();
  return (
    <span className={styles.labels}>
      {names.map((name) => (
        <span key={name}>
          <span className={styles.name}>{name}=</span>
          <span className={styles.value}>{labels[name]}</span>
        </span>
      ))}
    </span>
  );
}
