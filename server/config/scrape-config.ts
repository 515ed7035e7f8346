import type { z } from 'zod';
import type { RelabelRule } from '../relabel/rule.ts';
import type { ConfigFile } from './config-file.ts';
import { checkDiscovery, discoveryShape, toDiscoveries } from './discovery.ts';
import type { DnsDiscovery } from './dns-discovery.ts';
import type { DockerDiscovery } from './docker-discovery.ts';
import {
  checkNames,
  checkProtocols,
  type ExpositionConfig,
  type ExpositionDefaults,
  jobExpositionShape,
  sharedExpositionShape,
  toExposition,
} from './exposition-settings.ts';
import { byteSize, duration, filledText, flag, listOf, mapOf, oneOf, section, text, wholeNumber } from './fields.ts';
import { checkHttpClient, type HttpClientConfig, httpClientShape, toHttpClient } from './http-client.ts';
import type { KubernetesDiscovery } from './kubernetes-discovery.ts';
import type { MapPath } from './map-path.ts';
import { checkRelabelRules, relabelRules, toRelabelRules } from './relabel-rules.ts';
import type { YamlPath } from './yaml-file.ts';

/** A fixed or discovered set of addresses with common labels (upstream's target group). */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Where it came from: a file name, a URL, "static". */
  readonly source: string;
}

/** How targets of a job are found. */
export type DiscoveryConfig =
  | { readonly type: 'static'; readonly groups: readonly TargetGroup[] }
  | { readonly type: 'file'; readonly patterns: readonly string[]; readonly refreshIntervalMs: number }
  | { readonly type: 'http'; readonly url: string; readonly refreshIntervalMs: number; readonly client: HttpClientConfig }
  | DnsDiscovery
  | DockerDiscovery
  | KubernetesDiscovery;

/** One entry of `scrape_configs`, defaults filled in. Limits: 0 = none. */
export interface ScrapeConfig extends ExpositionConfig {
  readonly jobName: string;
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly metricsPath: string;
  readonly scheme: 'http' | 'https';
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly enableCompression: boolean;
  readonly bodySizeLimitBytes: number;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly targetLimit: number;
  readonly relabel: readonly RelabelRule[];
  readonly metricRelabel: readonly RelabelRule[];
  readonly discoveries: readonly DiscoveryConfig[];
  readonly client: HttpClientConfig;
}

/** Settings that `global` gives to every job; a job's own value wins unless it is 0 or absent, as upstream. */
export const scrapeDefaultsShape = {
  scrape_interval: duration().default(0),
  scrape_timeout: duration().default(0),
  ...sharedExpositionShape,
  body_size_limit: byteSize().default(0),
  sample_limit: wholeNumber().default(0),
  target_limit: wholeNumber().default(0),
  label_limit: wholeNumber().default(0),
  label_name_length_limit: wholeNumber().default(0),
  label_value_length_limit: wholeNumber().default(0),
  keep_dropped_targets: wholeNumber().default(0),
  scrape_failure_log_file: text().optional(),
};

const scrapeSection = section({
  ...scrapeDefaultsShape,
  ...jobExpositionShape,
  ...httpClientShape,
  ...discoveryShape,
  job_name: filledText(),
  metrics_path: text().default('/metrics'),
  scheme: oneOf(['http', 'https']).default('http'),
  params: mapOf(listOf(text()) as z.ZodType<readonly string[]>).default({}),
  honor_labels: flag().default(false),
  honor_timestamps: flag().default(true),
  track_timestamps_staleness: flag().default(false),
  enable_compression: flag().default(true),
  relabel_configs: relabelRules,
  metric_relabel_configs: relabelRules,
});

type ScrapeSettings = z.output<typeof scrapeSection>;

/** What `global` says about scraping, in the units of the contract. */
export interface ScrapeDefaults {
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly exposition: ExpositionDefaults;
  readonly bodySizeLimitBytes: number;
  readonly sampleLimit: number;
  readonly targetLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
}

const NOT_YET: Readonly<Record<string, string>> = {
  scrape_failure_log_file: 'failures are shown on the Targets screen instead',
};

