// SLOTracker as the exercise on production observability defines it. Names of answered fields are the exercise's, to the letter.
import type { RatioIndicator, Slo } from '../schema/slo.ts';
import { askPrometheus, type PrometheusAccess, type SloAsk } from './ask.ts';
import { budgetRemaining, burnRate, errorBudget, exhaustionDate, hoursUntilExhausted, isCompliant, successRate } from './budget.ts';
import { durationMs } from './duration.ts';
import { SloError } from './errors.ts';
import { sliExpressions } from './expressions.ts';
import { CURRENT_WINDOW } from './rules.ts';

/** An objective as the exercise has it, and optionally all that `slo()` knows. Without an indicator: requests that answer 5xx fail. */
export type TrackedSlo = Pick<Slo, 'name' | 'target' | 'window'> & Partial<Slo>;

/** What `calculateErrorBudget` answers. */
export interface ErrorBudget {
  readonly slo: TrackedSlo;
  readonly total_requests: number;
  readonly failed_requests: number;
  /** 0 … 1 */
  readonly success_rate: number;
  /** 0 … 1, where 1 = the whole budget; negative when it is overspent. */
  readonly error_budget_remaining: number;
  /** Of the last hour: 1 spends exactly the budget within the window; 0 without requests. */
  readonly burn_rate: number;
}

/** What `getSloDashboardMetrics` answers; shares are percent. */
export interface SloDashboardMetrics {
  readonly slo_target: number;
  readonly current_availability: number;
  readonly error_budget_remaining_percent: number;
  /** `2023-11-15` (UTC); null while nothing burns. */
  readonly estimated_budget_exhaustion_date: string | null;
  readonly burn_rate: number;
  readonly requests_last_30d: number;
  readonly errors_last_30d: number;
}

/** Requests by a counter with the status code in a label. */
export const DEFAULT_INDICATOR: RatioIndicator = {
  type: 'ratio',
  total: { counter: 'http_requests_total' },
  bad: { counter: 'http_requests_total{status=~"5.."}' },
};

/** How the tracker asks, besides the address. */
export interface SloTrackerOptions extends Omit<PrometheusAccess, 'url'> {
  /** The objectives that `getSloDashboardMetrics` knows by name. */
  readonly slos?: readonly TrackedSlo[];
  /** Unix milliseconds of the instant that is asked for; default: now. */
  readonly now?: () => number;
}

/**
 * Tracks objectives and their error budgets by asking a Prometheus HTTP API. Every call throws SloError: `slo.no_data` when there are no
 * requests to calculate with, `slo.query` when the server does not answer.
 */
export class SLOTracker {
  readonly #url: string;
  readonly #options: SloTrackerOptions;

  constructor(prometheusUrl: string, options: SloTrackerOptions = {}) {
    this.#url = prometheusUrl;
    this.#options = options;
  }

  /** Requests of the window, their success rate, what is left of the budget, and how fast it burns. */
  async calculateErrorBudget(slo: TrackedSlo): Promise<ErrorBudget> {
    const ask = this.#ask();
    const [counts, hour] = await Promise.all([countsOf(slo, slo.window, ask), countsOf(slo, CURRENT_WINDOW, ask)]);
    if (!(counts.total > 0)) throw noData(slo);
    return {
      slo,
      total_requests: Math.round(counts.total),
      failed_requests: Math.round(counts.failed),
      success_rate: successRate(counts),
      error_budget_remaining: budgetRemaining(counts, slo.target),
      burn_rate: hour.total > 0 ? burnRate(hour.failed / hour.total, slo.target) : 0,
    };
  }

  /** The figures of an objective's dashboard. `slo.unknown` when no objective has the name. */
  async getSloDashboardMetrics(sloName: string): Promise<SloDashboardMetrics> {
    const slo = this.#options.slos?.find(({ name }) => name === sloName);
    if (!slo) throw unknownSlo(sloName, this.#options.slos ?? []);
    const ask = this.#ask();
    const [budget, month] = await Promise.all([this.calculateErrorBudget(slo), countsOf(slo, '30d', ask)]);
    const hours = hoursUntilExhausted(budget.error_budget_remaining, budget.burn_rate, durationMs(slo.window));
    return {
      slo_target: percent(slo.target),
      current_availability: percent(budget.success_rate),
      error_budget_remaining_percent: percent(budget.error_budget_remaining),
      estimated_budget_exhaustion_date: exhaustionDate(this.#nowMs(), hours) ?? null,
      burn_rate: budget.burn_rate,
      requests_last_30d: Math.round(month.total),
      errors_last_30d: Math.round(month.failed),
    };
  }

  /** Whether the success rate of the window reaches the target. */
  async checkSloCompliance(slo: TrackedSlo): Promise<boolean> {
    const { success_rate } = await this.calculateErrorBudget(slo);
    return isCompliant(success_rate, slo.target);
  }

  #ask(): SloAsk {
    return askPrometheus({ ...this.#options, url: this.#url }, this.#nowMs());
  }

  #nowMs(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

/** Requests and failures of a window, 0 where there are none. Of an indicator that knows only a ratio, the ratio of one event. */
async function countsOf(slo: TrackedSlo, window: string, ask: SloAsk): Promise<{ total: number; failed: number }> {
  const sli = sliExpressions({ service: slo.name, indicator: DEFAULT_INDICATOR, ...slo });
  const total = sli.total(window);
  const failed = sli.failed(window);
  if (total !== undefined && failed !== undefined) {
    const [all = 0, bad = 0] = await Promise.all([ask(total), ask(failed)]);
    return { total: all, failed: bad };
  }
  const ratio = await ask(sli.errorRatio(window));
  return ratio === undefined || Number.isNaN(ratio) ? { total: 0, failed: 0 } : { total: 1, failed: ratio };
}

function noData(slo: TrackedSlo): SloError {
  return new SloError(
    'slo.no_data',
    `${slo.name}: there are no requests in the last ${slo.window}, so that neither success nor a budget of ${errorBudget(slo.target)} can be told; is the service scraped?`,
  );
}

function unknownSlo(name: string, known: readonly TrackedSlo[]): SloError {
  const names = known.map((slo) => slo.name).join(', ');
  return new SloError(
    'slo.unknown',
    `there is no objective "${name}"; ${names === '' ? 'pass some as options.slos' : `known are ${names}`}`,
  );
}

function percent(share: number): number {
  return Number((share * 100).toPrecision(12));
}
