import { availableParallelism } from 'node:os';
import { isAppError } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import { type LanguageFeatures, NO_FEATURES } from '../../model/language-features.ts';
import type { MetricStore } from '../../storage/store.ts';
import { Gate } from '../../workers/gate.ts';
import { loadWorkerCode, type WorkerCode } from '../../workers/worker-code.ts';
import { promqlError } from '../errors.ts';
import { type Expr, typeOf } from '../parse/ast.ts';
import { parseExpr, parseQuery } from '../parse/parse.ts';
import { querySteps, selectorNeeds } from '../plan/plan.ts';
import type { EncodedResult, InstantQuery, Matrix, QueryEngine, QueryOptions, QueryResult, QueryValue, RangeQuery } from '../query.ts';
import type { Busy } from '../warm-up.ts';
import { shorten } from './annotations.ts';
import { runCached } from './cached-run.ts';
import { newPartMemory, type QueryRun } from './evaluation.ts';
import { endOf, type Grid, gridOf } from './grid.ts';
import { Interrupt } from './interrupt.ts';
import type { Outcome } from './job.ts';
import { WorkerPool } from './pool.ts';
import { QueryCost } from './query-cost.ts';
import { runQuery } from './query-run.ts';
import type { ResultCache } from './result-cache.ts';
import { checkSeriesLimit } from './series-limit.ts';
import { SharedReductions } from './shared-reductions.ts';
import { QueryTexts, TextMemory } from './text-memory.ts';

/** What an engine works on, and its limits. */
export interface QueryEngineDeps {
  readonly store: MetricStore;
  readonly clock: Clock;
  /** Worker threads; 0 evaluates everything on the calling thread. Default: the processors less one, from 1 to 4. */
  readonly workers?: number | undefined;
  /** Samples read, or computed at once, by one query. Default 50,000,000. */
  readonly maxSamples?: number | undefined;
  /** Series that the selectors of one query may find; 0, the default, is no limit. */
  readonly maxSeries?: number | undefined;
  /** Default two minutes. */
  readonly timeoutMs?: number | undefined;
  /** Heavy queries at a time; ten times as many may wait. Default 20. */
  readonly maxConcurrency?: number | undefined;
  /** How old a sample an instant selector may take. Default five minutes. */
  readonly lookbackMs?: number | undefined;
  /** The resolution of subqueries that name none (Prometheus: the evaluation interval). Default one minute. */
  readonly subqueryStepMs?: number | undefined;
  /** What upstream keeps behind feature flags. Default: nothing. */
  readonly features?: LanguageFeatures | undefined;
  /** Where results of range queries are kept. Default: nowhere. */
  readonly cache?: ResultCache | undefined;
  /** The file with the code of a worker thread. Default: `promql-worker.js` beside the bundle, or built from the sources. */
  readonly workerUrl?: URL | undefined;
}

const DEFAULT_MAX_SAMPLES = 50_000_000;
const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_CONCURRENCY = 20;
const DEFAULT_LOOKBACK_MS = 300_000;
const DEFAULT_SUBQUERY_STEP_MS = 60_000;
/** Instant queries over no more time than this do not wait for heavy ones … */
const LIGHT_SPAN_MS = 15 * 60_000;
/** … unless they turn out to need more than this: a thousand of them at once must fit into memory. */
const LIGHT_SAMPLES = 50_000;
const LIGHT_SERIES = 20_000;

/** A query engine over `store`. Close it to end its threads. */
export function createQueryEngine(deps: QueryEngineDeps): QueryEngine & Busy {
  return new Engine(deps);
}

/** What ends a query before its time. */
interface Guard {
  readonly interrupt: Interrupt;
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
}

/** `release` is to be called when nobody looks at its text any more. */
interface Finished extends Outcome {
  readonly release: () => void;
}

class Engine implements QueryEngine, Busy {
  #asked = 0;
  readonly #deps: QueryEngineDeps;
  readonly #gate: Gate;
  readonly #pool: WorkerPool | undefined;
  readonly #memory = newPartMemory();
  readonly #texts = new TextMemory();
  readonly #reductions = new SharedReductions((memory, isFree) => this.#memory.giveBack(memory, isFree));

