// The advisor: counts, judges, proves. One analysis at a time; what it found is kept for a minute, so that proofs and details are about the
// same as the list beside them.
import type { Advice, AdviceProof, AdviceReport, DashboardAnswer, MetricDetail, RelabelEntry } from '@alidade/sdk/schema';
import type { RuleGroupConfig } from '../config/rule-groups.ts';
import type { Clock } from '../model/clock.ts';
import type { LanguageFeatures } from '../model/language-features.ts';
import { createQueryEngine } from '../promql/engine/query-engine.ts';
import type { QueryEngine } from '../promql/query.ts';
import type { Store } from '../storage/store.ts';
import { startStopwatch } from '../telemetry/stopwatch.ts';
import type { AdviceContext } from './advice/context.ts';
import { adviseExploding } from './advice/exploding-labels.ts';
import { adviseRetention } from './advice/retention-advice.ts';
import { adviseStreams } from './advice/stream-labels.ts';
import { adviseUnread } from './advice/unread-metrics.ts';
import { takeCensus } from './census.ts';
import { Costs, type Prices } from './costs.ts';
import { advisorError } from './errors.ts';
import { labelsOfMetric } from './label-counts.ts';
import { readsLabel } from './label-reads.ts';
import { measureLogs } from './log-usage.ts';
import { Pace } from './pace.ts';
import { prove } from './proof.ts';
import type { QueryLog } from './query-log.ts';
import { ReducedStore } from './reduced-store.ts';
import type { Reduction } from './reduction.ts';
import { reportOf } from './report.ts';
import { collectQueries, type StoredQueries } from './stored-queries.ts';
import { type MetricReaders, Usage } from './usage.ts';

const DAY_MS = 86_400_000;
const KEEP_MS = 60_000;
const MAX_READERS = 100;
/** Of one query over the reduced data. */
const MAX_PROOF_SAMPLES = 5_000_000;

/** What of the configuration matters, as it is now. */
export interface AdvisorSettings {
  readonly prices: Prices;
  readonly retention: { readonly metricsMs: number; readonly logsMs: number };
  readonly ruleGroups: readonly RuleGroupConfig[];
  readonly scrapedJobs: readonly string[];
  readonly hasRemoteWrite: boolean;
  readonly lookbackMs: number;
  readonly features: LanguageFeatures;
  /** The relabelling that was applied, and where it is or would be written. */
  readonly applied: { readonly file: string; readonly relabel: readonly RelabelEntry[] } | undefined;
  readonly applyFile: string | undefined;
}

export interface AdvisorDeps {
  readonly store: Store;
  readonly engine: QueryEngine;
  readonly clock: Clock;
  readonly log: QueryLog;
  readonly dashboards: () => readonly DashboardAnswer[];
  readonly settings: () => AdvisorSettings;
  /** Worker threads of proofs; default 1. */
  readonly workers?: number | undefined;
}

interface Analysis {
  readonly report: AdviceReport;
  readonly context: AdviceContext;
  readonly stored: StoredQueries;
  readonly advice: ReadonlyMap<string, Advice>;
}

/** Answers what to keep and what to drop. */
export class Advisor {
  readonly #deps: AdvisorDeps;
  #kept: { readonly days: number; readonly untilMs: number; readonly analysis: Promise<Analysis> } | undefined;
  #proving: Promise<unknown> = Promise.resolve();

  constructor(deps: AdvisorDeps) {
    this.#deps = deps;
  }

  /** Everything that was counted, and what follows from it, by the queries of the last `days` days. */
  async report(days: number): Promise<AdviceReport> {
    return (await this.#analysis(days)).report;
  }

  /**
   * The proof of one piece of advice of the report for as many days, or of several that relabel, all in force at once: labels that can each be
   * dropped need not be droppable together. Throws `advisor.unknown_advice`, `advisor.not_together`.
   */
  async prove(ids: string | readonly string[], days: number, signal?: AbortSignal): Promise<AdviceProof> {
    const analysis = await this.#analysis(days);
    const advice = [ids].flat().map((id) => {
      const found = analysis.advice.get(id);
      if (!found) throw advisorError('advisor.unknown_advice', `there is no advice "${id}" now; ask for the list again`);
      return found;
    });
    const other = advice.find(({ relabel }) => relabel.length === 0);
    if (other && advice.length > 1) throw advisorError('advisor.not_together', `${other.id} does not relabel; ask for its proof alone`);
    // One after the other: each may read and evaluate a lot.
    const proof = this.#proving.then(() => this.#proveNow(advice, analysis, signal));
    this.#proving = proof.catch(() => undefined);
    return proof;
  }

  /** One metric in depth. Throws `advisor.unknown_metric`. */
  async metric(name: string, days: number): Promise<MetricDetail> {
    const { context } = await this.#analysis(days);
    const metric = context.census.metrics.find((one) => one.name === name);
    if (!metric) throw advisorError('advisor.unknown_metric', `there is no series of a metric "${name}"`);
    const { queries, reads } = context.readersOf(name);
    const labels = await labelsOfMetric(metric.lives, new Pace());
    return {
      name,
      series: metric.lives.length,
      labels: labels.map((label) => ({ ...label, isRead: readsLabel(reads, label.name) && queries.length > 0 })),
      readers: queries.slice(0, MAX_READERS).map(({ expr, source, backMs }) => ({ expr, source, daysBack: backMs / DAY_MS })),
      readerCount: queries.length,
    };
  }

  #proveNow(advice: readonly Advice[], { context, stored }: Analysis, signal: AbortSignal | undefined): Promise<AdviceProof> {
    signal?.throwIfAborted();
    const { clock, engine } = this.#deps;
    const [first, ...others] = advice;
    if (!first) throw advisorError('advisor.unknown_advice', 'no advice is named');
    return prove([first, ...others], {
      clock,
      engine,
      census: context.census,
      stored,
      signal,
      reducedEngine: (reduction) => this.#reducedEngine(reduction),
    });
  }

