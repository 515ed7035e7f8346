// What is known of an objective at an instant, from its service's own metrics (not from recorded series: it is true from the first minute).
import type { Slo, SloBurnConditionStatus, SloBurnRate, SloState, SloStatus } from '../schema/slo.ts';
import type { SloAsk } from './ask.ts';
import { budgetRemaining, burnRate, errorBudget, hoursUntilExhausted, isCompliant } from './budget.ts';
import { burnConditions } from './burn-conditions.ts';
import { durationMs } from './duration.ts';
import { type SliExpressions, sliExpressions } from './expressions.ts';
import { CURRENT_WINDOW, conditionThreshold, recordedWindows } from './rules.ts';

/** Computes an objective's state at `timeMs`, the instant that `ask` asks for. Throws what `ask` throws. */
export async function sloStatus(slo: Slo, ask: SloAsk, at: { readonly timeMs: number; readonly file?: string }): Promise<SloStatus> {
  const sli = sliExpressions(slo);
  const [presence, whole, ratios] = await Promise.all([ask(`count(${sli.presence})`), askWindow(slo, sli, ask), askRatios(slo, sli, ask)]);
  const burnRates = [...ratios].map(([window, { ratio }]) => ({
    window,
    rate: ratio === undefined ? null : burnRate(ratio, slo.target),
  }));
  const conditions = burnConditions(slo.window).map((condition): SloBurnConditionStatus => {
    const threshold = conditionThreshold(slo, condition.factor);
    const long = ratios.get(condition.longWindow);
    const burns = [long, ratios.get(condition.shortWindow)].every((asked) => (asked?.ratio ?? 0) > threshold);
    return { ...condition, isBurning: burns && (long?.events ?? Number.POSITIVE_INFINITY) >= (slo.minEvents ?? 0) };
  });
  const { total, failed, ratio } = whole;
  const remaining = remainingOf(slo, whole);
  const current = burnRates.find(({ window }) => window === CURRENT_WINDOW)?.rate ?? undefined;
  const hours = remaining === undefined ? undefined : hoursUntilExhausted(remaining, current ?? 0, durationMs(slo.window));
  const facts: Facts = { presence: presence !== undefined, total, ratio, remaining, hours, conditions };
  const state = stateOf(slo, facts);
  return {
    slo,
    file: at.file ?? '',
    timeMs: at.timeMs,
    state,
    reason: reasonOf(slo, state, facts),
    successRate: ratio === undefined ? null : 1 - ratio,
    total: total ?? null,
    failed: failed ?? null,
    budgetRemaining: remaining ?? null,
    isCompliant: ratio === undefined ? null : isCompliant(1 - ratio, slo.target),
    burnRates,
    conditions,
    exhaustedInHours: hours ?? null,
  };
}

/** An objective of which nothing is known because it could not be asked; `reason` says why. */
export function unaskedStatus(slo: Slo, reason: string, at: { readonly timeMs: number; readonly file?: string }): SloStatus {
  return {
    slo,
    file: at.file ?? '',
    timeMs: at.timeMs,
    state: 'no-data',
    reason: `it cannot be judged: ${reason}`,
    successRate: null,
    total: null,
    failed: null,
    budgetRemaining: null,
    isCompliant: null,
    burnRates: recordedWindows(slo).map((window) => ({ window, rate: null })),
    conditions: burnConditions(slo.window).map((condition) => ({ ...condition, isBurning: false })),
    exhaustedInHours: null,
  };
}

interface Window {
  readonly total: number | undefined;
  readonly failed: number | undefined;
  /** Failed share; undefined without events. */
  readonly ratio: number | undefined;
}

async function askWindow(slo: Slo, sli: SliExpressions, ask: SloAsk): Promise<Window> {
  const askTotal = sli.total(slo.window);
  const askFailed = sli.failed(slo.window);
  if (askTotal === undefined || askFailed === undefined) {
    return { total: undefined, failed: undefined, ratio: finite(await ask(sli.errorRatio(slo.window))) };
  }
  const [total, failed] = (await Promise.all([ask(askTotal), ask(askFailed)])).map(finite);
  const ratio = total === undefined || failed === undefined || total <= 0 ? undefined : failed / total;
  return { total, failed, ratio };
}

