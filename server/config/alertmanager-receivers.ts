import { z } from 'zod';
import { Secret } from '../model/secret.ts';
import type { IntegrationConfig, ReceiverConfig, SlackConfig, WebhookConfig } from './alertmanager.ts';
import type { ConfigFile } from './config-file.ts';
import { duration, filledText, flag, listOf, secret, section, text, unused, urlFault, wholeNumber } from './fields.ts';
import { checkHttpClient, type HttpClientConfig, httpClientShape, toHttpClient } from './http-client.ts';
import type { MapPath } from './map-path.ts';
import type { YamlPath } from './yaml-file.ts';

/** Upstream's integrations that are known but send nothing yet. */
const NOT_YET = [
  'discord_configs',
  'email_configs',
  'incidentio_configs',
  'jira_configs',
  'mattermost_configs',
  'msteams_configs',
  'msteamsv2_configs',
  'opsgenie_configs',
  'pagerduty_configs',
  'pushover_configs',
  'rocketchat_configs',
  'sns_configs',
  'telegram_configs',
  'victorops_configs',
  'webex_configs',
  'wechat_configs',
] as const;

const DEFAULT_MARKDOWN_IN = ['fallback', 'pretext', 'text'];

/** `http_config`: the client settings as a map of their own. */
export const httpConfigSection = section(httpClientShape);

/** A URL that is a secret: faults must not repeat it. */
export const secretUrl = secret().superRefine((url, context) => {
  if (urlFault(url.reveal()) !== undefined)
    context.addIssue({ code: 'custom', message: 'not a valid http or https URL (the value is not shown: it is a secret)' });
});

const webhookSection = section({
  send_resolved: flag().default(true),
  http_config: httpConfigSection.optional(),
  url: secretUrl.optional(),
  url_file: text().optional(),
  max_alerts: wholeNumber().default(0),
  timeout: duration().default(0),
  ...unused(['payload']),
});

const fieldSection = section({ title: filledText(), value: filledText(), short: flag().optional() });
const actionSection = section({
  type: filledText(),
  text: filledText(),
  url: text().default(''),
  style: text().default(''),
  name: text().default(''),
  value: text().default(''),
  confirm: section({ text: filledText(), ...unused(['title', 'ok_text', 'dismiss_text']) }).optional(),
});

const slackSection = section({
  send_resolved: flag().default(false),
  http_config: httpConfigSection.optional(),
  api_url: secretUrl.optional(),
  api_url_file: text().optional(),
  channel: text().default(''),
  username: text().default('{{ template "slack.default.username" . }}'),
  color: text().default('{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'),
  title: text().default('{{ template "slack.default.title" . }}'),
  title_link: text().default('{{ template "slack.default.titlelink" . }}'),
  pretext: text().default('{{ template "slack.default.pretext" . }}'),
  text: text().default('{{ template "slack.default.text" . }}'),
  footer: text().default('{{ template "slack.default.footer" . }}'),
  fallback: text().default('{{ template "slack.default.fallback" . }}'),
  callback_id: text().default('{{ template "slack.default.callbackid" . }}'),
  icon_emoji: text().default('{{ template "slack.default.iconemoji" . }}'),
  icon_url: text().default('{{ template "slack.default.iconurl" . }}'),
  image_url: text().default(''),
  thumb_url: text().default(''),
  link_names: flag().default(false),
  short_fields: flag().default(false),
  mrkdwn_in: listOf(text()),
  fields: listOf(fieldSection),
  actions: listOf(actionSection),
  ...unused(['timeout', 'app_token', 'app_token_file', 'app_url', 'message_text', 'update_message']),
});

const receiverSection = section({
  name: z.unknown().optional(),
  webhook_configs: listOf(webhookSection),
  slack_configs: listOf(slackSection),
  ...unused(NOT_YET),
});

/** What `global` gives to every receiver. */
export interface ReceiverDefaults {
  readonly client: HttpClientConfig;
  readonly slackApiUrl?: Secret;
  readonly slackApiUrlFile?: string;
  /** Whether one of the two is written, be it faulty. */
  readonly hasSlackUrl: boolean;
}

/** All receivers that have no fault; faults and warnings are added to `file`. */
export function readReceivers(file: ConfigFile, defaults: ReceiverDefaults, mapPath: MapPath): ReceiverConfig[] {
  const path = ['receivers'];
  if (file.has(path) && !Array.isArray(file.get(path))) file.read(listOf(receiverSection), path);
  const names = new Set<string>();
  return file.items(path).flatMap((item) => {
    const settings = file.read(receiverSection, item);
    const name = checkName(file, item, names);
    for (const webhook of file.items([...item, 'webhook_configs'])) checkWebhook(file, webhook);
    for (const slack of file.items([...item, 'slack_configs'])) checkSlack(file, slack, defaults);
    const unsupported = warnNotYet(file, item, name);
    return settings ? [toReceiver(name, settings, unsupported, defaults, mapPath)] : [];
  });
}

function checkName(file: ConfigFile, receiver: YamlPath, names: Set<string>): string {
  const name = file.text([...receiver, 'name']) ?? '';
  if (name === '') file.error([...receiver, 'name'], 'missing name in receiver');
  else if (names.has(name))
    file.error([...receiver, 'name'], `notification config name "${name}" is not unique; give each receiver its own`);
  names.add(name);
  return name;
}