  #reducedEngine(reduction: Reduction): QueryEngine {
    const { store, clock, workers = 1, settings } = this.#deps;
    const { lookbackMs, features } = settings();
    return createQueryEngine({
      store: new ReducedStore(store.metrics, reduction),
      clock,
      workers,
      maxSamples: MAX_PROOF_SAMPLES,
      lookbackMs,
      features,
    });
  }

  #analysis(days: number): Promise<Analysis> {
    const nowMs = this.#deps.clock.nowMs();
    if (this.#kept && this.#kept.days === days && nowMs < this.#kept.untilMs) return this.#kept.analysis;
    const before = this.#kept?.analysis.catch(() => undefined) ?? Promise.resolve();
    const analysis = before.then(() => this.#analyse(days));
    const kept = { days, untilMs: nowMs + KEEP_MS, analysis };
    this.#kept = kept;
    // It holds something of every series.
    const forget = () => {
      if (this.#kept === kept) this.#kept = undefined;
    };
    analysis.then(() => this.#deps.clock.after(KEEP_MS, forget), forget);
    return analysis;
  }

  async #analyse(days: number): Promise<Analysis> {
    const elapsed = startStopwatch();
    const { store, clock, log, dashboards } = this.#deps;
    const settings = this.#deps.settings();
    const nowMs = clock.nowMs();
    const sinceMs = nowMs - days * DAY_MS;
    const { ruleGroups, features, applied, applyFile } = settings;
    const stored = await collectQueries({ asked: await log.queries(sinceMs), ruleGroups, dashboards: dashboards(), features });
    const usage = new Usage(stored);
    const readers = new Map<string, MetricReaders>();
    const readersOf = (metric: string) => {
      let found = readers.get(metric);
      if (!found) {
        found = usage.of(metric);
        readers.set(metric, found);
      }
      return found;
    };
    const context: AdviceContext = {
      census: await takeCensus(store.metrics, { nowMs, sinceMs, lookbackMs: settings.lookbackMs }),
      logs: await measureLogs(store.logs, nowMs),
      costs: new Costs(settings.prices, settings.retention, await store.sizes({})),
      readersOf,
      recorded: new Set(ruleGroups.flatMap(({ rules }) => rules.flatMap((rule) => (rule.type === 'recording' ? [rule.record] : [])))),
      scrapedJobs: new Set(settings.scrapedJobs),
      hasRemoteWrite: settings.hasRemoteWrite,
      days,
      daysKnown: Math.min(days, (nowMs - log.sinceMs) / DAY_MS),
      pace: new Pace(),
    };
    // Each is a test by every pattern that somebody asked for: in turns.
    for (const { name } of context.census.metrics) {
      await context.pace.rest();
      readersOf(name);
    }
    const advice = await adviseAll(context);
    const frame = { tookMs: elapsed() * 1_000, queriesSinceMs: log.sinceMs, stored, applied, applyFile };
    return { report: reportOf(context, advice, frame), context, stored, advice: new Map(advice.map((one) => [one.id, one])) };
  }
}

/** All advice: what saves the most money first, then bytes, then series. */
async function adviseAll(context: AdviceContext): Promise<Advice[]> {
  const all = [
    ...adviseUnread(context),
    ...(await adviseExploding(context)),
    ...adviseRetention(context),
    ...(await adviseStreams(context)),
  ];
  return all.sort((a, b) => b.saves.monthlyCost - a.saves.monthlyCost || b.saves.bytes - a.saves.bytes || b.saves.series - a.saves.series);
}
