// The window of an objective, step by step: how its budget was spent, and the incidents that spent it.
import type { Slo, SloDetail, SloIncident, SloStatus } from '../schema/slo.ts';
import type { SloAskRange } from './ask.ts';
import { errorBudget } from './budget.ts';
import { durationMs, formatDuration } from './duration.ts';
import { sliExpressions } from './expressions.ts';

const MINUTE_MS = 60_000;
const LEAST_STEP_MS = 5 * MINUTE_MS;
const STEPS = 1_440;
const MOST_INCIDENTS = 50;
/** Cheaper stretches are the noise of single failures. */
const LEAST_SHARE = 0.005;
/** Shorter pauses do not end an incident. */
const MOST_PAUSE_STEPS = 2;

/** Budget and burn rate over the objective's window up to `status.timeMs`. Throws what `ask` throws. */
export async function sloDetail(status: SloStatus, ask: SloAskRange): Promise<SloDetail> {
  const { slo, timeMs } = status;
  const windowMs = durationMs(slo.window);
  const stepMs = historyStepMs(slo);
  const steps = Math.floor(windowMs / stepMs);
  const startMs = timeMs - (steps - 1) * stepMs;
  const range = { startMs, endMs: timeMs, stepMs };
  const sli = sliExpressions(slo);
  const step = formatDuration(stepMs);
  const [totals, failures] = await Promise.all([
    sli.total(step) === undefined ? undefined : ask(sli.total(step) ?? '', range),
    ask(sli.failed(step) ?? sli.errorRatio(step), range),
  ]);
  const spent = Array.from({ length: steps }, (_, i) => spentIn(totals?.[i], failures[i], totals === undefined));
  return {
    status,
    startMs,
    stepMs,
    ...burnDown(spent, slo.target),
    incidents: incidentsOf(spent, slo.target, { startMs, stepMs }),
    expressions: { errorRatio: sli.errorRatio(step), total: sli.total(step) ?? '', failed: sli.failed(step) ?? '' },
  };
}

/** Length of one step: at most 1,440 of them, none shorter than five minutes; whole slices of time-sliced objectives. */
export function historyStepMs({ window, indicator }: Slo): number {
  const sliceMs = indicator.type === 'time-slice' ? durationMs(indicator.slice) : MINUTE_MS;
  const leastMs = Math.max(LEAST_STEP_MS, 5 * sliceMs, durationMs(window) / STEPS);
  return Math.ceil(leastMs / sliceMs) * sliceMs;
}

/** Events of one step. */
export interface StepCounts {
  readonly total: number;
  readonly failed: number;
}

function spentIn(total: number | undefined, failed: number | undefined, isRatio: boolean): StepCounts | undefined {
  if (failed === undefined || !Number.isFinite(failed)) return undefined;
  // A ratio has no events: every step weighs the same.
  if (isRatio) return { total: 1, failed };
  return total === undefined || !(total > 0) ? undefined : { total, failed };
}

function burnDown(spent: readonly (StepCounts | undefined)[], target: number) {
  const budget = errorBudget(target);
  const allowed = budget * sum(spent, 'total');
  let failed = 0;
  const left = spent.map((step) => {
    failed += step?.failed ?? 0;
    return allowed > 0 ? 1 - failed / allowed : null;
  });
  return { budget: left, burn: spent.map((step) => (step ? step.failed / step.total / budget : null)) };
}

/** Stretches that burnt faster than the budget allows and cost at least half a percent of it, dearest first, 50 at most. */
export function incidentsOf(
  spent: readonly (StepCounts | undefined)[],
  target: number,
  { startMs, stepMs }: { readonly startMs: number; readonly stepMs: number },
): SloIncident[] {
  const budget = errorBudget(target);
  const allowed = budget * sum(spent, 'total');
  const isBurning = (step: StepCounts | undefined) => step !== undefined && step.failed / step.total > budget;
  const incidents: SloIncident[] = [];
  for (const [first, last] of stretches(spent.map(isBurning))) {
    const steps = spent.slice(first, last + 1);
    const failed = sum(steps, 'failed');
    incidents.push({
      // A value stands at the end of its step.
      startMs: startMs + (first - 1) * stepMs,
      endMs: startMs + last * stepMs,
      failed,
      total: sum(steps, 'total'),
      budgetShare: failed / allowed,
      peakBurnRate: Math.max(...steps.map((step) => (step ? step.failed / step.total / budget : 0))),
    });
  }
  const dear = incidents.filter(({ budgetShare }) => budgetShare >= LEAST_SHARE);
  return dear.sort((a, b) => b.budgetShare - a.budgetShare).slice(0, MOST_INCIDENTS);
}

function stretches(burning: readonly boolean[]): [first: number, last: number][] {
  const found: [number, number][] = [];
  burning.forEach((isBurning, i) => {
    if (!isBurning) return;
    const open = found.at(-1);
    if (open && i - open[1] <= MOST_PAUSE_STEPS) open[1] = i;
    else found.push([i, i]);
  });
  return found;
}

function sum(steps: readonly (StepCounts | undefined)[], field: keyof StepCounts): number {
  return steps.reduce((all, step) => all + (step?.[field] ?? 0), 0);
}
