import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { createForwarder, type Forwarder, type ForwardTarget } from './alerting/forward.ts';
import type { AlertmanagerTarget, PrometheusConfig } from './config/config.ts';
import type { TargetGroup } from './config/scrape-config.ts';
import { type DiscoveryManager, startDiscovery } from './discovery/manager.ts';
import type { Alert } from './model/alert.ts';
import { messageOf } from './model/app-error.ts';
import type { Clock } from './model/clock.ts';
import { Labels } from './model/labels.ts';
import { relabel } from './relabel/relabel.ts';
import type { Logger } from './telemetry/logger.ts';

/** What the choice of Alertmanagers needs of the others. */
export interface AlertmanagersDeps {
  readonly clock: Clock;
  readonly resolve: Readonly<Record<string, string>>;
  readonly logger: Logger;
}

/**
 * The Alertmanagers of `alerting.alertmanagers`. One whose name does not resolve (Compose's `alertmanager:9093` outside Compose)
 * means the built-in one where that is configured; the others get the alerts of our rules.
 */
export class Alertmanagers {
  readonly #deps: AlertmanagersDeps;
  readonly #forwarder: Forwarder;
  readonly #discovery: DiscoveryManager;
  #config: PrometheusConfig | undefined;
  #hasBuiltIn = false;
  #groups = new Map<string, readonly TargetGroup[]>();
  #active: readonly string[] = [];
  #choosing: Promise<void> = Promise.resolve();

  constructor(deps: AlertmanagersDeps) {
    this.#deps = deps;
    this.#forwarder = createForwarder(deps);
    this.#discovery = startDiscovery({
      jobs: [],
      clock: deps.clock,
      resolve: deps.resolve,
      onUpdate: (job, groups) => {
        this.#groups.set(job, groups);
        this.#chooseSoon();
      },
      onProblem: (problem) => deps.logger.warn({ ...problem }, 'discovery of Alertmanagers failed'),
    });
  }

  /** URLs that alerts are sent to. */
  active(): readonly string[] {
    return this.#active;
  }

  async apply(config: PrometheusConfig, hasBuiltIn: boolean): Promise<void> {
    this.#config = config;
    this.#hasBuiltIn = hasBuiltIn;
    this.#groups = new Map();
    await this.#discovery.apply(config.alertmanagers.map(({ discoveries }, i) => ({ name: String(i), discoveries })));
    this.#chooseSoon();
    await this.#choosing;
  }

  /** Sends alerts on, external labels added. */
  push(alerts: readonly Alert[]): void {
    this.#forwarder.push(alerts);
  }

  async stop(): Promise<void> {
    await this.#discovery.stop();
    await this.#choosing;
    await this.#forwarder.stop();
  }

  #chooseSoon(): void {
    this.#choosing = this.#choosing
      .then(() => this.#choose())
      .catch((error: unknown) =>
        this.#deps.logger.error({ error: messageOf(error) }, 'Alertmanagers could not be changed: those of before go on'),
      );
  }

  async #choose(): Promise<void> {
    const targets: ForwardTarget[] = [];
    for (const [job, groups] of this.#groups) {
      const config = this.#config?.alertmanagers[Number(job)];
      if (!config) continue;
      for (const address of groups.flatMap((group) => relabelled(group, config))) {
        if (await this.#isElsewhere(address)) targets.push(toTarget(address, config));
      }
    }
    this.#active = targets.map(({ url }) => `${url}/api/v2/alerts`);
    await this.#forwarder.apply(targets);
  }

  async #isElsewhere(address: string): Promise<boolean> {
    if (!URL.canParse(`http://${address}`)) {
      this.#deps.logger.warn({ address }, 'this is no address of an Alertmanager, want host:port; it gets no alerts');
      return false;
    }
    const host = new URL(`http://${address}`).hostname.replace(/^\[|\]$/g, '');
    const mapped = this.#deps.resolve[host] ?? host;
    const isKnown =
      isIP(mapped) !== 0 ||
      (await lookup(mapped).then(
        () => true,
        () => false,
      ));
    if (isKnown) return true;
    if (this.#hasBuiltIn) return false;
    this.#deps.logger.warn(
      { address },
      'this Alertmanager does not resolve and there is no alertmanager.yml: map it with --resolve or remove it',
    );
    return true;
  }
}

function relabelled(group: TargetGroup, config: AlertmanagerTarget): string[] {
  return group.targets.flatMap((address) => {
    const labels = Labels.fromEntries([...Object.entries(group.labels), ['__address__', address]]);
    const kept = relabel(labels, config.relabel)?.get('__address__') ?? '';
    return kept === '' ? [] : [kept];
  });
}

function toTarget(address: string, { scheme, pathPrefix, timeoutMs, client }: AlertmanagerTarget): ForwardTarget {
  return { url: `${scheme}://${address}${pathPrefix.replace(/\/$/, '')}`, timeoutMs, client };
}
