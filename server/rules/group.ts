import type { RuleConfig, RuleGroupConfig } from '../config/rule-groups.ts';
import type { Alert } from '../model/alert.ts';
import { messageOf } from '../model/app-error.ts';
import { type Clock, sleep } from '../model/clock.ts';
import type { MetricStore } from '../storage/store.ts';
import { AlertArchive, type SavedAlerts } from './alert-archive.ts';
import { type AlertingContext, AlertingRule } from './alerting-rule.ts';
import { RecordingRule } from './recording-rule.ts';
import { beginRestore, canResume, endRestore } from './restore.ts';
import type { RuleGroupStatus } from './rule-status.ts';
import { groupOffsetMs, nextSlot, slotBefore } from './schedule.ts';
import { SeriesOutput } from './series-output.ts';
import type { Evaluation } from './vector.ts';

/** Where groups say what went wrong; pino fits. */
export interface RulesLogger {
  warn(details: object, message: string): void;
}

/** What all groups share. */
export interface GroupContext extends AlertingContext {
  readonly store: MetricStore;
  readonly archive: AlertArchive;
  readonly clock: Clock;
  readonly resendDelayMs: number;
  readonly onAlerts: (alerts: Alert[]) => void;
  readonly logger?: RulesLogger | undefined;
}

/** Figures since the start of the group. */
export interface GroupStats {
  readonly evaluations: number;
  readonly failures: number;
  readonly missed: number;
}

type Rule = RecordingRule | AlertingRule;

/** Rules that are evaluated one after the other, at one time, again and again. */
export class RuleGroup {
  readonly config: RuleGroupConfig;
  readonly #context: GroupContext;
  readonly #rules: readonly Rule[];
  readonly #archiveKeys: readonly string[];
  readonly #output: SeriesOutput;
  readonly #stopping = new AbortController();
  #done: Promise<void> = Promise.resolve();
  #lastEvaluationMs = 0;
  #evaluationSeconds = 0;
  #stats = { evaluations: 0, failures: 0, missed: 0 };

  constructor(config: RuleGroupConfig, context: GroupContext) {
    this.config = config;
    this.#context = context;
    this.#rules = config.rules.map((rule) => createRule(withGroupLabels(rule, config.labels), context));
    this.#archiveKeys = archiveKeys(config, this.#rules);
    this.#output = new SeriesOutput(context.store, this.#rules.length);
  }

  get stats(): GroupStats {
    return this.#stats;
  }

