import { formatDurationMs } from '../../model/duration.ts';
import type { FlushedAlert } from '../notification.ts';
import type { LogEntry } from '../notification-log.ts';

/** Whether a receiver has to hear of a group now, and why: in upstream's words when it is due. */
export interface Due {
  readonly isDue: boolean;
  readonly reason: string;
}

/** The question to the notification log. */
export interface DueQuestion {
  readonly last: LogEntry | undefined;
  readonly alerts: readonly FlushedAlert[];
  readonly sendsResolved: boolean;
  readonly repeatIntervalMs: number;
  readonly nowMs: number;
}

/** Alertmanager's rules: a group is told of once, then when something is new, and again after the repeat interval. */
export function isDue({ last, alerts, sendsResolved, repeatIntervalMs, nowMs }: DueQuestion): Due {
  const { firing, resolved } = fingerprints(alerts);
  const due = (reason: string): Due => ({ isDue: true, reason });
  const rest = (reason: string): Due => ({ isDue: false, reason });
  if (!last) return firing.length > 0 ? due('first notification') : rest('everything was resolved before anybody was told');
  if (firing.some((alert) => !last.firing.includes(alert)))
    return due(last.firing.length === 0 ? 'first notification' : 'new alerts added');
  if (firing.length === 0)
    return last.firing.length > 0 ? due('all alerts resolved') : rest('the receiver knows that everything is resolved');
  if (sendsResolved && resolved.some((alert) => !last.resolved.includes(alert))) return due('some alerts resolved');
  if (last.timeMs < nowMs - repeatIntervalMs) return due('repeat interval elapsed');
  return rest(`nothing new; told ${ago(nowMs - last.timeMs)} ago, repeated after ${formatDurationMs(repeatIntervalMs)}`);
}

/** The fingerprints of the alerts that fire and of those that do not any more. */
export function fingerprints(alerts: readonly FlushedAlert[]): { firing: string[]; resolved: string[] } {
  const of = (wanted: boolean) => alerts.filter(({ isResolved }) => isResolved === wanted).map(({ alert }) => alert.fingerprint);
  return { firing: of(false), resolved: of(true) };
}

function ago(durationMs: number): string {
  return formatDurationMs(Math.max(1000, Math.floor(durationMs / 1000) * 1000));
}
