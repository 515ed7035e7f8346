import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf } from '../model/app-error.ts';
import { isLabelName } from '../model/label-name.ts';
import type { Matcher } from '../model/matcher.ts';
import type { Secret } from '../model/secret.ts';
import { httpConfigSection, type ReceiverDefaults, readReceivers, secretUrl } from './alertmanager-receivers.ts';
import { labelKey, matcherText, type RouteNames, readRootRoute, toMatchers } from './alertmanager-routes.ts';
import { ConfigFile } from './config-file.ts';
import { checkedText, duration, listOf, mapOf, regexp, section, text, unused } from './fields.ts';
import { expandGlob } from './glob.ts';
import { checkHttpClient, type HttpClientConfig, toHttpClient } from './http-client.ts';
import type { MapPath } from './map-path.ts';
import { redactYaml } from './redact.ts';
import { describeValue } from './yaml-file.ts';

/** A node of the routing tree with everything inherited from its parent filled in. */
export interface RouteConfig {
  readonly receiver: string;
  /** `'...'` alone groups by all labels: `groupByAll`. */
  readonly groupBy: readonly string[];
  readonly groupByAll: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly routes: readonly RouteConfig[];
}

/** `webhook_configs`. `maxAlerts` 0 = all. */
export interface WebhookConfig {
  readonly type: 'webhook';
  readonly sendResolved: boolean;
  readonly url: Secret;
  readonly urlFile?: string;
  readonly maxAlerts: number;
  readonly timeoutMs: number;
  readonly client: HttpClientConfig;
}

/** `slack_configs`; all texts are Go templates over the notification data. */
export interface SlackConfig {
  readonly type: 'slack';
  readonly sendResolved: boolean;
  readonly apiUrl: Secret;
  readonly apiUrlFile?: string;
  readonly channel: string;
  readonly username: string;
  readonly color: string;
  readonly title: string;
  readonly titleLink: string;
  readonly pretext: string;
  readonly text: string;
  readonly footer: string;
  readonly fallback: string;
  readonly callbackId: string;
  readonly iconEmoji: string;
  readonly iconUrl: string;
  readonly imageUrl: string;
  readonly thumbUrl: string;
  readonly linkNames: boolean;
  readonly shortFields: boolean;
  readonly mrkdwnIn: readonly string[];
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
  readonly actions: readonly {
    readonly type: string;
    readonly text: string;
    readonly url: string;
    readonly style: string;
    readonly name: string;
    readonly value: string;
  }[];
  readonly client: HttpClientConfig;
}

export type IntegrationConfig = WebhookConfig | SlackConfig;

/** Somebody to tell, over any number of integrations, in file order. */
export interface ReceiverConfig {
  readonly name: string;
  readonly integrations: readonly IntegrationConfig[];
  /** Upstream integrations that are written in the file but do not work yet, e.g. `pagerduty_configs[0]`: shown, never silent. */
  readonly unsupported: readonly string[];
}

/** alertmanager.yml, defaults filled in. */
export interface AlertmanagerConfig {
  readonly file: string;
  /** The file as it was read, secrets replaced. */
  readonly text: string;
  readonly resolveTimeoutMs: number;
  readonly route: RouteConfig;
  readonly receivers: readonly ReceiverConfig[];
  readonly inhibitRules: readonly InhibitRule[];
  /** Texts of the files that `templates:` names. */
  readonly templates: readonly { readonly file: string; readonly text: string }[];
}

/** Alerts that match `target` are silent while one that matches `source` with equal values of `equal` fires. */
export interface InhibitRule {
  readonly sourceMatchers: readonly Matcher[];
  readonly targetMatchers: readonly Matcher[];
  readonly equal: readonly string[];
}

const MINUTE_MS = 60_000;

const GLOBALS_OF_OTHERS = [
  'jira_api_url',
  'mattermost_webhook_url',
  'mattermost_webhook_url_file',
  'opsgenie_api_key',
  'opsgenie_api_key_file',
  'opsgenie_api_url',
  'pagerduty_url',
  'rocketchat_api_url',
  'rocketchat_token',
  'rocketchat_token_file',
  'rocketchat_token_id',
  'rocketchat_token_id_file',
  'slack_app_token',
  'slack_app_token_file',
  'slack_app_url',
  'smtp_auth_identity',
  'smtp_auth_password',
  'smtp_auth_password_file',
  'smtp_auth_secret',
  'smtp_auth_secret_file',
  'smtp_auth_username',
  'smtp_force_implicit_tls',
  'smtp_from',
  'smtp_hello',
  'smtp_require_tls',
  'smtp_smarthost',
  'smtp_tls_config',
  'telegram_api_url',
  'telegram_bot_token',
  'telegram_bot_token_file',
  'victorops_api_key',
  'victorops_api_key_file',
  'victorops_api_url',
  'webex_api_url',
  'wechat_api_corp_id',
  'wechat_api_secret',
  'wechat_api_secret_file',
  'wechat_api_url',
] as const;

const globalSection = section({
  resolve_timeout: duration().default(5 * MINUTE_MS),
  http_config: httpConfigSection.optional(),
  slack_api_url: secretUrl.optional(),
  slack_api_url_file: text().optional(),
  ...unused(GLOBALS_OF_OTHERS),
});

