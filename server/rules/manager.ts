import { isDeepStrictEqual } from 'node:util';
import type { RuleGroupConfig } from '../config/rule-groups.ts';
import type { Alert } from '../model/alert.ts';
import { messageOf } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { QueryEngine } from '../promql/query.ts';
import type { MetricStore, StateStore } from '../storage/store.ts';
import { AlertArchive } from './alert-archive.ts';
import { type GroupContext, type GroupStats, RuleGroup, type RulesLogger } from './group.ts';
import type { RuleGroupStatus, RulesView } from './rule-status.ts';

/** What the rule manager needs of the others. */
export interface RuleManagerDeps {
  readonly engine: QueryEngine;
  readonly store: MetricStore;
  /** Keeps the alerts over a restart. */
  readonly state: StateStore;
  readonly clock: Clock;
  /** Alerts that fire, go on firing, or were resolved (`endsAtMs` in the past), as they would go to an Alertmanager. */
  readonly onAlerts: (alerts: Alert[]) => void;
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  /** How often a firing alert is sent again; default one minute. */
  readonly resendDelayMs?: number;
  readonly logger?: RulesLogger | undefined;
}

/** Runs all rule groups. */
export interface RuleManager extends RulesView {
  /**
   * Makes the running groups those of `groups`. Unchanged groups go on undisturbed, changed ones keep the state of the rules that
   * stayed, series and alerts of the others end. With `external` also links and external labels change. One call at a time.
   */
  apply(groups: readonly RuleGroupConfig[], external?: ExternalIdentity): Promise<void>;
  /** Figures of all groups since the start. */
  stats(): GroupStats;
  /** Stops all groups without ending their series, so that the next start goes on with them. */
  stop(): Promise<void>;
}

/** What makes this server known to the outside; both come from the configuration and may change at a reload. */
export interface ExternalIdentity {
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
}

/** A manager without groups; `apply` gives it some. */
export function createRuleManager(deps: RuleManagerDeps): RuleManager {
  return new Manager(deps);
}

class Manager implements RuleManager {
  readonly #deps: RuleManagerDeps;
  readonly #archive: AlertArchive;
  #groups = new Map<string, RuleGroup>();
  #identity: ExternalIdentity;
  readonly #stopping = new AbortController();
  #isFirst = true;
  #stopped: GroupStats = { evaluations: 0, failures: 0, missed: 0 };

  constructor(deps: RuleManagerDeps) {
    this.#deps = deps;
    this.#archive = new AlertArchive(deps.state);
    this.#identity = { externalUrl: deps.externalUrl, externalLabels: deps.externalLabels };
  }

  groups(): readonly RuleGroupStatus[] {
    return [...this.#groups.values()].map((group) => group.status());
  }

  stats(): GroupStats {
    return [...this.#groups.values()].map((group) => group.stats).reduce(sum, this.#stopped);
  }

  async apply(configs: readonly RuleGroupConfig[], external: ExternalIdentity = this.#identity): Promise<void> {
    const isSameIdentity = isDeepStrictEqual(external, this.#identity);
    this.#identity = external;
    // The old groups are shown until the new ones are complete.
    const before = new Map(this.#groups);
    const after = new Map<string, RuleGroup>();
    const replaced: RuleGroup[] = [];
    for (const config of sorted(configs)) {
      const key = `${config.file};${config.name}`;
      const old = before.get(key);
      before.delete(key);
      if (old && isSameIdentity && isDeepStrictEqual(old.config, config)) after.set(key, old);
      else {
        after.set(key, await this.#replace(old, config));
        if (old) replaced.push(old);
      }
    }
    this.#groups = after;
    this.#stopped = replaced.map((group) => group.stats).reduce(sum, this.#stopped);
    this.#isFirst = false;
    for (const gone of before.values()) await this.#remove(gone);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#groups.values()].map((group) => group.stop()));
  }

  async #replace(old: RuleGroup | undefined, config: RuleGroupConfig): Promise<RuleGroup> {
    const group = new RuleGroup(config, this.#context());
    if (old) {
      await old.stop();
      group.copyState(old);
    }
    group.start(this.#isFirst);
    return group;
  }

  async #remove(group: RuleGroup): Promise<void> {
    await group.stop();
    this.#stopped = sum(this.#stopped, group.stats);
    group.retire(this.#stopping.signal).catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      this.#deps.logger?.warn({ group: group.config.name, error: messageOf(error) }, 'ending the series of a removed rule group failed');
    });
  }

  #context(): GroupContext {
    const { engine, store, clock, onAlerts, resendDelayMs = 60_000, logger } = this.#deps;
    return { engine, store, clock, onAlerts, resendDelayMs, logger, archive: this.#archive, ...this.#identity };
  }
}

/** By file and then name, as the API lists them; groups of one file keep their order only through their names, as upstream. */
function sorted(configs: readonly RuleGroupConfig[]): RuleGroupConfig[] {
  return [...configs].sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sum(a: GroupStats, b: GroupStats): GroupStats {
  return { evaluations: a.evaluations + b.evaluations, failures: a.failures + b.failures, missed: a.missed + b.missed };
}
