import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import styles from './app.module.css';
import { ConfigProblems } from './app-problems.tsx';
import { ApiError } from './data/client.ts';
import { statusQuery } from './data/server.ts';
import { Status } from './kit/status.tsx';

/** One line above every screen when the server is gone or runs on an older configuration. */
export function Notices(): JSX.Element | null {
  const { data, error } = useQuery(statusQuery());
  if (error instanceof ApiError && error.status === 0) {
    return (
      <div className={styles.notice} data-tone="bad" role="alert">
        <Status tone="bad">No connection</Status>
        Alidade does not answer. What you see is from before; this page goes on trying.
      </div>
    );
  }
  if (!data?.config.stale) return null;
  return (
    <div className={styles.notice} role="status">
      <Status tone="warn">Configuration refused</Status>
      The newest files have errors; the previous configuration goes on running.
      <ConfigProblems problems={data.config.problems} isStale />
    </div>
  );
}
