import { access } from 'node:fs/promises';
import { z } from 'zod';
import type { RelabelRule } from '../relabel/rule.ts';
import { ConfigFile } from './config-file.ts';
import { checkDiscovery, discoveryShape, toDiscoveries } from './discovery.ts';
import { expandVariables } from './expand-variables.ts';
import { checkProtocols, expositionDefaults } from './exposition-settings.ts';
import { checkedText, duration, labelMap, listOf, oneOf, section, text, unused } from './fields.ts';
import { checkHttpClient, filesOf, type HttpClientConfig, httpClientShape, toHttpClient } from './http-client.ts';
import type { MapPath } from './map-path.ts';
import { DEFAULT_OTLP, type OtlpSettings, readOtlpSection } from './otlp-section.ts';
import { redactYaml } from './redact.ts';
import { checkRelabelRules, relabelRules, toRelabelRules } from './relabel-rules.ts';
import { type RemoteWriteConfig, readRemoteWrites } from './remote-write.ts';
import type { RuleGroupConfig } from './rule-groups.ts';
import {
  type DiscoveryConfig,
  durationAt,
  readScrapeConfigs,
  type ScrapeConfig,
  type ScrapeDefaults,
  scrapeDefaultsShape,
  warnUnusedScrapeSettings,
} from './scrape-config.ts';
import { DEFAULT_STORAGE, readStorageSection, type StorageSettings } from './storage-section.ts';
import { describeValue, type YamlPath } from './yaml-file.ts';

/** Where alerts of our rules go besides the built-in pipeline: `alerting.alertmanagers`. */
export interface AlertmanagerTarget {
  readonly scheme: 'http' | 'https';
  readonly pathPrefix: string;
  readonly timeoutMs: number;
  readonly discoveries: readonly DiscoveryConfig[];
  readonly client: HttpClientConfig;
  readonly relabel: readonly RelabelRule[];
}

/** prometheus.yml. */
export interface PrometheusConfig {
  /** '' when there is none. */
  readonly file: string;
  /** Text of the file as it was read (for /api/v1/status/config), secrets replaced. */
  readonly text: string;
  readonly evaluationIntervalMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly scrapeConfigs: readonly ScrapeConfig[];
  readonly ruleGroups: readonly RuleGroupConfig[];
  readonly alertmanagers: readonly AlertmanagerTarget[];
  readonly alertRelabel: readonly RelabelRule[];
  readonly remoteWrites: readonly RemoteWriteConfig[];
  readonly storage: StorageSettings;
  readonly otlp: OtlpSettings;
}

/** prometheus.yml without its rule files, which are read next. */
export interface PrometheusSettings extends Omit<PrometheusConfig, 'ruleGroups'> {
  readonly ruleQueryOffsetMs: number;
  /** `rule_files`, mapped to this machine. */
  readonly rulePatterns: readonly string[];
}

const MINUTE_MS = 60_000;
const DEFAULT_SCRAPE_TIMEOUT_MS = 10_000;
const RULE_PATTERN = /^[^*]*(\*[^/]*)?$/;

const globalSection = section({
  ...scrapeDefaultsShape,
  evaluation_interval: duration().default(0),
  rule_query_offset: duration().default(0),
  external_labels: labelMap().default({}),
  ...unused(['query_log_file']),
});

const alertmanagerSection = section({
  ...httpClientShape,
  ...discoveryShape,
  scheme: oneOf(['http', 'https']).default('http'),
  path_prefix: text().default(''),
  timeout: duration().default(DEFAULT_SCRAPE_TIMEOUT_MS),
  api_version: checkedText((value) =>
    value === 'v2' ? undefined : `expected Alertmanager api version to be one of [v2] but got ${value}`,
  ).default('v2'),
  relabel_configs: relabelRules,
  alert_relabel_configs: relabelRules,
  ...unused(['sigv4']),
});

