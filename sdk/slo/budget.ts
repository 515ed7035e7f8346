// The arithmetic of error budgets. Shares are 0 … 1; a budget is what the target leaves: 1 - 0.999 = 0.001.

/** Events of a window. */
export interface EventCounts {
  readonly total: number;
  readonly failed: number;
}

const HOUR_MS = 3_600_000;

/** Allowed share of failed events, without the noise of 1 - 0.999 = 0.0010000000000000009. */
export function errorBudget(target: number): number {
  return Number((1 - target).toFixed(12));
}

/** (total - failed) / total; NaN without events. */
export function successRate({ total, failed }: EventCounts): number {
  return (total - failed) / total;
}

/** (allowed - failed) / allowed with allowed = total × budget: 1 = untouched, 0 = spent, below = overspent; NaN without events. */
export function budgetRemaining({ total, failed }: EventCounts, target: number): number {
  const allowed = total * errorBudget(target);
  return (allowed - failed) / allowed;
}

/** Failed share of recent events over the allowed one: 1 spends exactly the budget within the window. */
export function burnRate(errorRatio: number, target: number): number {
  return errorRatio / errorBudget(target);
}

/**
 * "Budget gone in N hours": what is left, at this burn rate; 0 when it is spent, undefined when it does not burn. Failures that leave the
 * rolling window meanwhile are not given back, so this is the earliest time.
 */
export function hoursUntilExhausted(remaining: number, rate: number, windowMs: number): number | undefined {
  if (Number.isNaN(remaining) || Number.isNaN(rate)) return undefined;
  if (remaining <= 0) return 0;
  return rate > 0 ? (remaining * windowMs) / rate / HOUR_MS : undefined;
}

/** The day on which the budget is spent, `2023-11-15` (UTC); undefined when it does not burn, or not within what a date can tell. */
export function exhaustionDate(nowMs: number, hours: number | undefined): string | undefined {
  if (hours === undefined) return undefined;
  const date = new Date(nowMs + hours * HOUR_MS);
  // Beyond the year 9999 a date has more digits than its readers expect, and says nothing.
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9_999 ? undefined : date.toISOString().slice(0, 10);
}

/** Whether the success rate reaches the target; rounding of the last digits does not count against it. */
export function isCompliant(rate: number, target: number): boolean {
  return rate >= target || Math.abs(rate - target) < 1e-12;
}
