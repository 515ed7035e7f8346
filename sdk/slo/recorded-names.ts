// Names of the series that the rules of an objective record. All carry the labels `slo` and `slo_service`.
import type { Slo } from '../schema/slo.ts';
import { durationMs, formatDuration } from './duration.ts';
import { matcher } from './selector.ts';

/** Labels of every recorded series and alert of an objective. */
export function sloLabels({ name, service }: Slo): { readonly slo: string; readonly slo_service: string } {
  return { slo: name, slo_service: service };
}

/** `{slo="…",slo_service="…"}` */
export function sloSelector({ name, service }: Slo): string {
  return `{${matcher('slo', name)},${matcher('slo_service', service)}}`;
}

/** Failed share of events over a window: `slo:sli_error:ratio_rate5m`. */
export function errorRatioName(window: string): string {
  return `slo:sli_error:ratio_rate${formatDuration(durationMs(window))}`;
}

/** Events over a window: `slo:events:increase30d`. */
export function eventsName(window: string): string {
  return `slo:events:increase${formatDuration(durationMs(window))}`;
}

/** Failed events over a window: `slo:events_failed:increase30d`. */
export function failedEventsName(window: string): string {
  return `slo:events_failed:increase${formatDuration(durationMs(window))}`;
}

/** Names that do not depend on a window. */
export const RECORDED = {
  /** Target, 0 … 1. */
  objective: 'slo:objective:ratio',
  /** 1 - target. */
  budget: 'slo:error_budget:ratio',
  /** Days of the window. */
  days: 'slo:time_period:days',
  /** Burn rate over the last hour. */
  currentBurnRate: 'slo:current_burn_rate:ratio',
  /** Burn rate over the whole window. */
  periodBurnRate: 'slo:period_burn_rate:ratio',
  /** 1 = untouched, 0 = spent. */
  budgetRemaining: 'slo:period_error_budget_remaining:ratio',
  /** Hours until the budget is spent at the burn rate of the last hour; no sample while nothing burns. */
  exhaustionHours: 'slo:budget_exhaustion:hours',
  /** 1 with the objective's words as labels. */
  info: 'slo:info',
  /** Of time-sliced objectives: 1 for a good slice, 0 for a bad one. */
  sliceGood: 'slo:slice_good:bool',
} as const;