function remainingOf({ target }: Slo, { total, failed, ratio }: Window): number | undefined {
  if (total !== undefined && failed !== undefined && total > 0) return budgetRemaining({ total, failed }, target);
  return ratio === undefined ? undefined : 1 - ratio / errorBudget(target);
}

interface Recent {
  readonly ratio: number | undefined;
  /** Asked only where a minimum holds. */
  readonly events: number | undefined;
}

async function askRatios(slo: Slo, sli: SliExpressions, ask: SloAsk): Promise<Map<string, Recent>> {
  const isGuarded = (slo.minEvents ?? 0) > 0 && slo.indicator.type !== 'time-slice';
  const longWindows = new Set(burnConditions(slo.window).map(({ longWindow }) => longWindow));
  const entries = recordedWindows(slo).map(async (window): Promise<[string, Recent]> => {
    const count = isGuarded && longWindows.has(window) ? sli.total(window) : undefined;
    const [ratio, events] = await Promise.all([ask(sli.errorRatio(window)), count === undefined ? undefined : ask(count)]);
    // No events at all are fewer than any minimum.
    return [window, { ratio: finite(ratio), events: count === undefined ? undefined : (finite(events) ?? 0) }];
  });
  return new Map(await Promise.all(entries));
}

function finite(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

interface Facts {
  readonly presence: boolean;
  readonly total: number | undefined;
  readonly ratio: number | undefined;
  readonly remaining: number | undefined;
  readonly hours: number | undefined;
  readonly conditions: readonly SloBurnConditionStatus[];
}

function stateOf({ minEvents = 0, indicator }: Slo, { presence, total, ratio, remaining, conditions }: Facts): SloState {
  if (!presence) return 'no-data';
  const least = indicator.type === 'time-slice' ? 1 : Math.max(1, minEvents);
  if (ratio === undefined || (total !== undefined && total < least)) return 'low-traffic';
  if (remaining !== undefined && remaining <= 0) return 'exhausted';
  return conditions.some(({ isBurning }) => isBurning) ? 'burning' : 'ok';
}

function reasonOf(slo: Slo, state: SloState, { total, remaining, hours, conditions }: Facts): string {
  const left = remaining === undefined ? '' : `${percent(remaining)} of the budget is left`;
  const gone = hours === undefined ? '' : `gone in ${hoursText(hours)} at the burn rate of the last hour`;
  switch (state) {
    case 'no-data':
      return `nothing that it measures has arrived in the last 10 minutes${left === '' ? '' : `; ${left}, as far as is known`}`;
    case 'low-traffic':
      return total === undefined || total < 1
        ? `no events in ${slo.window}`
        : `${Math.round(total)} events in ${slo.window}, fewer than the ${slo.minEvents} that prove something`;
    case 'exhausted':
      return (remaining ?? 0) < 0
        ? `the budget of ${slo.window} is overspent by ${percent(-(remaining ?? 0))}`
        : `the budget of ${slo.window} is spent`;
    case 'burning': {
      const worst = conditions.find(({ isBurning }) => isBurning);
      const spent = worst ? `${percent(worst.budgetShare)} of the budget was spent in ${worst.longWindow}` : '';
      return [spent, left, gone].filter((text) => text !== '').join('; ');
    }
    case 'ok':
      return left;
  }
}

/** `14 hours`, `3.2 days`. */
export function hoursText(hours: number): string {
  if (hours < 1) return 'less than an hour';
  return hours < 72 ? `${Number(hours.toPrecision(2))} hours` : `${Math.round(hours / 24)} days`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

/** The burn rate over a window; null when it is not known. */
export function burnRateOf(status: SloStatus, window: string): number | null {
  return status.burnRates.find((one: SloBurnRate) => one.window === window)?.rate ?? null;
}
