import { createHash } from 'node:crypto';
import type { DiscoveryConfig, TargetGroup } from '../config/scrape-config.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { Secret } from '../model/secret.ts';
import type { Discoverer, DiscovererDeps } from './discoverer.ts';
import { startDns } from './dns.ts';
import { startDocker } from './docker.ts';
import { startFile } from './file.ts';
import { startHttp } from './http.ts';
import { startKubernetes } from './kubernetes/kubernetes.ts';
import { startStatic } from './static.ts';

/** Who wants targets: a scrape job, or an entry of `alerting.alertmanagers`. Names are unique. */
export interface DiscoveryJob {
  readonly name: string;
  readonly discoveries: readonly DiscoveryConfig[];
}

/** A source that does not answer; its last good targets are still in force. */
export interface DiscoveryProblem {
  readonly job: string;
  /** A file or URL. */
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
  readonly clock?: Clock;
  /** Host names to addresses, as `--resolve`. */
  readonly resolve?: Readonly<Record<string, string>>;
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
  let options = initial;
  let running = new Map<string, RunningJob>();
  for (const job of options.jobs) running.set(job.name, new RunningJob(job, options));
  return {
    async apply(jobs, resolve = options.resolve) {
      const previous = running;
      if (resolve) options = { ...options, resolve };
      const kept = new Map<string, RunningJob>();
      const outdated = new Set(previous.values());
      for (const job of jobs) {
        const old = previous.get(job.name);
        if (old?.fingerprint !== fingerprintOf(job, options)) continue;
        kept.set(job.name, old);
        outdated.delete(old);
      }
      // The old discoverers end first, so that no late answer of theirs overwrites the new targets.
      await Promise.all([...outdated].map((job) => job.stop()));
      running = new Map(jobs.map((job) => [job.name, kept.get(job.name) ?? new RunningJob(job, options)]));
    },
    problems: () => [...running.values()].flatMap((job) => job.problems()),
    async stop() {
      await Promise.all([...running.values()].map((job) => job.stop()));
      running = new Map();
    },
  };
}

class RunningJob {
  readonly fingerprint: string;
  readonly #name: string;
  readonly #options: DiscoveryOptions;
  readonly #discoverers: readonly Discoverer[];
  readonly #groups: (readonly TargetGroup[] | undefined)[];
  readonly #problems = new Map<string, DiscoveryProblem>();
  #isStarted = false;

  constructor(job: DiscoveryJob, options: DiscoveryOptions) {
    this.fingerprint = fingerprintOf(job, options);
    this.#name = job.name;
    this.#options = options;
    this.#groups = job.discoveries.map(() => undefined);
    this.#discoverers = job.discoveries.map((discovery, i) => startOne(discovery, this.#depsOf(i)));
    // Static groups have arrived by now: one update for all of them.
    this.#isStarted = true;
    if (this.#groups.length === 0 || this.#groups.some((groups) => groups !== undefined)) this.#publish();
  }

  problems(): DiscoveryProblem[] {
    return [...this.#problems.values()];
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    await Promise.all(this.#discoverers.map((discoverer) => discoverer.stop()));
  }

  #depsOf(index: number): DiscovererDeps {
    const { clock = systemClock, resolve = {} } = this.#options;
    return {
      clock,
      resolve,
      onUpdate: (groups) => {
        this.#groups[index] = groups;
        if (this.#isStarted) this.#publish();
      },
      onProblem: (source, message) => this.#report(source, message, clock.nowMs()),
    };
  }

  #publish(): void {
    this.#options.onUpdate(
      this.#name,
      this.#groups.flatMap((groups) => groups ?? []),
    );
  }

  #report(source: string, message: string | undefined, nowMs: number): void {
    if (message === undefined) {
      this.#problems.delete(source);
      return;
    }
    const before = this.#problems.get(source);
    if (before?.message === message) return;
    const problem = { job: this.#name, source, message, sinceMs: before?.sinceMs ?? nowMs };
    this.#problems.set(source, problem);
    this.#options.onProblem?.(problem);
  }
}

function startOne(config: DiscoveryConfig, deps: DiscovererDeps): Discoverer {
  switch (config.type) {
    case 'static':
      return startStatic(config, deps);
    case 'file':
      return startFile(config, deps);
    case 'http':
      return startHttp(config, deps);
    case 'dns':
      return startDns(config, deps);
    case 'docker':
      return startDocker(config, deps);
    case 'kubernetes':
      return startKubernetes(config, deps);
  }
}

// Secrets print as <secret>, but a changed one is a change: hence the real values, hashed.
function fingerprintOf(job: DiscoveryJob, { resolve }: DiscoveryOptions): string {
  // Only requests resolve names.
  const names = job.discoveries.some((discovery) => discovery.type === 'http') ? resolve : undefined;
  const text = JSON.stringify(
    { discoveries: job.discoveries, names },
    function reveal(this: Record<string, unknown>, key: string, value: unknown) {
      const original = this[key];
      return original instanceof Secret ? original.reveal() : value;
    },
  );
  return createHash('sha256').update(text).digest('hex');
}
