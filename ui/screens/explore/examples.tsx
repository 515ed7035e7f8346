import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { messageOf } from '../../data/client.ts';
import { targetsLink } from '../../data/links.ts';
import { LinkButton } from '../../kit/button.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import styles from './examples.module.css';
import { metricsQuery } from './metrics-query.ts';
import { examplesFrom } from './suggestions.ts';

/** What stands in place of results before the first query: examples made of metrics that exist here. */
export function Examples({ onChoose }: { onChoose: (expr: string) => void }): JSX.Element {
  const { data, error } = useQuery(metricsQuery());
  if (data === undefined) {
    if (error === null) return <LoadingState label="Looking for metrics" />;
    return <ErrorState title="The metrics cannot be listed" detail={messageOf(error)} />;
  }
  const examples = examplesFrom(data);
  if (examples.length === 0) {
    return (
      <EmptyState
        title="Nothing is stored yet"
        actions={
          <LinkButton href={targetsLink()} icon="targets">
            Look at the targets
          </LinkButton>
        }
      >
        Metrics appear with the first scrape or push. The Targets screen says what is scraped and whether it answers.
      </EmptyState>
    );
  }
  return (
    <div className={styles.examples}>
      <h2>Start with one of these</h2>
      <p className={styles.lead}>They ask for metrics that are stored here. Or type: names, labels and functions complete themselves.</p>
      <ul>
        {examples.map(({ expr, text, about }) => (
          <li key={expr}>
            <button type="button" className={styles.example} onClick={() => onChoose(expr)}>
              <code>{expr}</code>
              <span className={styles.text}>
                {text}
                {about !== '' && <span className={styles.about}>{about}</span>}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
