import type { JSX } from 'react';
import { Icon } from '../../kit/icon.tsx';
import styles from './row.module.css';

/** The heading of a row; folds away the panels below it. */
export function RowHeading({
  title,
  isCollapsed,
  panels,
  onToggle,
}: {
  title: string;
  isCollapsed: boolean;
  panels: number;
  onToggle: () => void;
}): JSX.Element {
  return (
    <button type="button" className={styles.row} aria-expanded={!isCollapsed} onClick={onToggle}>
      <Icon name={isCollapsed ? 'chevron-right' : 'chevron-down'} />
      {title === '' ? 'Row' : title}
      {isCollapsed && <span className={styles.count}>{panels === 1 ? '1 panel' : `${panels} panels`}</span>}
    </button>
  );
}
