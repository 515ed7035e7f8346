import type { AdviceProof } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { proofQuery } from '../../data/advice.ts';
import { messageOf } from '../../data/client.ts';
import { Button } from '../../kit/button.tsx';
import { ErrorState, Working } from '../../kit/states.tsx';
import { Status, type Tone } from '../../kit/status.tsx';
import styles from './advice.module.css';

const VERDICTS: Readonly<Record<AdviceProof['verdict'], { tone: Tone; word: string }>> = {
  same: { tone: 'ok', word: 'No answer changes' },
  changes: { tone: 'bad', word: 'Answers change' },
  merges: { tone: 'bad', word: 'Samples would be lost' },
  incomplete: { tone: 'warn', word: 'Not proved' },
};

/** What became of the stored queries when they were replayed on the reduced data. */
export function Proof({ id, days, atMs }: { id: string; days: number; atMs: number }): JSX.Element {
  const { data, error, refetch } = useQuery(proofQuery(id, days, atMs));
  if (error)
    return (
      <ErrorState
        title="The proof could not be made"
        detail={messageOf(error)}
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      />
    );
  return (
    <section aria-live="polite">
      <h3 className={styles.heading}>Proof</h3>
      {data ? (
        <Verdict proof={data} />
      ) : (
        <p className={styles.proving}>
          <Working /> Replaying the stored queries on the reduced data
        </p>
      )}
    </section>
  );
}

function Verdict({ proof }: { proof: AdviceProof }): JSX.Element {
  const { tone, word } = VERDICTS[proof.verdict];
  return (
    <>
      <p className={styles.verdict}>
        <Status tone={tone} badge>
          {word}
        </Status>
        <span>{proof.summary}</span>
      </p>
      {proof.merged && (
        <p className={styles.names}>
          For example <code>{proof.merged[0]}</code> and <code>{proof.merged[1]}</code>
        </p>
      )}
      {proof.changes.length > 0 && (
        <ul className={styles.queries} aria-label="Queries whose answers change">
          {proof.changes.map(({ expr, source, difference }) => (
            <li key={`${expr} ${source}`}>
              <code>{expr}</code>
              <span>
                {source}: {difference}
              </span>
            </li>
          ))}
          {proof.changed > proof.changes.length && <li className={styles.more}>and {proof.changed - proof.changes.length} more</li>}
        </ul>
      )}
      {proof.notReplayed.length > 0 && (
        <ul className={styles.queries} aria-label="Queries that could not be compared">
          {proof.notReplayed.map(({ expr, source, reason }) => (
            <li key={`${expr} ${source}`}>
              <code>{expr}</code>
              <span>
                {source}: not compared: {reason}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
