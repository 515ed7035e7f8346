// Prometheus' scrape configuration. Keys are upstream's in camelCase.
import type { Duration } from './duration.ts';
import { CodeError } from './errors.ts';
import type { HttpClientOptions } from './http-client.ts';
import { snakeKeys } from './keys.ts';

/** Where targets come from, as an entry of `<type>_sd_configs`. */
export interface Discovery {
  readonly type: 'file' | 'dns' | 'http' | 'kubernetes' | 'docker' | (string & {});
  readonly config: Readonly<Record<string, unknown>>;
}

/** Addresses with labels. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** Targets from files of YAML or JSON, read again when they change; relative names are below the folder `prometheus`, where prometheus.yml is written. */
export function files(...names: readonly string[]): Discovery {
  return { type: 'file', config: { files: names } };
}

/** Targets by DNS. */
export function dns(
  names: readonly string[],
  options: { readonly type?: 'A' | 'AAAA' | 'SRV' | 'MX' | 'NS'; readonly port?: number } = {},
): Discovery {
  return { type: 'dns', config: { names, ...options } };
}

/** Targets from a service that answers JSON. */
export function http(url: string, options: HttpClientOptions & { readonly refreshInterval?: Duration } = {}): Discovery {
  return { type: 'http', config: { url, ...options } };
}

export interface KubernetesOptions extends HttpClientOptions {
  readonly apiServer?: string;
  readonly kubeconfigFile?: string;
  readonly namespaces?: { readonly names?: readonly string[]; readonly ownNamespace?: boolean };
  readonly selectors?: readonly { readonly role: KubernetesRole; readonly label?: string; readonly field?: string }[];
}

export type KubernetesRole = 'node' | 'service' | 'pod' | 'endpoints' | 'endpointslice' | 'ingress';

/** Targets from Kubernetes. */
export function kubernetes(role: KubernetesRole, options: KubernetesOptions = {}): Discovery {
  return { type: 'kubernetes', config: { role, ...options } };
}

/** One step that rewrites, keeps or drops targets or series. */
export interface Relabel {
  readonly action?: string;
  readonly sourceLabels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly modulus?: number;
  readonly targetLabel?: string;
  readonly replacement?: string;
}

/** Keeps what matches in the labels, joined by `;`. */
export function keep(sourceLabels: string | readonly string[], regex: string): Relabel {
  return { sourceLabels: list(sourceLabels), regex, action: 'keep' };
}

/** Drops what matches in the labels, joined by `;`. */
export function drop(sourceLabels: string | readonly string[], regex: string): Relabel {
  return { sourceLabels: list(sourceLabels), regex, action: 'drop' };
}

/** Sets `targetLabel` to `replacement` (default `$1`) where the labels match `regex` (default: anything). */
export function replace(
  sourceLabels: string | readonly string[],
  targetLabel: string,
  options: { readonly regex?: string; readonly replacement?: string; readonly separator?: string } = {},
): Relabel {
  return { sourceLabels: list(sourceLabels), ...options, targetLabel };
}

/** Sets a label to a text. */
export function setLabel(targetLabel: string, replacement: string): Relabel {
  return { targetLabel, replacement };
}

/** Copies labels whose names match; the new name is `replacement` (default `$1`). */
export function labelmap(regex: string, replacement?: string): Relabel {
  return { action: 'labelmap', regex, ...(replacement !== undefined && { replacement }) };
}

/** Removes labels whose names match. */
export function labeldrop(regex: string): Relabel {
  return { action: 'labeldrop', regex };
}

export interface JobOptions extends HttpClientOptions {
  /** Labels of the targets that are written out. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly scrapeInterval?: Duration;
  readonly scrapeTimeout?: Duration;
  readonly metricsPath?: string;
  readonly scheme?: 'http' | 'https';
  readonly params?: Readonly<Record<string, readonly string[]>>;
  readonly honorLabels?: boolean;
  readonly honorTimestamps?: boolean;
  readonly sampleLimit?: number;
  readonly labelLimit?: number;
  readonly targetLimit?: number;
  readonly scrapeProtocols?: readonly string[];
  /** Rewrites or drops targets before they are scraped. */
  readonly relabel?: readonly Relabel[];
  /** Rewrites or drops series before they are stored. */
  readonly metricRelabel?: readonly Relabel[];
}

/** A scrape job as prometheus.yml has it. */
export interface Job {
  readonly job_name: string;
  readonly [key: string]: unknown;
}

/** A scrape job: `job('ml-api', ['app:5000'], { scrapeInterval: '5s' })`. Targets are addresses, groups of them, or discoveries. */
export function job(name: string, targets: readonly (string | TargetGroup | Discovery)[] | Discovery, options: JobOptions = {}): Job {
  if (name === '') throw new CodeError('code.invalid_scrape_job', 'scrape job: its name is empty');
  const { labels, relabel, metricRelabel, ...settings } = options;
  const all = 'type' in targets ? [targets] : targets;
  const written = all.filter((target) => typeof target === 'string');
  const groups: TargetGroup[] = [
    ...(written.length > 0 ? [{ targets: written, ...(labels && { labels }) }] : []),
    ...all.filter((target): target is TargetGroup => typeof target === 'object' && 'targets' in target),
  ];
  return {
    job_name: name,
    ...(snakeKeys(settings) as Record<string, unknown>),
    ...(groups.length > 0 && { static_configs: groups }),
    ...discoveries(all.filter((target): target is Discovery => typeof target === 'object' && 'type' in target)),
    ...(relabel && { relabel_configs: snakeKeys(relabel) }),
    ...(metricRelabel && { metric_relabel_configs: snakeKeys(metricRelabel) }),
  };
}

function discoveries(found: readonly Discovery[]): Record<string, unknown[]> {
  const byKey: Record<string, unknown[]> = {};
  for (const { type, config } of found) {
    const key = `${type}_sd_configs`;
    byKey[key] = [...(byKey[key] ?? []), snakeKeys(config)];
  }
  return byKey;
}

function list(labels: string | readonly string[]): readonly string[] {
  return typeof labels === 'string' ? [labels] : labels;
}

/** Prometheus' own settings. */
export interface ScrapeOptions {
  readonly scrapeInterval?: Duration;
  readonly scrapeTimeout?: Duration;
  readonly evaluationInterval?: Duration;
  readonly externalLabels?: Readonly<Record<string, string>>;
  readonly jobs?: readonly Job[];
  /** Addresses of Alertmanagers: `alertmanager:9093`. */
  readonly alertmanagers?: readonly string[];
  /** Other servers that get all samples, as entries of `remote_write`. */
  readonly remoteWrite?: readonly (HttpClientOptions & {
    readonly url: string;
    readonly name?: string;
    readonly writeRelabel?: readonly Relabel[];
  })[];
}
