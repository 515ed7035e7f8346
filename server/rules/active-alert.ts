import type { Alert } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import { escapeQuery } from '../template/escape.ts';
import type { AlertState } from './rule-status.ts';

/** One label set of an alerting rule, from its first match until 15 minutes after it was resolved. Times: 0 = not yet. */
export interface ActiveAlert {
  readonly labels: Labels;
  annotations: Labels;
  value: number;
  state: AlertState;
  activeAtMs: number;
  firedAtMs: number;
  resolvedAtMs: number;
  keepFiringSinceMs: number;
  lastSentAtMs: number;
}

/** How long a resolved alert is repeated, so that receivers that were away still learn of it. */
export const RESOLVED_RETENTION_MS = 15 * 60_000;

/** An alert that has just matched for the first time. */
export function newAlert(labels: Labels, annotations: Labels, value: number, timeMs: number): ActiveAlert {
  return {
    labels,
    annotations,
    value,
    state: 'pending',
    activeAtMs: timeMs,
    firedAtMs: 0,
    resolvedAtMs: 0,
    keepFiringSinceMs: 0,
    lastSentAtMs: 0,
  };
}

/** Whether the receivers of alerts should hear of it now: when it fires, when it is resolved, and every `resendDelayMs`. */
export function needsSending(alert: ActiveAlert, timeMs: number, resendDelayMs: number): boolean {
  if (alert.state === 'pending') return false;
  if (alert.resolvedAtMs > alert.lastSentAtMs) return true;
  return alert.lastSentAtMs + resendDelayMs < timeMs;
}

/** What is sent: a firing alert is valid for four times the longer of interval and resend delay. */
export function toAlert(alert: ActiveAlert, link: { expr: string; externalUrl: string }, timeMs: number, periodMs: number): Alert {
  return {
    labels: alert.labels,
    annotations: alert.annotations,
    startsAtMs: alert.firedAtMs,
    endsAtMs: alert.resolvedAtMs > 0 ? alert.resolvedAtMs : timeMs + 4 * periodMs,
    updatedAtMs: timeMs,
    generatorUrl: `${link.externalUrl.replace(/\/$/, '')}/graph?g0.expr=${escapeQuery(link.expr)}&g0.tab=1`,
  };
}