  /** Starts the loop; `shouldRestore` reads the alerts of before a restart first. */
  start(shouldRestore: boolean): void {
    this.#done = this.#run(shouldRestore).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#warn(error, 'rule group stopped');
    });
  }

  /** Ends the loop; resolves when the running evaluation is over. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  /** Takes over what the same group knew before a reload; both must be stopped. Series of rules that are gone will be ended. */
  copyState(from: RuleGroup): void {
    this.#lastEvaluationMs = from.#lastEvaluationMs;
    this.#evaluationSeconds = from.#evaluationSeconds;
    const left = new Map<string, number[]>();
    from.#rules.forEach((rule, i) => {
      left.set(identity(rule), [...(left.get(identity(rule)) ?? []), i]);
    });
    this.#rules.forEach((rule, i) => {
      const j = left.get(identity(rule))?.shift();
      const before = j === undefined ? undefined : from.#rules[j];
      if (j === undefined || !before) return;
      this.#output.previous[i] = new Map(from.#output.previous[j]);
      from.#output.previous[j]?.clear();
      rule.health.copyFrom(before.health);
      if (rule.type === 'alerting' && before.type === 'alerting') rule.adopt(before.active);
    });
    from.#output.orphanAll();
    for (const [key, labels] of from.#output.orphans) this.#output.orphans.set(key, labels);
  }

  /**
   * After a group is gone: its alerts are forgotten and its series end. That is written two intervals later but for now, so that
   * it does not touch series that a renamed group goes on with. Rejects when `signal` is aborted meanwhile.
   */
  async retire(signal: AbortSignal): Promise<void> {
    const { clock, archive } = this.#context;
    const endMs = clock.nowMs() - this.config.queryOffsetMs;
    for (const key of this.#archiveKeys) await archive.forget(key);
    this.#output.orphanAll();
    await sleep(clock, 2 * this.config.intervalMs, signal);
    await this.#output.endOrphans(endMs);
  }

  /** Evaluates every rule once for the slot `timeMs`. Never throws: what fails is kept as the rule's health. */
  async evaluate(timeMs: number): Promise<void> {
    const { clock } = this.#context;
    const startedMs = clock.nowMs();
    const { queryOffsetMs, limit } = this.config;
    const evaluation: Evaluation = { timeMs, queryOffsetMs, limit, signal: this.#stopping.signal };
    const writes: Promise<void>[] = [];
    for (const [i, rule] of this.#rules.entries()) {
      if (evaluation.signal.aborted) break;
      const ruleStartedMs = clock.nowMs();
      writes.push(...(await this.#evaluateRule(i, rule, evaluation)));
      rule.health.evaluated(timeMs, (clock.nowMs() - ruleStartedMs) / 1000);
    }
    writes.push(this.#output.endOrphans(timeMs - queryOffsetMs).catch((error: unknown) => this.#warn(error, 'ending series failed')));
    await Promise.all(writes);
    this.#lastEvaluationMs = timeMs;
    this.#evaluationSeconds = (clock.nowMs() - startedMs) / 1000;
  }

  status(): RuleGroupStatus {
    const { name, file, intervalMs, limit } = this.config;
    const rules = this.#rules.map((rule) => rule.status());
    return { name, file, intervalMs, limit, rules, evaluationSeconds: this.#evaluationSeconds, lastEvaluationMs: this.#lastEvaluationMs };
  }

  /** One rule: evaluate, send, write. The writes that are not durable yet are handed back, so that the next rule need not wait. */
  async #evaluateRule(index: number, rule: Rule, evaluation: Evaluation): Promise<Promise<void>[]> {
    const fail = (error: unknown) => {
      if (evaluation.signal.aborted) return;
      this.#stats.failures++;
      rule.health.failed(error);
      this.#warn(error, 'rule evaluation failed', rule);
    };
    const { timeMs, queryOffsetMs } = evaluation;
    this.#stats.evaluations++;
    try {
      const samples = await rule.eval(evaluation);
      if (evaluation.signal.aborted) return [];
      rule.health.succeeded();
      if (rule.type === 'alerting') this.#send(rule, timeMs);
      const writes = [this.#output.write(index, samples, timeMs - queryOffsetMs).catch(fail)];
      if (rule.type === 'alerting') writes.push(this.#save(index, rule, timeMs));
      return writes;
    } catch (error) {
      fail(error);
      return [];
    }
  }

  #send(rule: AlertingRule, timeMs: number): void {
    const alerts = rule.takeUnsent(timeMs, this.config.intervalMs, this.#context.resendDelayMs);
    if (alerts.length > 0) this.#context.onAlerts(alerts);
  }

  async #save(index: number, rule: AlertingRule, timeMs: number): Promise<void> {
    // Not before the restore is over: until then the archive still tells what was.
    if (!rule.isRestored) return;
    try {
      await this.#context.archive.save(this.#archiveKeys[index] as string, rule.active, timeMs);
    } catch (error) {
      this.#warn(error, 'saving the state of alerts failed', rule);
    }
  }

  async #run(shouldRestore: boolean): Promise<void> {
    const { clock } = this.#context;
    const { intervalMs, file, name } = this.config;
    const saved = shouldRestore ? await this.#beginRestore() : undefined;
    const { signal } = this.#stopping;
    let slotMs = slotBefore(clock.nowMs(), intervalMs, groupOffsetMs(file, name, intervalMs)) + intervalMs;
    for (let count = 1; ; count++) {
      await sleep(clock, Math.max(0, slotMs - clock.nowMs()), signal);
      await this.evaluate(slotMs);
      if (signal.aborted) return;
      if (saved && count === 2) await this.#endRestore(saved);
      const next = nextSlot(slotMs, clock.nowMs(), intervalMs);
      this.#stats.missed += next.missed;
      slotMs = next.slotMs;
    }
  }

  async #beginRestore(): Promise<Map<AlertingRule, SavedAlerts | undefined>> {
    const pending = new Map<AlertingRule, SavedAlerts | undefined>();
    for (const [i, rule] of this.#rules.entries()) {
      if (rule.type !== 'alerting') continue;
      const nowMs = this.#context.clock.nowMs();
      const saved = await this.#load(this.#archiveKeys[i] as string, rule);
      beginRestore(rule, saved, nowMs);
      if (!canResume(saved, nowMs)) pending.set(rule, saved);
    }
    return pending;
  }

  async #load(key: string, rule: AlertingRule): Promise<SavedAlerts | undefined> {
    try {
      return await this.#context.archive.load(key);
    } catch (error) {
      this.#warn(error, 'the saved state of alerts cannot be read; they start anew', rule);
      return undefined;
    }
  }

  async #endRestore(pending: ReadonlyMap<AlertingRule, SavedAlerts | undefined>): Promise<void> {
    const { store, clock } = this.#context;
    for (const [rule, saved] of pending) {
      try {
        await endRestore(rule, saved, store, clock.nowMs(), this.#stopping.signal);
      } catch (error) {
        rule.isRestored = true;
        this.#warn(error, 'restoring alerts failed; they start anew', rule);
      }
    }
  }

  #warn(error: unknown, message: string, rule?: Rule): void {
    const { name, file } = this.config;
    this.#context.logger?.warn({ file, group: name, ...(rule ? { rule: rule.name } : {}), error: messageOf(error) }, message);
  }
}

function createRule(config: RuleConfig, context: GroupContext): Rule {
  return config.type === 'recording' ? new RecordingRule(config, context.engine) : new AlertingRule(config, context);
}

function withGroupLabels(rule: RuleConfig, labels: Readonly<Record<string, string>>): RuleConfig {
  return { ...rule, labels: { ...labels, ...rule.labels } };
}

/** Rules of one group that are the same over a reload. */
function identity(rule: Rule): string {
  return JSON.stringify([rule.type, rule.name, Object.entries(rule.config.labels).sort()]);
}

function archiveKeys(config: RuleGroupConfig, rules: readonly Rule[]): string[] {
  const seen = new Map<string, number>();
  return rules.map((rule) => {
    const occurrence = seen.get(identity(rule)) ?? 0;
    seen.set(identity(rule), occurrence + 1);
    return AlertArchive.key(config.file, config.name, rule.name, rule.config.labels, occurrence);
  });
}
