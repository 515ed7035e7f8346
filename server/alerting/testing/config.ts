import type { AlertmanagerConfig, RouteConfig, SlackConfig, WebhookConfig } from '../../config/alertmanager.ts';
import { Secret } from '../../model/secret.ts';

const SECOND = 1000;

/** A route with short times; children inherit nothing here. */
export function route(over: Partial<RouteConfig> = {}): RouteConfig {
  return {
    receiver: 'default',
    groupBy: ['alertname'],
    groupByAll: false,
    groupWaitMs: SECOND,
    groupIntervalMs: 10 * SECOND,
    repeatIntervalMs: 60 * SECOND,
    matchers: [],
    continue: false,
    muteTimeIntervals: [],
    activeTimeIntervals: [],
    routes: [],
    ...over,
  };
}

export function webhook(over: Partial<WebhookConfig> = {}): WebhookConfig {
  return {
    type: 'webhook',
    sendResolved: true,
    url: new Secret(''),
    maxAlerts: 0,
    timeoutMs: 0,
    client: { followRedirects: true },
    ...over,
  };
}

export function slack(over: Partial<SlackConfig> = {}): SlackConfig {
  const empty = {
    titleLink: '',
    pretext: '',
    text: '',
    footer: '',
    fallback: '',
    callbackId: '',
    iconEmoji: '',
    iconUrl: '',
    imageUrl: '',
    thumbUrl: '',
  };
  return {
    type: 'slack',
    sendResolved: true,
    apiUrl: new Secret(''),
    channel: '#alerts',
    username: 'Alertmanager',
    color: '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',
    title: '{{ template "slack.default.title" . }}',
    ...empty,
    linkNames: false,
    shortFields: false,
    mrkdwnIn: [],
    fields: [],
    actions: [],
    client: { followRedirects: true },
    ...over,
  };
}

/** One receiver with one webhook, unless told otherwise. */
export function alertmanager(over: Partial<AlertmanagerConfig> = {}): AlertmanagerConfig {
  return {
    file: 'alertmanager.yml',
    text: '',
    resolveTimeoutMs: 300 * SECOND,
    route: route(),
    receivers: [{ name: 'default', integrations: [webhook()], unsupported: [] }],
    inhibitRules: [],
    templates: [],
    ...over,
  };
}
