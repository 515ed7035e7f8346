// Targets as the screen shows them: by scrape pool, filtered, with what each scrape brought.
import type { InstantSeries, LabelMap, TargetStatus, TargetsAnswer } from '../../data/prometheus.ts';
import { labelText, searchTest } from '../../format/search.ts';

export type TargetFilter = 'all' | 'down' | 'dropped';

export interface DroppedTarget {
  readonly discoveredLabels: LabelMap;
  readonly scrapePool: string;
}

/** One scrape pool; `targets` are those that pass the filter, the counts are of all. */
export interface TargetPool {
  readonly name: string;
  readonly targets: readonly TargetStatus[];
  readonly total: number;
  readonly up: number;
  readonly down: number;
  readonly unknown: number;
}

export interface TargetCounts {
  readonly all: number;
  readonly down: number;
  readonly dropped: number;
}

/** Numbers of the whole answer, for the choices of the filter. `dropped` counts also those that the server does not list. */
export function countTargets({ activeTargets, droppedTargets, droppedTargetCounts }: TargetsAnswer): TargetCounts {
  const counted = Object.values(droppedTargetCounts ?? {}).reduce((sum, count) => sum + count, 0);
  return {
    all: activeTargets.length,
    down: activeTargets.filter(({ health }) => health === 'down').length,
    dropped: Math.max(counted, droppedTargets.length),
  };
}

/** Pools in name order, each with its targets that pass; pools without any are left out. */
export function poolsOf(targets: readonly TargetStatus[], filter: TargetFilter, search: string): readonly TargetPool[] {
  const isFound = searchTest(search);
  const byName = new Map<string, TargetStatus[]>();
  for (const target of targets) {
    const pool = byName.get(target.scrapePool);
    if (pool) pool.push(target);
    else byName.set(target.scrapePool, [target]);
  }
  const pools = [...byName].map(([name, all]) => ({
    name,
    targets: all.filter((target) => (filter !== 'down' || target.health === 'down') && isFound(textOf(target))),
    total: all.length,
    up: all.filter(({ health }) => health === 'up').length,
    down: all.filter(({ health }) => health === 'down').length,
    unknown: all.filter(({ health }) => health === 'unknown').length,
  }));
  return pools.filter((pool) => pool.targets.length > 0).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** Dropped targets that pass the search. */
export function findDropped(targets: readonly DroppedTarget[], search: string): readonly DroppedTarget[] {
  const isFound = searchTest(search);
  return targets.filter(({ scrapePool, discoveredLabels }) => isFound(`${scrapePool} ${labelText(discoveredLabels)}`));
}

function textOf({ scrapePool, scrapeUrl, labels, lastError, health }: TargetStatus): string {
  return `${scrapePool} ${scrapeUrl} ${labelText(labels)} ${health} ${lastError}`;
}

/** Samples of the last scrape by target: what `scrape_samples_scraped` says under exactly the target's labels. */
export function samplesByTarget(series: readonly InstantSeries[]): ReadonlyMap<string, number> {
  return new Map(series.map(({ metric, value }) => [targetKey(metric), Number(value[1])]));
}

/** The identity of a target inside its pool: its labels. */
export function targetKey(labels: LabelMap): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => name !== '__name__')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** "127.0.0.1:5000/metrics" of a scrape URL; https and parameters are kept because they matter. */
export function endpointText(scrapeUrl: string): string {
  return scrapeUrl.replace(/^http:\/\//, '');
}

/** Unix milliseconds of an RFC 3339 time, undefined for Go's zero time ("never"). */
export function timeOf(text: string): number | undefined {
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) || timeMs <= 0 ? undefined : timeMs;
}