const inhibitSection = section({
  source_match: mapOf(text(), labelKey).default({}),
  source_match_re: mapOf(regexp(), labelKey).default({}),
  source_matchers: listOf(matcherText),
  target_match: mapOf(text(), labelKey).default({}),
  target_match_re: mapOf(regexp(), labelKey).default({}),
  target_matchers: listOf(matcherText),
  equal: listOf(checkedText((name) => (isLabelName(name) ? undefined : `invalid label name "${name}" in equal list`))),
  ...unused(['name', 'sources']),
});

const timeIntervalSection = section({ name: text().default(''), time_intervals: listOf(z.unknown()) });

const topSection = section({
  route: z.unknown().optional(),
  receivers: z.unknown().optional(),
  inhibit_rules: listOf(z.unknown()),
  templates: listOf(text()),
  time_intervals: listOf(timeIntervalSection),
  mute_time_intervals: listOf(timeIntervalSection),
  ...unused(['global', 'tracing']),
});

/** Reads alertmanager.yml and the template files that it names. The configuration is undefined when the file has errors. */
export async function readAlertmanager(
  path: string,
  source: string,
  mapPath: MapPath,
): Promise<{ file: ConfigFile; config?: AlertmanagerConfig }> {
  const file = new ConfigFile(path, source);
  if (!file.hasErrors || file.has([])) file.read(topSection, []);
  const global = file.has(['global']) ? file.read(globalSection, ['global']) : undefined;
  checkGlobal(file);
  const defaults: ReceiverDefaults = {
    client: global?.http_config ? toHttpClient(global.http_config, mapPath) : { followRedirects: true },
    ...(global?.slack_api_url !== undefined && { slackApiUrl: global.slack_api_url }),
    ...(global?.slack_api_url_file !== undefined && { slackApiUrlFile: mapPath(global.slack_api_url_file) }),
    hasSlackUrl: file.has(['global', 'slack_api_url']) || file.has(['global', 'slack_api_url_file']),
  };
  const receivers = readReceivers(file, defaults, mapPath);
  const names: RouteNames = {
    receivers: new Set(file.items(['receivers']).map((item) => file.text([...item, 'name']) ?? '')),
    timeIntervals: readTimeIntervals(file),
  };
  const route = readRootRoute(file, names);
  const inhibitRules = file.items(['inhibit_rules']).flatMap((item) => {
    const settings = file.read(inhibitSection, item);
    if (file.has([...item, 'sources']))
      file.warn([...item, 'sources'], 'several sources are not supported yet; this rule inhibits by its source_* keys only');
    return settings ? [toInhibitRule(settings)] : [];
  });
  if (file.has(['tracing'])) file.warn(['tracing'], 'tracing is not supported yet; nothing is traced to that endpoint');
  const templates = await readTemplates(file, mapPath);
  if (file.hasErrors || !route) return { file };
  return {
    file,
    config: {
      file: path,
      text: redactYaml(source),
      resolveTimeoutMs: global?.resolve_timeout ?? 5 * MINUTE_MS,
      route,
      receivers,
      inhibitRules,
      templates,
    },
  };
}

function checkGlobal(file: ConfigFile): void {
  checkHttpClient(file, ['global', 'http_config']);
  if (file.has(['global', 'slack_api_url']) && file.has(['global', 'slack_api_url_file'])) {
    file.error(['global', 'slack_api_url_file'], 'at most one of slack_api_url & slack_api_url_file must be configured');
  }
}

function readTimeIntervals(file: ConfigFile): Set<string> {
  const names = new Set<string>();
  for (const key of ['time_intervals', 'mute_time_intervals']) {
    for (const item of file.items([key])) {
      const name = file.text([...item, 'name']) ?? '';
      if (name === '') file.error([...item, 'name'], 'missing name in time interval');
      else if (names.has(name)) file.error([...item, 'name'], `time interval "${name}" is not unique; give each its own`);
      names.add(name);
    }
    if (file.has([key]))
      file.warn([key], `${key} are not supported yet; routes that name them are neither muted nor limited to active times`);
  }
  return names;
}

function toInhibitRule(settings: z.output<typeof inhibitSection>): InhibitRule {
  return {
    sourceMatchers: toMatchers(settings.source_match, settings.source_match_re, settings.source_matchers),
    targetMatchers: toMatchers(settings.target_match, settings.target_match_re, settings.target_matchers),
    equal: settings.equal,
  };
}

async function readTemplates(file: ConfigFile, mapPath: MapPath): Promise<AlertmanagerConfig['templates']> {
  const templates: { file: string; text: string }[] = [];
  for (const pattern of file.items(['templates'])) {
    const found = await expandGlob(mapPath(file.text(pattern) ?? ''));
    if (found.length === 0) file.warn(pattern, `no template file matches ${describeValue(file.get(pattern))}`);
    for (const path of found) {
      try {
        templates.push({ file: path, text: await readFile(path, 'utf8') });
      } catch (error) {
        file.error(pattern, `cannot read template file "${path}": ${messageOf(error)}`);
      }
    }
  }
  return templates;
}
