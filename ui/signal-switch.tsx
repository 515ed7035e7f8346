// From one signal to another without losing the time.
import type { JSX } from 'react';
import { Link, useSearch } from 'wouter';
import styles from './signal-switch.module.css';

const SIGNALS = [
  { id: 'metrics', label: 'Metrics', path: '/explore' },
  { id: 'logs', label: 'Logs', path: '/logs' },
  { id: 'traces', label: 'Traces', path: '/traces' },
] as const;

/** Metrics, Logs, Traces: links between the screens that ask for signals; range and refresh go along. */
export function SignalSwitch({ current }: { current: 'metrics' | 'logs' | 'traces' }): JSX.Element {
  const search = useSearch();
  return (
    <nav className={styles.switch} aria-label="Signals">
      {SIGNALS.map(({ id, label, path }) => (
        <Link key={id} href={withTime(path, search)} className={styles.signal} aria-current={id === current ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}

/** A path with the time of a query string, and nothing else of it. */
export function withTime(path: string, search: string): string {
  const params = new URLSearchParams(search);
  const kept = new URLSearchParams(
    ['from', 'to', 'refresh'].flatMap((name) => {
      const value = params.get(name);
      return value === null ? [] : [[name, value]];
    }),
  ).toString();
  return kept === '' ? path : `${path}?${kept}`;
}
