import type { Registry } from 'prom-client';
import type { ScrapeConfig, TargetGroup } from '../config/scrape-config.ts';
import type { Clock } from '../model/clock.ts';
import type { ExemplarStore, MetricStore } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { BodyMemories } from './body-memories.ts';
import type { ScrapeFeatures } from './features.ts';
import { globalUrl } from './global-url.ts';
import { BUILT_INS, type BuiltInMetrics, type BuiltInName } from './host-job.ts';
import type { ScrapeLoop } from './loop.ts';
import { createScrapeMetrics } from './metrics.ts';
import { type PoolDeps, type PoolSettings, TargetPool } from './pool.ts';
import type { ActiveTarget, MetricMetadata, TargetsView } from './target-status.ts';

/** What the manager is built from. */
export interface ScrapeManagerDeps {
  readonly store: MetricStore;
  /** Where exemplars go; without it they are passed over. */
  readonly exemplars?: ExemplarStore | undefined;
  /** What of upstream's features is turned on; default: none. */
  readonly features?: ScrapeFeatures | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Our version, for the User-Agent. */
  readonly version: string;
  /** The built-in host collector in the text format; without it nothing stands in for a node-exporter. */
  readonly hostMetrics?: BuiltInMetrics | undefined;
  /** What was pushed, in the text format; without it nothing stands in for a Pushgateway. */
  readonly pushedMetrics?: BuiltInMetrics | undefined;
  /** Under which we are reached from elsewhere, '' when unknown, and the port on which we listen. */
  readonly externalUrl?: string;
  readonly listenPort?: number;
}

/** What changes with a reload besides the jobs. */
export interface ApplyOptions {
  /** Host names that mean another host: `app` → `127.0.0.1`. */
  readonly resolve?: Readonly<Record<string, string>>;
  /** Adds the job `node`, answered by the built-in host collector, unless a job has that name. */
  readonly addHostJob?: boolean;
  /** Adds the job `pushgateway`, answered with what was pushed, unless a job has that name. */
  readonly addPushJob?: boolean;
}

/** Scrapes the targets of all jobs. Targets come by `updateTargets`; until then a job has none. */
export interface ScrapeManager extends TargetsView {
  /** Takes over the jobs of a configuration: unchanged jobs go on undisturbed, removed ones end with stale markers. */
  apply(scrapeConfigs: readonly ScrapeConfig[], options?: ApplyOptions): Promise<void>;
  /** All target groups of a job as discovery knows them now; those of an unknown job are ignored. */
  updateTargets(jobName: string, groups: readonly TargetGroup[]): Promise<void>;
  /** What targets say about their families; a family once for each target. */
  families(): Iterable<MetricMetadata>;
  /** Ends all scraping; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Builds a manager that does nothing until `apply`. */
export function createScrapeManager(deps: ScrapeManagerDeps): ScrapeManager {
  const shutdown = new AbortController();
  const pools = new Map<string, TargetPool>();
  const leaving = new Set<Promise<void>>();
  const { store, clock, logger, hostMetrics, pushedMetrics } = deps;
  const poolDeps: PoolDeps = {
    store,
    exemplars: deps.exemplars,
    features: deps.features,
    clock,
    logger,
    hostMetrics,
    pushedMetrics,
    metrics: createScrapeMetrics(deps.registry),
    userAgent: `Alidade/${deps.version}`,
    memories: new BodyMemories(),
  };

  async function applyOne(settings: PoolSettings): Promise<void> {
    const { jobName } = settings.config;
    const running = pools.get(jobName);
    if (running && running.builtIn === settings.builtIn) return running.reload(settings);
    if (running) remove(jobName, running);
    const pool = new TargetPool(settings, poolDeps, shutdown.signal);
    pools.set(jobName, pool);
    if (settings.builtIn) await pool.update([BUILT_INS[settings.builtIn].group]);
  }

  function remove(jobName: string, pool: TargetPool): void {
    pools.delete(jobName);
    const left = pool.remove().finally(() => leaving.delete(left));
    leaving.add(left);
  }

  return {
    async apply(scrapeConfigs, options = {}) {
      const { resolve = {}, addHostJob = false, addPushJob = false } = options;
      const jobs: PoolSettings[] = scrapeConfigs.map((config) => ({ config, resolve }));
      const add = (builtIn: BuiltInName) => {
        const { job } = BUILT_INS[builtIn];
        if (!jobs.some(({ config }) => config.jobName === job.jobName)) jobs.push({ config: job, resolve, builtIn });
      };
      if (addHostJob && hostMetrics) add('host');
      if (addPushJob && pushedMetrics) add('push');
      const names = new Set(jobs.map(({ config }) => config.jobName));
      for (const [jobName, pool] of pools) if (!names.has(jobName)) remove(jobName, pool);
      await Promise.all(jobs.map(applyOne));
    },
    async updateTargets(jobName, groups) {
      await pools.get(jobName)?.update(groups);
    },
    async stop() {
      shutdown.abort();
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
      pools.clear();
      await Promise.all(leaving);
    },
    *families() {
      for (const pool of pools.values()) for (const { metadata } of pool.loops) yield* metadata.entries();
    },
    active: () => [...pools].flatMap(([jobName, pool]) => pool.loops.map((loop) => toActive(jobName, loop, deps))),
    dropped: () => [...pools.values()].flatMap((pool) => pool.dropped),
    metadata: (metric) =>
      [...pools.values()].flatMap((pool) =>
        pool.loops.flatMap((loop) => loop.metadata.entries(metric).map((entry) => ({ ...entry, target: loop.target.labels }))),
      ),
  };
}

function toActive(scrapePool: string, loop: ScrapeLoop, { externalUrl = '', listenPort = 0 }: ScrapeManagerDeps): ActiveTarget {
  const { target, status } = loop;
  return {
    scrapePool,
    scrapeUrl: target.url,
    globalUrl: globalUrl(target.url, externalUrl, listenPort),
    labels: target.labels,
    discoveredLabels: loop.discoveredLabels,
    health: status.health,
    lastError: status.lastError,
    lastScrapeMs: status.lastScrapeMs,
    lastScrapeDurationSeconds: status.lastDurationSeconds,
    scrapeIntervalMs: target.intervalMs,
    scrapeTimeoutMs: target.timeoutMs,
    lastSamples: status.lastSamples,
    ...(status.note !== '' && { note: status.note }),
  };
}
