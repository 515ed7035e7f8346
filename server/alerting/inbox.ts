// All alerts that are known, by fingerprint. New ones are merged with what is there, so that repeated sending extends an alert
// instead of starting another one. Resolved alerts are dropped at the next clearing, every 30 minutes.
import type { Alert } from '../model/alert.ts';
import type { Clock } from '../model/clock.ts';
import { Labels } from '../model/labels.ts';
import { alertingError } from './errors.ts';
import { fingerprint } from './fingerprint.ts';

/** An alert as clients post it: what is missing is filled in. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAtMs?: number | undefined;
  readonly endsAtMs?: number | undefined;
  readonly generatorUrl?: string;
}

/** An alert with its identity. `isTimeout` marks an end that only stands for "unless I hear of it again". */
export interface KnownAlert extends Alert {
  readonly fingerprint: string;
  readonly isTimeout: boolean;
}

export const DEFAULT_MAX_ALERTS = 100_000;

/** Whether an alert is over at `timeMs`. */
export function isResolved(alert: Alert, timeMs: number): boolean {
  return alert.endsAtMs <= timeMs;
}

/** Keeps the alerts. */
export class Inbox {
  readonly #clock: Clock;
  readonly #maxAlerts: number;
  readonly #alerts = new Map<string, KnownAlert>();
  /** Alerts that found no room. */
  dropped = 0;

  constructor(clock: Clock, maxAlerts = DEFAULT_MAX_ALERTS) {
    this.#clock = clock;
    this.#maxAlerts = maxAlerts;
  }

  list(): readonly KnownAlert[] {
    return [...this.#alerts.values()];
  }

  /** Fills in what the poster left out. Throws AppError `alerting.bad_alert`. */
  complete(posted: PostedAlert, resolveTimeoutMs: number): KnownAlert {
    const nowMs = this.#clock.nowMs();
    const labels = Labels.from(posted.labels);
    if (labels.size === 0) throw alertingError('alerting.bad_alert', 'at least one label pair required');
    const startsAtMs = posted.startsAtMs ?? posted.endsAtMs ?? nowMs;
    const endsAtMs = posted.endsAtMs ?? nowMs + resolveTimeoutMs;
    if (endsAtMs < startsAtMs) throw alertingError('alerting.bad_alert', 'start time must be before end time');
    return {
      labels,
      annotations: Labels.from(posted.annotations ?? {}),
      startsAtMs,
      endsAtMs,
      updatedAtMs: nowMs,
      generatorUrl: posted.generatorUrl ?? '',
      fingerprint: fingerprint(labels),
      isTimeout: posted.endsAtMs === undefined,
    };
  }

  /** Takes alerts in and gives them back as they are now known; those that found no room are left out and counted. */
  put(alerts: readonly (Alert | KnownAlert)[]): KnownAlert[] {
    const known: KnownAlert[] = [];
    for (const alert of alerts) {
      const next: KnownAlert = 'fingerprint' in alert ? alert : { ...alert, fingerprint: fingerprint(alert.labels), isTimeout: false };
      const old = this.#alerts.get(next.fingerprint);
      if (!old && this.#alerts.size >= this.#maxAlerts) {
        this.dropped++;
        continue;
      }
      const merged = old && overlaps(old, next) ? merge(old, next, this.#clock.nowMs()) : next;
      this.#alerts.set(merged.fingerprint, merged);
      known.push(merged);
    }
    return known;
  }

  /** Drops what is resolved. */
  clear(): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, alert] of this.#alerts) if (isResolved(alert, nowMs)) this.#alerts.delete(key);
  }
}

function overlaps(old: Alert, next: Alert): boolean {
  return (
    (next.endsAtMs > old.startsAtMs && next.endsAtMs < old.endsAtMs) || (next.startsAtMs > old.startsAtMs && next.startsAtMs < old.endsAtMs)
  );
}

/** The younger report wins, with the earlier start; an end that was meant beats one that only timed out. */
function merge(a: KnownAlert, b: KnownAlert, nowMs: number): KnownAlert {
  const [older, younger] = b.updatedAtMs < a.updatedAtMs ? [b, a] : [a, b];
  const keepsOldEnd = isResolved(younger, nowMs) ? isResolved(older, nowMs) : !older.isTimeout;
  return {
    ...younger,
    startsAtMs: Math.min(older.startsAtMs, younger.startsAtMs),
    endsAtMs: keepsOldEnd && older.endsAtMs > younger.endsAtMs ? older.endsAtMs : younger.endsAtMs,
  };
}