/** All entries of `scrape_configs` that have no fault; faults are added to `file`. */
export function readScrapeConfigs(file: ConfigFile, defaults: ScrapeDefaults, mapPath: MapPath): ScrapeConfig[] {
  const path = ['scrape_configs'];
  if (file.has(path) && !Array.isArray(file.get(path))) file.read(listOf(scrapeSection), path);
  const firstOf = new Map<string, YamlPath>();
  return file.items(path).flatMap((item) => {
    if (!file.has(item)) {
      file.error(item, 'empty or null scrape config section');
      return [];
    }
    const settings = file.read(scrapeSection, item);
    checkScrapeConfig(file, item, defaults);
    checkJobName(file, item, firstOf);
    return settings ? [toScrapeConfig(settings, defaults, mapPath)] : [];
  });
}

/** Warnings about the settings at `path` that are known but have no effect. */
export function warnUnusedScrapeSettings(file: ConfigFile, path: YamlPath): void {
  for (const [key, effect] of Object.entries(NOT_YET)) {
    if (file.has([...path, key])) file.warn([...path, key], `${key} is not supported yet; ${effect}`);
  }
}

function checkJobName(file: ConfigFile, path: YamlPath, firstOf: Map<string, YamlPath>): void {
  const name = file.text([...path, 'job_name']);
  if (name === undefined || name === '') return;
  if (firstOf.has(name)) file.error([...path, 'job_name'], `found multiple scrape configs with job name "${name}"; give each its own`);
  else firstOf.set(name, path);
}

function checkScrapeConfig(file: ConfigFile, path: YamlPath, defaults: ScrapeDefaults): void {
  const name = file.text([...path, 'job_name']) ?? '';
  const intervalMs = durationAt(file, [...path, 'scrape_interval']) || defaults.scrapeIntervalMs;
  const timeoutMs = durationAt(file, [...path, 'scrape_timeout']);
  if (timeoutMs > intervalMs) {
    file.error(
      [...path, 'scrape_timeout'],
      `scrape timeout greater than scrape interval for scrape config with job name "${name}" (${timeoutMs / 1000}s > ${intervalMs / 1000}s); lower the timeout or raise the interval`,
    );
  }
  checkProtocols(file, [...path, 'scrape_protocols'], `scrape config with job name "${name}"`);
  checkNames(file, path, name, defaults.exposition);
  checkHttpClient(file, path);
  checkDiscovery(file, path, `job '${name}'`);
  checkRelabelRules(file, [...path, 'relabel_configs']);
  checkRelabelRules(file, [...path, 'metric_relabel_configs']);
  warnUnusedScrapeSettings(file, path);
}

/** The duration at `path` in milliseconds; 0 when it is absent or wrong (which is reported elsewhere). */
export function durationAt(file: ConfigFile, path: YamlPath): number {
  return duration().safeParse(file.get(path)).data ?? 0;
}

function toScrapeConfig(settings: ScrapeSettings, defaults: ScrapeDefaults, mapPath: MapPath): ScrapeConfig {
  const scrapeIntervalMs = settings.scrape_interval || defaults.scrapeIntervalMs;
  // A job without a timeout of its own takes the global one, shortened to its interval.
  const scrapeTimeoutMs = settings.scrape_timeout || Math.min(defaults.scrapeTimeoutMs, scrapeIntervalMs);
  return {
    jobName: settings.job_name,
    scrapeIntervalMs,
    scrapeTimeoutMs,
    metricsPath: settings.metrics_path,
    scheme: settings.scheme,
    params: settings.params,
    honorLabels: settings.honor_labels,
    honorTimestamps: settings.honor_timestamps,
    trackTimestampsStaleness: settings.track_timestamps_staleness,
    enableCompression: settings.enable_compression,
    ...toExposition(settings, defaults.exposition),
    bodySizeLimitBytes: settings.body_size_limit || defaults.bodySizeLimitBytes,
    sampleLimit: settings.sample_limit || defaults.sampleLimit,
    labelLimit: settings.label_limit || defaults.labelLimit,
    labelNameLengthLimit: settings.label_name_length_limit || defaults.labelNameLengthLimit,
    labelValueLengthLimit: settings.label_value_length_limit || defaults.labelValueLengthLimit,
    targetLimit: settings.target_limit || defaults.targetLimit,
    relabel: toRelabelRules(settings.relabel_configs),
    metricRelabel: toRelabelRules(settings.metric_relabel_configs),
    discoveries: toDiscoveries(settings, mapPath),
    client: toHttpClient(settings, mapPath),
  };
}
