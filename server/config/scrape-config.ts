import type { RelabelRule } from '../relabel/rule.ts';
import type { HttpClientConfig } from './http-client.ts';

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
