import { setImmediate } from 'node:timers/promises';
import type { ScrapeConfig, TargetGroup } from '../config/scrape-config.ts';
import { createHttpClient, type HttpClient } from '../http-client/http-client.ts';
import type { Clock } from '../model/clock.ts';
import type { ExemplarStore, MetricStore, SeriesRef } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { BodyMemories } from './body-memories.ts';
import { scrapeError } from './errors.ts';
import type { ScrapeFeatures } from './features.ts';
import { createBuiltInFetch, createTargetFetch, type FetchTarget } from './fetch-target.ts';
import { fingerprint } from './fingerprint.ts';
import { BUILT_INS, type BuiltInMetrics, type BuiltInName } from './host-job.ts';
import { ScrapeLoop } from './loop.ts';
import type { ScrapeMetrics } from './metrics.ts';
import { buildTargets, type Target, type TargetOutcome } from './target.ts';
import type { DroppedTarget } from './target-status.ts';

/** What all pools share. */
export interface PoolDeps {
  readonly store: MetricStore;
  readonly exemplars?: ExemplarStore | undefined;
  readonly features?: ScrapeFeatures | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ScrapeMetrics;
  readonly userAgent: string;
  readonly memories: BodyMemories;
  readonly hostMetrics?: BuiltInMetrics | undefined;
  readonly pushedMetrics?: BuiltInMetrics | undefined;
}

/** How one job is scraped. */
export interface PoolSettings {
  readonly config: ScrapeConfig;
  readonly resolve: Readonly<Record<string, string>>;
  /** Targets are answered from within, without HTTP. */
  readonly builtIn?: BuiltInName | undefined;
}

// Enough to find out why a target is missing; a discovery of a large cluster drops tens of thousands.
const MAX_DROPPED_KEPT = 1000;
// Some milliseconds of work.
const RELABELLED_IN_A_TURN = 100;

/** The targets of one job and their loops. Changes are applied one after the other. */
export class TargetPool {
  readonly #deps: PoolDeps;
  /** Aborted when the server stops: stale markers that are still waited for are given up. */
  readonly #shutdown: AbortSignal;
  #settings: PoolSettings;
  #fingerprint: string;
  #client: HttpClient;
  #loops = new Map<string, ScrapeLoop>();
  #dropped: readonly DroppedTarget[] = [];
  #badTargets = '';
  #groups: readonly TargetGroup[] = [];
  /** By the settings of now. */
  #outcomes = new WeakMap<TargetGroup, readonly TargetOutcome[]>();
  #queue: Promise<void> = Promise.resolve();
  readonly #retiring = new Set<Promise<void>>();

  constructor(settings: PoolSettings, deps: PoolDeps, shutdown: AbortSignal) {
    this.#settings = settings;
    this.#deps = deps;
    this.#shutdown = shutdown;
    this.#fingerprint = fingerprint(settings);
    this.#client = this.#createClient();
  }

  get builtIn(): BuiltInName | undefined {
    return this.#settings.builtIn;
  }

