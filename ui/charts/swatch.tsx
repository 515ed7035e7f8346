import type { CSSProperties, JSX } from 'react';
import styles from './time-chart.module.css';

/** The colour of a series beside its name. */
export function Swatch({ color }: { color: string }): JSX.Element {
  return <span className={styles.swatch} style={{ '--swatch': color } as CSSProperties} aria-hidden="true" />;
}