  constructor(deps: QueryEngineDeps) {
    this.#deps = deps;
    const { workers = Math.min(4, Math.max(1, availableParallelism() - 1)), maxConcurrency = DEFAULT_CONCURRENCY, clock, workerUrl } = deps;
    this.#gate = new Gate(maxConcurrency, 10 * maxConcurrency, (message) => promqlError('promql.overloaded', message));
    const loadCode = async (): Promise<WorkerCode> =>
      workerUrl ? { url: workerUrl } : loadWorkerCode(import.meta.url, './promql-worker.js', '../worker.ts');
    this.#pool = workers > 0 ? new WorkerPool({ size: workers, clock, loadCode }) : undefined;
  }

  async instant(query: InstantQuery): Promise<QueryResult> {
    return resultOf(await this.#instant(query, 'value'));
  }

  async range(query: RangeQuery): Promise<QueryResult<Matrix>> {
    return resultOf(await this.#range(query, 'value')) as QueryResult<Matrix>;
  }

  async instantJson(query: InstantQuery): Promise<EncodedResult> {
    const cost = query.stats ? new QueryCost(instantGrid(query)) : undefined;
    return this.#encodedOf(await this.#instant(query, 'json', cost), cost);
  }

  async rangeJson(query: RangeQuery): Promise<EncodedResult> {
    const cost = query.stats && query.endMs >= query.startMs ? new QueryCost(gridOf(query.startMs, query.endMs, query.stepMs)) : undefined;
    return this.#encodedOf(await this.#range(query, 'json', cost), cost);
  }

  get isBusy(): boolean {
    return this.#asked > 0;
  }

  check(expr: string): 'vector' | 'matrix' | 'scalar' | 'string' {
    return typeOf(parseExpr(expr, this.#deps.features));
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  #encodedOf({ json = [], warnings, infos, release }: Finished, cost: QueryCost | undefined): EncodedResult {
    return { dataJson: json, release, ...annotationsOf(warnings, infos), stats: cost?.stats() };
  }

  #instant(query: InstantQuery, output: 'value' | 'json', cost?: QueryCost): Promise<Finished> {
    return this.#run('instant', query, instantGrid(query), query.timeMs, output, cost);
  }

  async #range(query: RangeQuery, output: 'value' | 'json', cost?: QueryCost): Promise<Finished> {
    if (query.endMs < query.startMs) throw promqlError('promql.execution', 'end timestamp must not be before start time');
    return this.#run('range', query, gridOf(query.startMs, query.endMs, query.stepMs), query.endMs, output, cost);
  }

  async #run(
    kind: 'instant' | 'range',
    query: QueryOptions & { readonly expr: string },
    grid: Grid,
    queryEndMs: number,
    output: 'value' | 'json',
    cost: QueryCost | undefined,
  ): Promise<Finished> {
    const { store, cache, maxSamples = DEFAULT_MAX_SAMPLES, maxSeries = 0, features = NO_FEATURES } = this.#deps;
    const options = {
      queryStartMs: grid.startMs,
      queryEndMs,
      queryStepMs: kind === 'instant' ? 0 : grid.stepMs,
      lookbackMs: query.lookbackMs ?? this.#deps.lookbackMs ?? DEFAULT_LOOKBACK_MS,
      subqueryStepMs: this.#deps.subqueryStepMs ?? DEFAULT_SUBQUERY_STEP_MS,
    };
    const expr = parseQuery(query.expr, features, querySteps(options));
    if (kind === 'range') checkRangeType(expr);
    const needs = selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options);
    const isLight = kind === 'instant' && needs.every(({ startMs, endMs }) => endMs - startMs <= LIGHT_SPAN_MS);
    const run = { kind, query: query.expr, expr, grid, options, output, maxSamples, features, isUrgent: isLight };
    const texts = new QueryTexts(this.#texts);
    const work = async (run: QueryRun, { interrupt, signal, remainingMs }: Guard) => {
      cost?.begin();
      if (maxSeries > 0) await checkSeriesLimit(needs, { store, maxSeries, signal, timeoutMs: remainingMs() });
      const sharing = { reductions: this.#reductions, version: () => store.changes.version, note: ignore };
      const own = { pool: this.#pool, memory: this.#memory, texts, isAlone: () => this.#asked === 1 };
      const runDeps = { store, ...own, interrupt, signal, remainingMs, cost, sharing };
      // What a query costs is told of the whole of it.
      return kind === 'range' && cache && !cost && !query.noCache ? runCached(run, runDeps, cache) : runQuery(run, runDeps);
    };
    const release = () => texts.end();
    try {
      const outcome = await this.#guarded(query, (guard) =>
        isLight ? this.#runLight(run, guard, work) : this.#inTurn(guard, () => work(run, guard)),
      );
      return { ...outcome, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Runs at once what looks light; should it be heavy after all, again, when it is its turn. */
  async #runLight(run: QueryRun, guard: Guard, work: (run: QueryRun, guard: Guard) => Promise<Outcome>): Promise<Outcome> {
    if (run.maxSamples <= LIGHT_SAMPLES) return work(run, guard);
    try {
      return await work({ ...run, maxSamples: LIGHT_SAMPLES, maxMatched: LIGHT_SERIES }, guard);
    } catch (error) {
      if (!isAppError(error, 'promql.too_many_samples')) throw error;
    }
    return this.#inTurn(guard, () => work({ ...run, isUrgent: false }, guard));
  }

  /** Runs `work` inside the limit on time, stopped when the caller goes away. */
  async #guarded(
    { signal, timeoutMs = this.#deps.timeoutMs ?? DEFAULT_TIMEOUT_MS }: QueryOptions,
    work: (guard: Guard) => Promise<Outcome>,
  ): Promise<Outcome> {
    const { clock } = this.#deps;
    const interrupt = new Interrupt();
    const abort = new AbortController();
    const stop = (reason: 'cancelled' | 'timeout') => {
      interrupt.stop(reason);
      this.#pool?.abandon(interrupt);
      abort.abort(interrupt.reason());
    };
    const onAbort = () => stop('cancelled');
    const deadlineMs = clock.nowMs() + timeoutMs;
    const timer = clock.after(timeoutMs, () => stop('timeout'));
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    this.#asked++;
    try {
      return await work({ interrupt, signal: abort.signal, remainingMs: () => deadlineMs - clock.nowMs() });
    } finally {
      this.#asked--;
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Runs `work` when no more than the limit of others run. */
  async #inTurn({ signal }: Guard, work: () => Promise<Outcome>): Promise<Outcome> {
    await this.#gate.enter(signal).catch((error: unknown) => {
      throw isAppError(error, 'promql.timeout') ? promqlError('promql.timeout', 'query timed out in query queue') : error;
    });
    try {
      return await work();
    } finally {
      this.#gate.leave();
    }
  }
}

function ignore(): void {
  // Nobody wants to know.
}

function instantGrid({ timeMs }: InstantQuery): Grid {
  return { startMs: timeMs, stepMs: 0, steps: 1 };
}

const RANGE_TYPE_NAMES = { matrix: 'range vector', string: 'string' } as const;

function checkRangeType(expr: Expr): void {
  const type = typeOf(expr);
  if (type === 'matrix' || type === 'string')
    throw promqlError(
      'promql.type',
      `invalid expression type "${RANGE_TYPE_NAMES[type]}" for range query, must be Scalar or instant Vector`,
    );
}

function resultOf({ value, warnings, infos }: Outcome): QueryResult {
  return { value: value as QueryValue, ...annotationsOf(warnings, infos) };
}

function annotationsOf(warnings: readonly string[], infos: readonly string[]): { warnings: string[]; infos: string[] } {
  return { warnings: shorten(warnings, 'warning'), infos: shorten(infos, 'info') };
}
