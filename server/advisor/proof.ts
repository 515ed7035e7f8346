// The proof of a piece of advice: every stored query asked of the store as it is and as it would be. Most need not be evaluated: what
// selects other metrics by name cannot see the difference, whatever the data. The others are, by the real engine, and compared bit by bit.
import type { Advice, AdviceProof, ProofChange } from '@alidade/sdk/schema';
import { messageOf } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import { compileMatcher } from '../model/matcher.ts';
import { type Expr, isComparison, isSetOperator, typeOf, unwrap } from '../promql/parse/ast.ts';
import { formatExpr } from '../promql/parse/format.ts';
import { selectorsOf } from '../promql/parse/selectors-of.ts';
import type { QueryEngine, QueryValue } from '../promql/query.ts';
import { formatDays } from './advice/context.ts';
import type { Census } from './census.ts';
import { differenceOf, isEmptyAnswer } from './compare-answers.ts';
import { Pace } from './pace.ts';
import { type Outcome, type Reduction, reduceLives, toRule } from './reduction.ts';
import type { StoredQueries, StoredQuery } from './stored-queries.ts';

const DAY_MS = 86_400_000;
/** Answers are compared over the last hour, at 13 times; the last is a little back, because samples may still be arriving. */
const SPAN_MS = 3_600_000;
const STEP_MS = 300_000;
const SETTLED_MS = 10_000;
const MAX_REPLAYED = 300;
const MAX_SHOWN = 20;
const QUERY_TIMEOUT_MS = 10_000;
const PROOF_TIMEOUT_MS = 30_000;

export interface ProofDeps {
  readonly clock: Clock;
  /** Over the store as it is. */
  readonly engine: QueryEngine;
  /** Over the store as it would be; closed after use. */
  readonly reducedEngine: (reduction: Reduction) => QueryEngine;
  readonly census: Census;
  readonly stored: StoredQueries;
  readonly signal?: AbortSignal | undefined;
}

/** Replays all stored queries. Of several pieces of advice, which must be relabelling, on the data as all of them together leave it. */
export function prove(advice: readonly [Advice, ...Advice[]], deps: ProofDeps): Promise<AdviceProof> {
  const [first, ...others] = advice;
  if (others.length > 0) return new Replay(advice, deps).run();
  if (first.kind === 'stream-label') return Promise.resolve(unproved(first, deps));
  return first.keepDays === undefined ? new Replay(advice, deps).run() : Promise.resolve(proveRetention(first, deps));
}

/** The rules of advice and what they change. */
export function reductionOf(advice: readonly Advice[]): Reduction {
  return {
    rules: advice.flatMap(({ relabel }) => relabel.map(toRule)),
    metrics: new Set(advice.flatMap(({ metrics }) => metrics)),
    labels: new Set(advice.flatMap(({ label }) => label ?? [])),
  };
}

class Replay {
  readonly #advice: readonly Advice[];
  readonly #deps: ProofDeps;
  readonly #reduction: Reduction;
  readonly #changes: ProofChange[] = [];
  readonly #notReplayed: { expr: string; source: string; reason: string }[] = [];
  readonly #toMs: number;
  #replayed = 0;
  #changed = 0;

  constructor(advice: readonly Advice[], deps: ProofDeps) {
    this.#advice = advice;
    this.#deps = deps;
    this.#reduction = reductionOf(advice);
    this.#toMs = Math.floor((deps.clock.nowMs() - SETTLED_MS) / 1_000) * 1_000;
  }