const alertingSection = section({ alert_relabel_configs: relabelRules, alertmanagers: listOf(alertmanagerSection) });
const rulePatterns = listOf(
  checkedText((pattern) => (RULE_PATTERN.test(pattern) ? undefined : `invalid rule file path "${pattern}" (* only in the last part)`)),
);

const NOT_YET: Readonly<Record<string, string>> = {
  runtime: 'it has no effect',
  scrape_config_files: 'jobs in those files are not scraped; move them into scrape_configs',
  tracing: 'nothing is traced to that endpoint',
  remote_read: 'queries read only what is stored here',
};

const topSection = section({
  global: z.unknown().optional(),
  alerting: z.unknown().optional(),
  rule_files: z.unknown().optional(),
  scrape_configs: z.unknown().optional(),
  storage: z.unknown().optional(),
  remote_write: z.unknown().optional(),
  otlp: z.unknown().optional(),
  ...unused(Object.keys(NOT_YET)),
});

/** What a file cannot know by itself. */
export interface PrometheusContext {
  readonly mapPath: MapPath;
  readonly env: NodeJS.ProcessEnv;
  /** Upstream's names of the features that are turned on. */
  readonly features: ReadonlySet<string>;
}

/** The settings of an empty file: upstream's defaults. */
export const EMPTY_PROMETHEUS: PrometheusSettings = {
  file: '',
  text: '',
  evaluationIntervalMs: MINUTE_MS,
  externalLabels: {},
  scrapeConfigs: [],
  alertmanagers: [],
  alertRelabel: [],
  remoteWrites: [],
  storage: DEFAULT_STORAGE,
  otlp: DEFAULT_OTLP,
  ruleQueryOffsetMs: 0,
  rulePatterns: [],
};

/** Reads prometheus.yml. The settings are complete only when `file.hasErrors` is false. */
export async function readPrometheus(
  path: string,
  source: string,
  context: PrometheusContext,
): Promise<{ file: ConfigFile; settings: PrometheusSettings }> {
  const file = new ConfigFile(path, source);
  if (!file.has([])) return { file, settings: { ...EMPTY_PROMETHEUS, file: path, text: source } };
  file.read(topSection, []);
  const { mapPath } = context;
  const global = file.has(['global']) ? file.read(globalSection, ['global']) : undefined;
  const defaults = scrapeDefaults(file, global, context.features);
  const scrapeConfigs = readScrapeConfigs(file, defaults, mapPath);
  const alerting = file.has(['alerting']) ? file.read(alertingSection, ['alerting']) : undefined;
  checkAlerting(file);
  for (const [key, effect] of Object.entries(NOT_YET)) if (file.has([key])) file.warn([key], `${key} is not supported yet; ${effect}`);
  if (file.has(['global', 'query_log_file']))
    file.warn(['global', 'query_log_file'], 'query_log_file is not supported yet; queries are not logged there');
  const remoteWrites = readRemoteWrites(file, mapPath);
  await warnMissingFiles(file, scrapeConfigs);
  for (const { client, name, item } of remoteWrites) await warnMissing(file, item, client, `remote write to '${name}'`);
  const settings: PrometheusSettings = {
    file: path,
    text: redactYaml(source),
    evaluationIntervalMs: global?.evaluation_interval || MINUTE_MS,
    externalLabels: expandExternalLabels(file, global?.external_labels ?? {}, context.env),
    scrapeConfigs,
    alertmanagers: (alerting?.alertmanagers ?? []).map((item) => toAlertmanagerTarget(item, mapPath)),
    alertRelabel: toRelabelRules(alerting?.alert_relabel_configs ?? []),
    remoteWrites: remoteWrites.map(({ item: _, ...config }) => config),
    storage: readStorageSection(file),
    otlp: readOtlpSection(file),
    ruleQueryOffsetMs: global?.rule_query_offset ?? 0,
    rulePatterns: (file.read(rulePatterns, ['rule_files']) ?? []).map(mapPath),
  };
  return { file, settings };
}