function checkWebhook(file: ConfigFile, path: YamlPath): void {
  checkHttpClient(file, [...path, 'http_config']);
  const hasUrl = file.has([...path, 'url']);
  const hasFile = file.has([...path, 'url_file']);
  if (!hasUrl && !hasFile) file.error(path, 'one of url or url_file must be configured');
  if (hasUrl && hasFile) file.error([...path, 'url_file'], 'at most one of url & url_file must be configured');
  if (file.has([...path, 'payload'])) file.warn([...path, 'payload'], 'payload is not supported yet; the standard payload is sent');
}

function checkSlack(file: ConfigFile, path: YamlPath, defaults: ReceiverDefaults): void {
  checkHttpClient(file, [...path, 'http_config']);
  const hasUrl = file.has([...path, 'api_url']);
  const hasFile = file.has([...path, 'api_url_file']);
  if (hasUrl && hasFile) file.error([...path, 'api_url_file'], 'at most one of api_url & api_url_file must be configured');
  if (!hasUrl && !hasFile && !defaults.hasSlackUrl) {
    file.error(path, 'no global Slack API URL set either inline or in a file; set api_url here or global.slack_api_url');
  }
  for (const action of file.items([...path, 'actions'])) {
    if (!file.has([...action, 'url']) && !file.has([...action, 'name']))
      file.error(action, 'missing name or url in Slack action configuration');
  }
  for (const action of file.items([...path, 'actions'])) {
    if (file.has([...action, 'confirm'])) file.warn([...action, 'confirm'], 'confirm is not supported yet; the action asks nothing');
  }
  for (const key of ['timeout', 'app_token', 'app_token_file', 'app_url', 'message_text', 'update_message']) {
    if (file.has([...path, key])) file.warn([...path, key], `${key} is not supported yet; messages are sent without it`);
  }
}

function warnNotYet(file: ConfigFile, receiver: YamlPath, name: string): string[] {
  return NOT_YET.flatMap((key) =>
    file.items([...receiver, key]).map((item, i) => {
      file.warn(item, `${key} is not supported yet; receiver '${name}' sends nothing this way`);
      return `${key}[${i}]`;
    }),
  );
}

function toReceiver(
  name: string,
  settings: z.output<typeof receiverSection>,
  unsupported: readonly string[],
  defaults: ReceiverDefaults,
  mapPath: MapPath,
): ReceiverConfig {
  // Upstream builds a receiver's integrations by kind: webhooks first, Slack later, each in file order.
  const integrations: IntegrationConfig[] = [
    ...settings.webhook_configs.map((item) => toWebhook(item, defaults, mapPath)),
    ...settings.slack_configs.map((item) => toSlack(item, defaults, mapPath)),
  ];
  return { name, integrations, unsupported };
}

function toWebhook(settings: z.output<typeof webhookSection>, defaults: ReceiverDefaults, mapPath: MapPath): WebhookConfig {
  return {
    type: 'webhook',
    sendResolved: settings.send_resolved,
    url: settings.url ?? new Secret(''),
    ...(settings.url_file !== undefined && { urlFile: mapPath(settings.url_file) }),
    maxAlerts: settings.max_alerts,
    timeoutMs: settings.timeout,
    client: settings.http_config ? toHttpClient(settings.http_config, mapPath) : defaults.client,
  };
}

function toSlack(settings: z.output<typeof slackSection>, defaults: ReceiverDefaults, mapPath: MapPath): SlackConfig {
  const hasOwn = settings.api_url !== undefined || settings.api_url_file !== undefined;
  const apiUrlFile = hasOwn ? settings.api_url_file && mapPath(settings.api_url_file) : defaults.slackApiUrlFile;
  return {
    type: 'slack',
    sendResolved: settings.send_resolved,
    apiUrl: (hasOwn ? settings.api_url : defaults.slackApiUrl) ?? new Secret(''),
    ...(apiUrlFile !== undefined && { apiUrlFile }),
    channel: settings.channel,
    username: settings.username,
    color: settings.color,
    title: settings.title,
    titleLink: settings.title_link,
    pretext: settings.pretext,
    text: settings.text,
    footer: settings.footer,
    fallback: settings.fallback,
    callbackId: settings.callback_id,
    iconEmoji: settings.icon_emoji,
    iconUrl: settings.icon_url,
    imageUrl: settings.image_url,
    thumbUrl: settings.thumb_url,
    linkNames: settings.link_names,
    shortFields: settings.short_fields,
    mrkdwnIn: settings.mrkdwn_in.length === 0 ? DEFAULT_MARKDOWN_IN : settings.mrkdwn_in,
    fields: settings.fields.map((field) => ({ ...field, short: field.short ?? settings.short_fields })),
    // An action with a URL is a link button: upstream clears the rest.
    actions: settings.actions.map(({ type, text: label, url, style, name, value }) =>
      url === '' ? { type, text: label, url, style, name, value } : { type, text: label, url, style, name: '', value: '' },
    ),
    client: settings.http_config ? toHttpClient(settings.http_config, mapPath) : defaults.client,
  };
}