  async run(): Promise<AdviceProof> {
    const { stored, clock, reducedEngine } = this.#deps;
    const outcome = await this.#merges();
    const touched = stored.queries.filter((query) => canSee(query, this.#reduction.metrics));
    for (const { expr, source, reason } of stored.unreadable) this.#skip(expr, source, `cannot be parsed: ${reason}`);
    const engine = reducedEngine(this.#reduction);
    const untilMs = clock.nowMs() + PROOF_TIMEOUT_MS;
    try {
      for (const [i, query] of touched.entries()) {
        this.#deps.signal?.throwIfAborted();
        if (i >= MAX_REPLAYED || clock.nowMs() > untilMs) this.#skip(query.expr, query.source, 'the time for replaying was over');
        else await this.#compare(query, engine);
      }
    } finally {
      await engine.close();
    }
    return this.#result(touched.length, outcome);
  }

  /** Whether series become one that live at the same time. */
  async #merges(): Promise<Outcome> {
    const pace = new Pace(this.#deps.signal);
    let all: Outcome = { series: 0, merged: 0 };
    for (const metric of this.#deps.census.metrics) {
      if (!this.#reduction.metrics.has(metric.name)) continue;
      const outcome = await reduceLives(metric.lives, this.#reduction.rules, pace);
      all = { series: all.series + outcome.series, merged: all.merged + outcome.merged, example: all.example ?? outcome.example };
    }
    return all;
  }

  async #compare(query: StoredQuery, reduced: QueryEngine): Promise<void> {
    try {
      const { difference, isEmpty } = await this.#difference(query.expr, query.parsed, reduced);
      if (difference === undefined && isEmpty) return this.#skip(query.expr, query.source, 'it has no answer now that could be compared');
      this.#replayed++;
      if (difference === undefined) return;
      this.#changed++;
      if (this.#changes.length < MAX_SHOWN) this.#changes.push({ expr: query.expr, source: query.source, difference });
    } catch (error) {
      this.#deps.signal?.throwIfAborted();
      this.#skip(query.expr, query.source, messageOf(error));
    }
  }

  /** What differs first between the answers, and whether there are none. An alert that does not fire is compared by what it compares. */
  async #difference(expr: string, parsed: Expr, reduced: QueryEngine): Promise<{ difference: string | undefined; isEmpty: boolean }> {
    const { engine } = this.#deps;
    const before = await this.#answer(engine, expr, parsed);
    const after = await this.#answer(reduced, expr, parsed);
    const pace = new Pace(this.#deps.signal);
    let difference = await differenceOf(before, after, pace);
    // Something may have arrived in between: what is certain differs from an answer that stays.
    if (difference !== undefined) difference = await differenceOf(await this.#answer(engine, expr, parsed), after, pace);
    let isEmpty = isEmptyAnswer(before);
    if (difference !== undefined || !isEmpty) return { difference, isEmpty };
    for (const operand of operandsOf(parsed)) {
      const inner = await this.#difference(formatExpr(operand), operand, reduced);
      if (inner.difference !== undefined) return inner;
      isEmpty &&= inner.isEmpty;
    }
    return { difference, isEmpty };
  }

  async #answer(engine: QueryEngine, expr: string, parsed: Expr): Promise<QueryValue> {
    const common = { expr, timeoutMs: QUERY_TIMEOUT_MS, signal: this.#deps.signal, noCache: true };
    const type = typeOf(parsed);
    if (type === 'vector' || type === 'scalar')
      return (await engine.range({ ...common, startMs: this.#toMs - SPAN_MS, endMs: this.#toMs, stepMs: STEP_MS })).value;
    return (await engine.instant({ ...common, timeMs: this.#toMs })).value;
  }

  #skip(expr: string, source: string, reason: string): void {
    this.#notReplayed.push({ expr, source, reason });
  }

  #result(touched: number, { merged, example }: Outcome): AdviceProof {
    const queries = this.#deps.stored.queries.length + this.#deps.stored.unreadable.length;
    const verdict = merged > 0 ? 'merges' : this.#changed > 0 ? 'changes' : this.#notReplayed.length > 0 ? 'incomplete' : 'same';
    const untouched = this.#deps.stored.queries.length - touched;
    const summary = {
      merges: `${merged} series would become one with others that live at the same time: samples would be lost. Aggregate instead.`,
      changes: `${this.#changed} of ${queries} stored queries would answer something else.`,
      incomplete: `No answer that was compared changes; ${this.#notReplayed.length} of ${queries} stored queries could not be compared.`,
      same: `All ${queries} stored queries give the same answers: ${untouched} select nothing that changes, ${this.#replayed} were evaluated on both and compared.`,
    }[verdict];
    return {
      id: this.#advice.map(({ id }) => id).join(' '),
      verdict,
      summary,
      queries,
      untouched,
      replayed: this.#replayed,
      changed: this.#changed,
      changes: this.#changes,
      notReplayed: this.#notReplayed.slice(0, MAX_SHOWN),
      merged: example?.map(String),
      fromMs: this.#toMs - SPAN_MS,
      toMs: this.#toMs,
    };
  }
}

/** What a filter compares, constants aside; nothing for other expressions. */
function operandsOf(expr: Expr): Expr[] {
  const inner = unwrap(expr);
  if (inner.kind !== 'binary' || inner.returnBool || !(isComparison(inner.op) || isSetOperator(inner.op))) return [];
  return [inner.lhs, inner.rhs].filter((operand) => selectorsOf(operand).length > 0);
}

/** Whether a selector of the query may find a series that changes, by the names of metrics alone. */
function canSee({ selectors }: StoredQuery, metrics: ReadonlySet<string>): boolean {
  return selectors.some(({ matchers }) => {
    const ofName = matchers.filter(({ name }) => name === '__name__');
    const exact = ofName.find(({ type }) => type === '=');
    if (exact) return metrics.has(exact.value);
    const tests = ofName.map(compileMatcher);
    for (const metric of metrics) if (tests.every((test) => test(metric))) return true;
    return false;
  });
}

/** Samples of the last days stay as they are, so only what looks further back can tell. */
function proveRetention(advice: Advice, { stored, census, clock }: ProofDeps): AdviceProof {
  const keepMs = (advice.keepDays ?? 0) * DAY_MS;
  const metrics = new Set(advice.metrics);
  const touched = stored.queries.filter((query) => canSee(query, metrics));
  const changed = touched.filter(({ backMs }) => backMs > keepMs);
  const queries = stored.queries.length + stored.unreadable.length;
  const changes = changed.slice(0, MAX_SHOWN).map(({ expr, source, backMs }) => ({
    expr,
    source,
    difference: `looks ${formatDays(backMs / DAY_MS)} back, and samples would be kept for ${formatDays(keepMs / DAY_MS)}`,
  }));
  const notReplayed = stored.unreadable.map(({ expr, source, reason }) => ({ expr, source, reason: `cannot be parsed: ${reason}` }));
  const verdict = changed.length > 0 ? 'changes' : notReplayed.length > 0 ? 'incomplete' : 'same';
  const summary = {
    changes: `${changed.length} of ${queries} stored queries look further back than ${formatDays(keepMs / DAY_MS)}.`,
    incomplete: `No stored query that can be parsed looks further back than ${formatDays(keepMs / DAY_MS)}; ${notReplayed.length} cannot be.`,
    same: `All ${queries} stored queries give the same answers: none looks further back than ${formatDays(keepMs / DAY_MS)}.`,
  }[verdict];
  const untouched = stored.queries.length - touched.length;
  return {
    id: advice.id,
    verdict,
    summary,
    queries,
    untouched,
    replayed: 0,
    changed: changed.length,
    changes,
    notReplayed: notReplayed.slice(0, MAX_SHOWN),
    fromMs: census.oldestMs === Number.POSITIVE_INFINITY ? clock.nowMs() : census.oldestMs,
    toMs: clock.nowMs(),
  };
}

function unproved({ id }: Advice, { clock }: ProofDeps): AdviceProof {
  const nowMs = clock.nowMs();
  const none = { queries: 0, untouched: 0, replayed: 0, changed: 0, changes: [], notReplayed: [], fromMs: nowMs, toMs: nowMs };
  return { id, verdict: 'incomplete', summary: 'Queries of logs are not stored, so none was replayed.', ...none };
}
