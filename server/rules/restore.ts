// How alerts come back after a restart. Down for less than the lookback of queries, everything goes on as it was, from the archive.
// After longer, upstream's rules hold: after the second evaluation, ALERTS_FOR_STATE of the last hour gives alerts that match again
// the time since which they are active, and none fires sooner than 10 minutes from now unless it had been firing before.

import { bitsOf, isStaleAt } from '../model/stale.ts';
import type { MetricStore } from '../storage/store.ts';
import type { SavedAlerts } from './alert-archive.ts';
import { ALERTS_FOR_STATE, type AlertingRule } from './alerting-rule.ts';

const OUTAGE_TOLERANCE_MS = 60 * 60_000;
const GRACE_PERIOD_MS = 10 * 60_000;
/** The lookback of queries, and the minute between two writes of the archive. */
const RESUME_MS = 6 * 60_000;

/** Whether `saved` is so young that the rule goes on as if nothing had happened. */
export function canResume(saved: SavedAlerts | undefined, nowMs: number): saved is SavedAlerts {
  return saved !== undefined && nowMs - saved.savedAtMs <= RESUME_MS && nowMs >= saved.savedAtMs;
}

/** Prepares a rule before its first evaluation. */
export function beginRestore(rule: AlertingRule, saved: SavedAlerts | undefined, nowMs: number): void {
  const alerts = saved?.alerts ?? [];
  const isFresh = canResume(saved, nowMs);
  // All are sent at the first evaluation: whoever receives them has started anew as well, or does not mind.
  rule.adopt(alerts.filter((alert) => isFresh || alert.state === 'inactive').map((alert) => ({ ...alert, lastSentAtMs: 0 })));
  rule.isRestored = isFresh || rule.config.forMs < GRACE_PERIOD_MS;
}

/** After the second evaluation of a rule that could not simply go on. Throws the store's errors. */
export async function endRestore(
  rule: AlertingRule,
  saved: SavedAlerts | undefined,
  store: MetricStore,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (!rule.isRestored) {
    const known = await lastStates(rule, store, nowMs, signal);
    for (const alert of rule.active) {
      const before = known.get(alert.labels.key());
      if (before && alert.state !== 'inactive') alert.activeAtMs = restoredActiveAt(before, rule.config.forMs, nowMs);
    }
    rule.isRestored = true;
  }
  resolveVanished(rule, saved, nowMs);
}

interface StateSample {
  readonly downAtMs: number;
  readonly activeAtMs: number;
}

function restoredActiveAt({ downAtMs, activeAtMs }: StateSample, forMs: number, nowMs: number): number {
  const remainingMs = forMs - (downAtMs - activeAtMs);
  if (remainingMs <= 0) return activeAtMs;
  return remainingMs < GRACE_PERIOD_MS ? nowMs + GRACE_PERIOD_MS - forMs : activeAtMs + (nowMs - downAtMs);
}

/** The last ALERTS_FOR_STATE sample of each alert of the rule that did not end before the outage. */
async function lastStates(rule: AlertingRule, store: MetricStore, nowMs: number, signal: AbortSignal): Promise<Map<string, StateSample>> {
  const fixed = Object.entries(rule.config.labels).filter(([, text]) => !text.includes('{{'));
  const matchers = [['__name__', ALERTS_FOR_STATE], ['alertname', rule.name], ...fixed].map(([name, value]) => ({
    type: '=' as const,
    name: name as string,
    value: value as string,
  }));
  const [set] = await store.select([{ matchers, startMs: nowMs - OUTAGE_TOLERANCE_MS, endMs: nowMs }], { signal });
  const states = new Map<string, StateSample>();
  if (!set) return states;
  const bits = bitsOf(set.values);
  set.labels.forEach((labels, i) => {
    const last = (set.offsets[i + 1] as number) - 1;
    if (isStaleAt(bits, last)) return;
    const key = labels.drop(new Set(['__name__'])).key();
    states.set(key, { downAtMs: set.timestampsMs[last] as number, activeAtMs: (set.values[last] as number) * 1000 });
  });
  return states;
}

/** What fired before the outage and does not match any more was resolved meanwhile: whoever was told of it must hear that. */
function resolveVanished(rule: AlertingRule, saved: SavedAlerts | undefined, nowMs: number): void {
  const present = new Set([...rule.active].map(({ labels }) => labels.key()));
  const vanished = (saved?.alerts ?? []).filter((alert) => alert.state === 'firing' && !present.has(alert.labels.key()));
  rule.adopt(vanished.map((alert) => ({ ...alert, state: 'inactive' as const, resolvedAtMs: nowMs, lastSentAtMs: 0 })));
}
