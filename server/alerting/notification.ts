import { compareText, type Labels } from '../model/labels.ts';
import type { NotificationData } from '../template/notification-template.ts';
import { ZERO_TIME_MS } from '../template/time.ts';
import type { KnownAlert } from './inbox.ts';

/** An alert as it was when its group was flushed. */
export interface FlushedAlert {
  readonly alert: KnownAlert;
  readonly isResolved: boolean;
}

/** What a receiver is told of a group. */
export interface Notification {
  readonly receiver: string;
  /** Alertmanager's key: route, colon, group labels. */
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly FlushedAlert[];
  /** Why it is sent, in upstream's words: "first notification". */
  readonly reason: string;
  readonly externalUrl: string;
}

/** The data of templates and webhooks, from all or the first `maxAlerts` alerts. */
export function notificationData(notification: Notification, maxAlerts = 0): NotificationData {
  const alerts = maxAlerts > 0 ? notification.alerts.slice(0, maxAlerts) : notification.alerts;
  return {
    receiver: quoteMeta(notification.receiver),
    status: alerts.some(({ isResolved }) => !isResolved) ? 'firing' : 'resolved',
    alerts: alerts.map(({ alert, isResolved }) => ({
      status: isResolved ? 'resolved' : 'firing',
      labels: alert.labels.toObject(),
      annotations: alert.annotations.toObject(),
      startsAtMs: alert.startsAtMs,
      endsAtMs: isResolved ? alert.endsAtMs : ZERO_TIME_MS,
      generatorUrl: alert.generatorUrl,
      fingerprint: alert.fingerprint,
    })),
    reason: notification.reason,
    groupLabels: notification.groupLabels.toObject(),
    commonLabels: common(alerts.map(({ alert }) => alert.labels)),
    commonAnnotations: common(alerts.map(({ alert }) => alert.annotations)),
    externalUrl: notification.externalUrl,
  };
}

/** Alertmanager gives receivers' names to templates escaped for regular expressions. */
function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

function common(sets: readonly Labels[]): Record<string, string> {
  const [first, ...rest] = sets;
  const pairs = [...(first ?? [])].filter(([name, value]) => rest.every((labels) => labels.get(name) === value));
  return Object.fromEntries(pairs);
}

/** Alertmanager's order of the alerts of a group: by job, instance, number of labels, then label by label. */
export function compareAlerts(a: Labels, b: Labels): number {
  for (const name of ['job', 'instance']) {
    if (a.has(name) !== b.has(name)) return a.has(name) ? -1 : 1;
    const order = compareText(a.get(name), b.get(name));
    if (order !== 0) return order;
  }
  if (a.size !== b.size) return a.size - b.size;
  // Both are sorted by name: where names differ, the set that lacks the smaller one comes first.
  for (let i = 0; i < a.flat.length; i += 2) {
    const byName = compareText(a.flat[i] as string, b.flat[i] as string);
    if (byName !== 0) return -byName;
    const byValue = compareText(a.flat[i + 1] as string, b.flat[i + 1] as string);
    if (byValue !== 0) return byValue;
  }
  return 0;
}