function scrapeDefaults(
  file: ConfigFile,
  global: z.output<typeof globalSection> | undefined,
  features: ReadonlySet<string>,
): ScrapeDefaults {
  const scrapeIntervalMs = durationAt(file, ['global', 'scrape_interval']) || MINUTE_MS;
  const timeoutMs = durationAt(file, ['global', 'scrape_timeout']);
  if (timeoutMs > scrapeIntervalMs) {
    file.error(
      ['global', 'scrape_timeout'],
      `global scrape timeout greater than scrape interval (${timeoutMs / 1000}s > ${scrapeIntervalMs / 1000}s); lower the timeout or raise the interval`,
    );
  }
  checkProtocols(file, ['global', 'scrape_protocols'], 'global config');
  warnUnusedScrapeSettings(file, ['global']);
  return {
    scrapeIntervalMs,
    scrapeTimeoutMs: timeoutMs || Math.min(DEFAULT_SCRAPE_TIMEOUT_MS, scrapeIntervalMs),
    exposition: expositionDefaults(global, features),
    bodySizeLimitBytes: global?.body_size_limit ?? 0,
    sampleLimit: global?.sample_limit ?? 0,
    targetLimit: global?.target_limit ?? 0,
    labelLimit: global?.label_limit ?? 0,
    labelNameLengthLimit: global?.label_name_length_limit ?? 0,
    labelValueLengthLimit: global?.label_value_length_limit ?? 0,
  };
}

function checkAlerting(file: ConfigFile): void {
  checkRelabelRules(file, ['alerting', 'alert_relabel_configs']);
  for (const path of file.items(['alerting', 'alertmanagers'])) {
    checkHttpClient(file, path);
    checkDiscovery(file, path, 'this Alertmanager entry');
    checkRelabelRules(file, [...path, 'relabel_configs']);
    checkRelabelRules(file, [...path, 'alert_relabel_configs']);
    for (const key of ['sigv4', 'alert_relabel_configs']) {
      if (file.has([...path, key]))
        file.warn([...path, key], `${key} of one Alertmanager is not supported yet; alerts are sent without it`);
    }
  }
}

function toAlertmanagerTarget(settings: z.output<typeof alertmanagerSection>, mapPath: MapPath): AlertmanagerTarget {
  return {
    scheme: settings.scheme,
    pathPrefix: settings.path_prefix,
    timeoutMs: settings.timeout,
    discoveries: toDiscoveries(settings, mapPath),
    client: toHttpClient(settings, mapPath),
    relabel: toRelabelRules(settings.relabel_configs),
  };
}

// Prometheus 3 always expands them; the feature flag of version 2 has gone.
function expandExternalLabels(file: ConfigFile, labels: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Record<string, string> {
  const expanded: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    const missing: string[] = [];
    const text = expandVariables(value, env, (variable) => missing.push(variable));
    for (const variable of missing) {
      file.warn(
        ['global', 'external_labels', name],
        `empty environment variable "${variable}" in ${describeValue(value)}; set it, or write $$ for a dollar sign`,
      );
    }
    if (text !== '') expanded[name] = text;
  }
  return expanded;
}

async function warnMissingFiles(file: ConfigFile, jobs: readonly ScrapeConfig[]): Promise<void> {
  for (const job of jobs) {
    // Without targets nothing is requested, so nothing is missed.
    if (job.discoveries.length === 0) continue;
    const place = file.items(['scrape_configs']).find((item) => file.text([...item, 'job_name']) === job.jobName) ?? ['scrape_configs'];
    await warnMissing(file, place, job.client, `job '${job.jobName}'`);
  }
}

async function warnMissing(file: ConfigFile, place: YamlPath, client: HttpClientConfig, whose: string): Promise<void> {
  for (const named of filesOf(client)) {
    const isThere = await access(named).then(
      () => true,
      () => false,
    );
    if (!isThere) file.warn(place, `file "${named}" cannot be read now; requests of ${whose} fail until it can`);
  }
}
