import { createHash } from 'node:crypto';
import type { ScrapeConfig, TargetGroup } from '../config/scrape-config.ts';
import { messageOf } from '../model/app-error.ts';
import { formatDurationMs, parseDurationMs } from '../model/duration.ts';
import { Labels } from '../model/labels.ts';
import { relabel } from '../relabel/relabel.ts';
import { scrapeError } from './errors.ts';

/** One address to scrape. Two targets with the same key are one. */
export interface Target {
  readonly key: string;
  readonly url: string;
  /** The labels that every series of the target gets. */
  readonly labels: Labels;
  readonly discoveredLabels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What became of a discovered address. */
export type TargetOutcome =
  | { readonly type: 'active'; readonly target: Target }
  | { readonly type: 'dropped'; readonly discoveredLabels: Labels }
  | { readonly type: 'bad'; readonly discoveredLabels: Labels; readonly error: Error };

/** Makes targets of all addresses of a group, by upstream's rules. */
export function buildTargets(config: ScrapeConfig, group: TargetGroup): TargetOutcome[] {
  return group.targets.map((address) => {
    const discoveredLabels = discoverLabels(config, group, address);
    try {
      const relabelled = relabel(discoveredLabels, config.relabel);
      if (relabelled === undefined || relabelled.size === 0) return { type: 'dropped', discoveredLabels };
      return { type: 'active', target: toTarget(config, discoveredLabels, relabelled) };
    } catch (cause) {
      const error = scrapeError('scrape.bad_target', `target "${address}" of job "${config.jobName}": ${messageOf(cause)}`, cause);
      return { type: 'bad', discoveredLabels, error };
    }
  });
}

function discoverLabels(config: ScrapeConfig, group: TargetGroup, address: string): Labels {
  const labels = new Map(Object.entries(group.labels));
  labels.set('__address__', address);
  const defaults: [string, string][] = [
    ['job', config.jobName],
    ['__scrape_interval__', formatDurationMs(config.scrapeIntervalMs)],
    ['__scrape_timeout__', formatDurationMs(config.scrapeTimeoutMs)],
    ['__metrics_path__', config.metricsPath],
    ['__scheme__', config.scheme],
  ];
  for (const [name, [value]] of Object.entries(config.params)) if (value !== undefined) defaults.push([`__param_${name}`, value]);
  for (const [name, value] of defaults) if (!labels.get(name)) labels.set(name, value);
  return Labels.fromEntries(labels);
}

function toTarget(config: ScrapeConfig, discoveredLabels: Labels, relabelled: Labels): Target {
  const address = relabelled.get('__address__');
  if (address === '') throw new Error('no address');
  if (address.includes('/')) throw new Error(`"${address}" is not a valid hostname (write host:port; a path goes into metrics_path)`);
  const intervalMs = durationOf(relabelled, '__scrape_interval__', 'interval');
  const timeoutMs = durationOf(relabelled, '__scrape_timeout__', 'timeout');
  if (timeoutMs > intervalMs) {
    throw new Error(
      `scrape timeout cannot be greater than scrape interval ("${relabelled.get('__scrape_timeout__')}" > "${relabelled.get('__scrape_interval__')}")`,
    );
  }
  const full = relabelled.has('instance') ? relabelled : relabelled.with('instance', address);
  const kept = Labels.fromEntries([...full].filter(([name]) => !name.startsWith('__meta_')));
  const url = urlOf(config, kept);
  return {
    key: `${kept.key()} ${url}`,
    url,
    labels: Labels.fromEntries([...kept].filter(([name]) => !name.startsWith('__'))),
    discoveredLabels,
    intervalMs,
    timeoutMs,
  };
}

function durationOf(labels: Labels, name: string, what: string): number {
  const text = labels.get(name);
  let durationMs: number;
  try {
    durationMs = parseDurationMs(text);
  } catch (cause) {
    throw new Error(`error parsing scrape ${what}: ${messageOf(cause)}`, { cause });
  }
  if (durationMs === 0) throw new Error(`scrape ${what} cannot be 0`);
  return durationMs;
}

function urlOf(config: ScrapeConfig, labels: Labels): string {
  const params = new Map(Object.entries(config.params).map(([name, values]) => [name, [...values]]));
  for (const [label, value] of labels) {
    if (!label.startsWith('__param_')) continue;
    const name = label.slice('__param_'.length);
    params.set(name, [value, ...(params.get(name) ?? []).slice(1)]);
  }
  const pairs = [...params].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, values]) => values.map((value) => [name, value]));
  const query = new URLSearchParams(pairs as [string, string][]).toString();
  const path = labels.get('__metrics_path__');
  const slash = path === '' || path.startsWith('/') ? '' : '/';
  const encodedPath = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  return `${labels.get('__scheme__')}://${labels.get('__address__')}${slash}${encodedPath}${query === '' ? '' : `?${query}`}`;
}

/** Milliseconds into its interval at which a target is scraped: the same whenever and wherever it is asked, spread over targets. */
export function scrapeOffsetMs(target: Target): number {
  return createHash('md5').update(target.key).digest().readUIntBE(0, 6) % target.intervalMs;
}
