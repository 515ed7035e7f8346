import type { z } from 'zod';
import type { RelabelRule } from '../relabel/rule.ts';
import type { ConfigFile } from './config-file.ts';
import { checkDiscovery, discoveryShape, toDiscoveries } from './discovery.ts';
import { byteSize, duration, filledText, flag, listOf, mapOf, number, oneOf, section, text, wholeNumber } from './fields.ts';
import { checkHttpClient, type HttpClientConfig, httpClientShape, type MapPath, toHttpClient } from './http-client.ts';
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
  | { readonly type: 'http'; readonly url: string; readonly refreshIntervalMs: number; readonly client: HttpClientConfig };

/** One entry of `scrape_configs`, defaults filled in. Limits: 0 = none. */
export interface ScrapeConfig {
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
  /** `scrape_protocols`, the preferred first. */
  readonly scrapeProtocols: readonly ScrapeProtocol[];
  /** `fallback_scrape_protocol`: how to read a body whose Content-Type is missing or unknown. */
  readonly fallbackProtocol?: ScrapeProtocol;
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

const PROTOCOLS = [
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
  'PrometheusProto',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
] as const;

/** A format in which targets expose metrics, by upstream's name. */
export type ScrapeProtocol = (typeof PROTOCOLS)[number];

/** What Prometheus 3 asks for without `scrape_protocols`. */
export const DEFAULT_PROTOCOLS: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];

/** Settings that `global` gives to every job; a job's own value wins unless it is 0 or absent, as upstream. */
export const scrapeDefaultsShape = {
  scrape_interval: duration().default(0),
  scrape_timeout: duration().default(0),
  /** [] = absent: `checkProtocols` refuses a list that is there and empty. */
  scrape_protocols: listOf(oneOf(PROTOCOLS)) as z.ZodType<readonly ScrapeProtocol[]>,
  body_size_limit: byteSize().default(0),
  sample_limit: wholeNumber().default(0),
  target_limit: wholeNumber().default(0),
  label_limit: wholeNumber().default(0),
  label_name_length_limit: wholeNumber().default(0),
  label_value_length_limit: wholeNumber().default(0),
  keep_dropped_targets: wholeNumber().default(0),
  metric_name_validation_scheme: oneOf(['utf8', 'legacy']).optional(),
  metric_name_escaping_scheme: oneOf(['allow-utf-8', 'underscores', 'dots', 'values']).optional(),
  convert_classic_histograms_to_nhcb: flag().optional(),
  always_scrape_classic_histograms: flag().optional(),
  scrape_native_histograms: flag().optional(),
  extra_scrape_metrics: flag().optional(),
  scrape_failure_log_file: text().optional(),
};

const scrapeSection = section({
  ...scrapeDefaultsShape,
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
  fallback_scrape_protocol: oneOf(PROTOCOLS).optional(),
  native_histogram_bucket_limit: wholeNumber().default(0),
  native_histogram_min_bucket_factor: number().optional(),
  relabel_configs: relabelRules,
  metric_relabel_configs: relabelRules,
});

type ScrapeSettings = z.output<typeof scrapeSection>;

/** What `global` says about scraping, in the units of the contract. */
export interface ScrapeDefaults {
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly scrapeProtocols: readonly ScrapeProtocol[];
  readonly bodySizeLimitBytes: number;
  readonly sampleLimit: number;
  readonly targetLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
}

const NOT_YET: Readonly<Record<string, string>> = {
  scrape_failure_log_file: 'failures are shown on the Targets screen instead',
  convert_classic_histograms_to_nhcb: 'classic histograms stay as they are',
  native_histogram_bucket_limit: 'native histograms are not scraped yet',
  native_histogram_min_bucket_factor: 'native histograms are not scraped yet',
  scrape_native_histograms: 'native histograms are not scraped yet',
  extra_scrape_metrics: 'the extra scrape_* series are not written',
  metric_name_escaping_scheme: 'names are taken as the target writes them',
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
  const scheme = [...path, 'metric_name_validation_scheme'];
  if (file.text(scheme) === 'legacy') file.warn(scheme, 'legacy names are not enforced yet; any UTF-8 name is taken');
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
  checkHttpClient(file, path);
  checkDiscovery(file, path, `job '${name}'`);
  checkRelabelRules(file, [...path, 'relabel_configs']);
  checkRelabelRules(file, [...path, 'metric_relabel_configs']);
  warnUnusedScrapeSettings(file, path);
}

/** Upstream's checks of `scrape_protocols`; `subject` ends the message. */
export function checkProtocols(file: ConfigFile, path: YamlPath, subject: string): void {
  if (!file.has(path)) return;
  const words = file.items(path).map((item) => file.text(item));
  if (words.length === 0) file.error(path, `scrape_protocols cannot be empty for ${subject}`);
  if (new Set(words).size < words.length) file.error(path, `duplicated protocol in scrape_protocols for ${subject}`);
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
    scrapeProtocols: settings.scrape_protocols.length > 0 ? settings.scrape_protocols : defaults.scrapeProtocols,
    ...(settings.fallback_scrape_protocol !== undefined && { fallbackProtocol: settings.fallback_scrape_protocol }),
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
