import { createHash } from 'node:crypto';
import type { DiscoveryConfig, TargetGroup } from '../config/scrape-config.ts';
import { Secret } from '../model/secret.ts';
import type { Discoverer, DiscovererDeps } from './discoverer.ts';
import { startDns } from './dns.ts';
import { startDocker } from './docker.ts';
import { startFile } from './file.ts';
import { startHttp } from './http.ts';
import { startKubernetes } from './kubernetes/kubernetes.ts';
import type { DiscoveryMetrics } from './metrics.ts';
import { startStatic } from './static.ts';

/** A job that listens to a provider. */
export interface Subscriber {
  readonly provider: Provider;
  readonly onUpdate: () => void;
  /** A source begins to fail, or fails in another way than before. */
  readonly onProblem: (source: string, message: string, sinceMs: number) => void;
}

interface Problem {
  readonly source: string;
  readonly message: string;
  readonly sinceMs: number;
}

/** One running discoverer for all jobs with its settings, and what it knows. */
export class Provider {
  /** Undefined until the discoverer has said something. */
  groups: readonly TargetGroup[] | undefined;
  readonly #discoverer: Discoverer;
  readonly #subscribers = new Set<Subscriber>();
  readonly #problems = new Map<string, Problem>();

  constructor(config: DiscoveryConfig, deps: Omit<DiscovererDeps, 'onUpdate' | 'onProblem'> & { readonly metrics: DiscoveryMetrics }) {
    this.#discoverer = startOne(config, {
      ...deps,
      onUpdate: (groups) => {
        deps.metrics.updated(config.type);
        this.groups = groups;
        for (const subscriber of this.#subscribers) subscriber.onUpdate();
      },
      onProblem: (source, message) => {
        if (message !== undefined) deps.metrics.failed(config.type);
        this.#report(source, message, deps.clock.nowMs());
      },
    });
  }

  join(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    for (const { source, message, sinceMs } of this.#problems.values()) subscriber.onProblem(source, message, sinceMs);
  }

  leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** What fails now. */
  problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  /** Ends the discoverer; nobody is told anything afterwards. */
  async stop(): Promise<void> {
    this.#subscribers.clear();
    await this.#discoverer.stop();
  }

  #report(source: string, message: string | undefined, nowMs: number): void {
    if (message === undefined) {
      this.#problems.delete(source);
      return;
    }
    const before = this.#problems.get(source);
    if (before?.message === message) return;
    const sinceMs = before?.sinceMs ?? nowMs;
    this.#problems.set(source, { source, message, sinceMs });
    for (const subscriber of this.#subscribers) subscriber.onProblem(source, message, sinceMs);
  }
}

/** Equal for settings that find the same: what they say with its secrets, and the mapped names where requests are made. */
export function fingerprintOf(config: DiscoveryConfig, resolve: Readonly<Record<string, string>>): string {
  const names = config.type === 'static' || config.type === 'file' || config.type === 'dns' ? undefined : resolve;
  // Secrets print as <secret>, but a changed one is a change: hence the real values, hashed.
  const text = JSON.stringify({ config, names }, function reveal(this: Record<string, unknown>, key: string, value: unknown) {
    const original = this[key];
    return original instanceof Secret ? original.reveal() : value;
  });
  return createHash('sha256').update(text).digest('hex');
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
