import type { WebhookConfig } from '../../config/alertmanager.ts';
import type { HttpClient } from '../../http-client/http-client.ts';
import { formatGoTime } from '../../template/time.ts';
import { type Notification, notificationData } from '../notification.ts';
import { goJson, sortedMap } from './go-json.ts';
import type { Notifier } from './notifier.ts';
import { postJson } from './post.ts';

/** Alertmanager's generic webhook, version "4". */
export function createWebhook(config: WebhookConfig, http: HttpClient): Notifier {
  const timeoutMs = config.timeoutMs > 0 ? config.timeoutMs : 60_000;
  return {
    sendsResolved: config.sendResolved,
    notify: (notification, signal) =>
      postJson(http, { url: config.url, urlFile: config.urlFile, timeoutMs }, webhookBody(notification, config.maxAlerts), signal),
    close: () => http.close(),
  };
}

/** The body that is posted: `maxAlerts` 0 = all of them, what is left out is counted. */
export function webhookBody(notification: Notification, maxAlerts: number): string {
  const data = notificationData(notification, maxAlerts);
  return goJson({
    receiver: data.receiver,
    status: data.status,
    alerts: data.alerts.map((alert) => ({
      status: alert.status,
      labels: sortedMap(alert.labels),
      annotations: sortedMap(alert.annotations),
      startsAt: rfc3339(alert.startsAtMs),
      endsAt: rfc3339(alert.endsAtMs),
      generatorURL: alert.generatorUrl,
      fingerprint: alert.fingerprint,
    })),
    notification_reason: data.reason,
    groupLabels: sortedMap(data.groupLabels),
    commonLabels: sortedMap(data.commonLabels),
    commonAnnotations: sortedMap(data.commonAnnotations),
    externalURL: data.externalUrl,
    version: '4',
    groupKey: notification.groupKey,
    truncatedAlerts: notification.alerts.length - data.alerts.length,
  });
}

function rfc3339(timeMs: number): string {
  return formatGoTime(timeMs, 'UTC', '2006-01-02T15:04:05.999999999Z07:00');
}
