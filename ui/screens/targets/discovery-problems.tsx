import type { DiscoveryProblem } from '@alidade/sdk/schema';
import type { JSX } from 'react';
import { formatAgo } from '../../format/duration.ts';
import { Status } from '../../kit/status.tsx';
import styles from './targets-screen.module.css';

/** Sources of service discovery that fail: why targets are missing, or are those of before. */
export function DiscoveryProblems({ problems, nowMs }: { problems: readonly DiscoveryProblem[]; nowMs: number }): JSX.Element | null {
  if (problems.length === 0) return null;
  return (
    <ul className={styles.problems} aria-label="Service discovery that fails">
      {problems.map(({ job, source, message, sinceMs }) => (
        <li key={`${job} ${source}`}>
          <Status tone="bad">{`Discovery of ${job} fails`}</Status>
          <span>
            <code>{source}</code> {message} (<time dateTime={new Date(sinceMs).toISOString()}>first {formatAgo(sinceMs, nowMs)}</time>).
            Targets that were found before stay.
          </span>
        </li>
      ))}
    </ul>
  );
}
