import type { DiscoveryConfig, TargetGroup } from '../config/scrape-config.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import type { DiscovererDeps } from './discoverer.ts';
import { type DiscoveryMetrics, NO_METRICS } from './metrics.ts';
import { fingerprintOf, Provider, type Subscriber } from './provider.ts';

/** Who wants targets: a scrape job, or an entry of `alerting.alertmanagers`. Names are unique. */
export interface DiscoveryJob {
  readonly name: string;
  readonly discoveries: readonly DiscoveryConfig[];
}

/** A source that does not answer; its last good targets are still in force. */
export interface DiscoveryProblem {
  readonly job: string;
  /** A file, a URL, a name, a path of an API. */
  readonly source: string;
  readonly message: string;
  readonly sinceMs: number;
}

export interface DiscoveryOptions {
  readonly jobs: readonly DiscoveryJob[];
  /** Called with all target groups of a job, in the order of its discoveries, whenever one of them changes; at once for static ones. */
  readonly onUpdate: (job: string, groups: readonly TargetGroup[]) => void;
  /** Called when a source begins to fail, and when it fails in another way than before. */
  readonly onProblem?: (problem: DiscoveryProblem) => void;
  readonly metrics?: DiscoveryMetrics;
  readonly clock?: Clock;
  /** Host names to addresses, as `--resolve`. */
  readonly resolve?: Readonly<Record<string, string>>;
  /** What discoverers find on this machine; default: its own. */
  readonly machine?: Pick<DiscovererDeps, 'resolvConf' | 'env' | 'serviceAccountDir'>;
}

/** Running discovery of all jobs. */
export interface DiscoveryManager {
  /** Takes a new configuration: jobs whose discoveries are unchanged go on with what they know. Without `resolve` the names stay mapped as before. */
  apply(jobs: readonly DiscoveryJob[], resolve?: Readonly<Record<string, string>>): Promise<void>;
  /** What does not work now, by job and source. */
  problems(): readonly DiscoveryProblem[];
  stop(): Promise<void>;
}

/** Starts discovery of all jobs. Never throws: what fails is a problem of its job. */
export function startDiscovery(initial: DiscoveryOptions): DiscoveryManager {
  const { clock = systemClock, metrics = NO_METRICS, machine = {} } = initial;
  let options = initial;
  let running = new Map<string, RunningJob>();
  // Jobs with equal settings share what they find: one watch of a cluster's pods serves them all.
  let providers = new Map<string, Provider>();

  function providerOf(config: DiscoveryConfig): Provider {
    const key = fingerprintOf(config, options.resolve ?? {});
    const provider = providers.get(key) ?? new Provider(config, { ...machine, clock, resolve: options.resolve ?? {}, metrics });
    providers.set(key, provider);
    return provider;
  }

  function start(job: DiscoveryJob): RunningJob {
    return new RunningJob(job, job.discoveries.map(providerOf), options);
  }

  for (const job of options.jobs) running.set(job.name, start(job));
  metrics.read(() => [...running.values()].map((job) => job.counts()));
  return {
    async apply(jobs, resolve = options.resolve) {
      if (resolve) options = { ...options, resolve };
      const wanted = new Set(jobs.flatMap((job) => job.discoveries.map((config) => fingerprintOf(config, options.resolve ?? {}))));
      const kept = new Map<string, RunningJob>();
      for (const job of jobs) {
        const old = running.get(job.name);
        const keys = job.discoveries.map((config) => fingerprintOf(config, options.resolve ?? {}));
        if (old && keys.length === old.providers.length && keys.every((key, i) => providers.get(key) === old.providers[i])) {
          kept.set(job.name, old);
        }
      }
      for (const [name, job] of running) if (kept.get(name) !== job) job.leave();
      const unwanted = [...providers].filter(([key]) => !wanted.has(key));
      providers = new Map([...providers].filter(([key]) => wanted.has(key)));
      // The old discoverers end first, so that no late answer of theirs overwrites the new targets.
      await Promise.all(unwanted.map(([, provider]) => provider.stop()));
      running = new Map(jobs.map((job) => [job.name, kept.get(job.name) ?? start(job)]));
    },
    problems: () => [...running.values()].flatMap((job) => job.problems()),
    async stop() {
      for (const job of running.values()) job.leave();
      await Promise.all([...providers.values()].map((provider) => provider.stop()));
      running = new Map();
      providers = new Map();
    },
  };
}

/** One job and the providers that it listens to. */
class RunningJob {
  readonly providers: readonly Provider[];
  readonly #name: string;
  readonly #options: DiscoveryOptions;
  readonly #subscribers: readonly Subscriber[];
  #isStarted = false;
  #targets = 0;

  constructor(job: DiscoveryJob, providers: readonly Provider[], options: DiscoveryOptions) {
    this.providers = providers;
    this.#name = job.name;
    this.#options = options;
    this.#subscribers = [...new Set(providers)].map((provider) => ({
      provider,
      onUpdate: () => this.#publish(),
      onProblem: (source, message, sinceMs) => this.#options.onProblem?.({ job: this.#name, source, message, sinceMs }),
    }));
    for (const subscriber of this.#subscribers) subscriber.provider.join(subscriber);
    // Static groups, and what a shared provider knows, are there by now: one update for all of them.
    this.#isStarted = true;
    if (providers.length === 0 || providers.some((provider) => provider.groups !== undefined)) this.#publish();
  }

  problems(): DiscoveryProblem[] {
    return this.#subscribers.flatMap(({ provider }) => provider.problems().map((problem) => ({ job: this.#name, ...problem })));
  }

  counts(): { job: string; targets: number; problems: number } {
    return { job: this.#name, targets: this.#targets, problems: this.problems().length };
  }

  leave(): void {
    this.#isStarted = false;
    for (const subscriber of this.#subscribers) subscriber.provider.leave(subscriber);
  }

  #publish(): void {
    if (!this.#isStarted) return;
    const groups = this.providers.flatMap((provider) => provider.groups ?? []);
    this.#targets = groups.reduce((sum, group) => sum + group.targets.length, 0);
    this.#options.onUpdate(this.#name, groups);
  }
}