  get loops(): readonly ScrapeLoop[] {
    return [...this.#loops.values()];
  }

  get dropped(): readonly DroppedTarget[] {
    return this.#dropped;
  }

  /** Scrapes exactly the targets of `groups` from now on; targets that it scraped before go on undisturbed. */
  update(groups: readonly TargetGroup[]): Promise<void> {
    return this.#enqueue(async () => {
      this.#groups = groups;
      await this.#relabelInTurns();
      this.#sync();
    });
  }

  /** Takes over changed settings; with unchanged ones nothing happens. */
  reload(settings: PoolSettings): Promise<void> {
    return this.#enqueue(async () => {
      const changed = fingerprint(settings);
      if (changed === this.#fingerprint) return;
      this.#settings = settings;
      this.#outcomes = new WeakMap();
      this.#fingerprint = changed;
      const [client, loops] = [this.#client, this.#loops];
      this.#client = this.#createClient();
      this.#loops = new Map();
      // Loops of targets that stay hand their living series to their successors.
      const inherited = new Map<string, readonly SeriesRef[]>();
      const wanted = new Set(this.#build().targets.map((target) => target.key));
      for (const [key, loop] of loops) {
        if (wanted.has(key)) inherited.set(key, await loop.stop());
        else this.#retire(loop);
      }
      this.#sync(inherited);
      await client.close();
    });
  }

  /** Ends all loops because the job is gone; resolves when the stale markers are written or given up. */
  async remove(): Promise<void> {
    await this.update([]);
    await this.#closeAfterRetiring();
  }

  /** Ends all loops because the server stops: no stale markers, the series go on after a restart. */
  async stop(): Promise<void> {
    await this.#enqueue(async () => {
      await Promise.all(this.loops.map((loop) => loop.stop()));
      this.#loops.clear();
    });
    await this.#closeAfterRetiring();
  }

  /** Never rejects: what goes wrong is logged, and the next change is applied all the same. */
  #enqueue(change: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(change).catch((error: unknown) => {
      this.#deps.logger.error({ err: error, job: this.#settings.config.jobName }, 'targets could not be changed');
    });
    return this.#queue;
  }

  async #closeAfterRetiring(): Promise<void> {
    await Promise.all(this.#retiring);
    await this.#client.close();
  }

  #createClient(): HttpClient {
    const { config, resolve } = this.#settings;
    return createHttpClient(config.client, { resolve, clock: this.#deps.clock });
  }

  #sync(inherited: ReadonlyMap<string, readonly SeriesRef[]> = new Map()): void {
    const { config } = this.#settings;
    const { targets, dropped } = this.#build();
    this.#dropped = dropped.slice(0, MAX_DROPPED_KEPT);
    const loops = new Map<string, ScrapeLoop>();
    for (const target of targets) {
      const loop = loops.get(target.key) ?? this.#loops.get(target.key) ?? this.#startLoop(target, inherited.get(target.key));
      // What was discovered may have changed where relabelling drops it; of several discovered addresses that are one target the last is shown.
      loop.discoveredLabels = target.discoveredLabels;
      loops.set(target.key, loop);
    }
    for (const [key, loop] of this.#loops) if (!loops.has(key)) this.#retire(loop);
    this.#loops = loops;
    const isOver = config.targetLimit > 0 && loops.size > config.targetLimit;
    const error = isOver
      ? scrapeError('scrape.target_limit', `target_limit exceeded (number of targets: ${loops.size}, limit: ${config.targetLimit})`)
      : undefined;
    for (const loop of loops.values()) loop.forceError(error);
  }

  #build(): { targets: Target[]; dropped: DroppedTarget[] } {
    const { config } = this.#settings;
    const outcomes: TargetOutcome[] = this.#groups.flatMap((group) => this.#outcomesOf(group));
    const bad = outcomes.flatMap((outcome) => (outcome.type === 'bad' ? [outcome.error.message] : [])).join('; ');
    if (bad !== '' && bad !== this.#badTargets) this.#deps.logger.warn({ job: config.jobName, error: bad }, 'targets cannot be scraped');
    this.#badTargets = bad;
    return {
      targets: outcomes.flatMap((outcome) => (outcome.type === 'active' ? [outcome.target] : [])),
      dropped: outcomes.flatMap((outcome) => (outcome.type === 'active' ? [] : [toDropped(config.jobName, outcome)])),
    };
  }

  // The targets of a large cluster come all at once: scrapes and queries go on between them.
  async #relabelInTurns(): Promise<void> {
    let done = 0;
    for (const group of this.#groups) {
      if (this.#outcomes.has(group)) continue;
      this.#outcomesOf(group);
      if (++done % RELABELLED_IN_A_TURN === 0) await setImmediate();
    }
  }

  // Of thousands of groups that a cluster's discovery gives, few are other objects than last time.
  #outcomesOf(group: TargetGroup): readonly TargetOutcome[] {
    const known = this.#outcomes.get(group);
    if (known) return known;
    const outcomes = buildTargets(this.#settings.config, group);
    this.#outcomes.set(group, outcomes);
    return outcomes;
  }

  #startLoop(target: Target, inherited: readonly SeriesRef[] = []): ScrapeLoop {
    const { store, exemplars, features, clock, logger, metrics } = this.#deps;
    const fetch = this.#fetchOf(target);
    const loop = new ScrapeLoop({
      target,
      settings: this.#settings.config,
      fetch,
      store,
      exemplars,
      features,
      clock,
      logger,
      metrics,
      inherited,
    });
    loop.start();
    return loop;
  }

  #fetchOf(target: Target): FetchTarget {
    const { clock, userAgent, memories, hostMetrics, pushedMetrics } = this.#deps;
    const { builtIn } = this.#settings;
    const metrics = builtIn && (builtIn === 'host' ? hostMetrics : pushedMetrics);
    if (metrics) return createBuiltInFetch(metrics, BUILT_INS[builtIn]);
    const { config, resolve } = this.#settings;
    const standIn = { clock, hostMetrics, pushedMetrics, resolve };
    return createTargetFetch(target, config, { client: this.#client, userAgent, memories, standIn });
  }

  #retire(loop: ScrapeLoop): void {
    const retired = loop.retire(this.#shutdown).finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
  }
}

function toDropped(scrapePool: string, outcome: Exclude<TargetOutcome, { type: 'active' }>): DroppedTarget {
  const { discoveredLabels } = outcome;
  return { scrapePool, discoveredLabels, ...(outcome.type === 'bad' && { error: outcome.error.message }) };
}
