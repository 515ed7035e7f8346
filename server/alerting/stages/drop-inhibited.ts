import type { InhibitionCheck } from '../inhibit.ts';
import type { FlushedAlert } from '../notification.ts';

/** Why an alert is held back. */
export interface Held {
  readonly alert: FlushedAlert;
  readonly reason: string;
}

/** The alerts that may go on, and those that do not. */
export interface Sieved {
  readonly passed: readonly FlushedAlert[];
  readonly held: readonly Held[];
}

/** Holds back alerts while another one that fires stands for them. */
export function dropInhibited(alerts: readonly FlushedAlert[], inhibitorOf: InhibitionCheck): Sieved {
  return sieve(alerts, ({ alert }) => {
    const source = inhibitorOf(alert.labels);
    return source && `inhibited by ${source.labels.toString()}`;
  });
}

/** Divides alerts by the reason to hold them back. */
export function sieve(alerts: readonly FlushedAlert[], reasonOf: (alert: FlushedAlert) => string | undefined): Sieved {
  const passed: FlushedAlert[] = [];
  const held: Held[] = [];
  for (const alert of alerts) {
    const reason = reasonOf(alert);
    if (reason === undefined) passed.push(alert);
    else held.push({ alert, reason });
  }
  return { passed, held };
}
