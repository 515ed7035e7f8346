import type { FlushedAlert } from '../notification.ts';
import type { Silences } from '../silence.ts';
import { type Sieved, sieve } from './drop-inhibited.ts';

/** Holds back alerts that a person silenced. */
export function dropSilenced(alerts: readonly FlushedAlert[], silences: Silences): Sieved {
  return sieve(alerts, ({ alert }) => {
    const [silence] = silences.matching(alert.labels);
    return silence && `silenced by ${silence.createdBy || 'somebody'}: ${silence.comment || silence.id}`;
  });
}
