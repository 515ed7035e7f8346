// Service level objectives as plain data, and what is known of one at an instant.

/** An objective: which share of a service's events must be good within a window that rolls. */
export interface Slo {
  /** Unique within its service: letters, digits, hyphens, dots, underscores. */
  readonly name: string;
  readonly service: string;
  /** Shown instead of the name. */
  readonly title?: string;
  /** What users are promised, in a sentence. */
  readonly description?: string;
  /** Share of good events, more than 0 and less than 1: 0.999. */
  readonly target: number;
  /** Prometheus duration, at least 1d: `30d`. */
  readonly window: string;
  readonly indicator: SloIndicator;
  /** Fewer events than this prove nothing: alerts want as many in their long window, a time slice needs as many to be measured. Default 0. */
  readonly minEvents?: number;
  /** Who is told; a label of every alert. */
  readonly team?: string;
  readonly runbookUrl?: string;
  /** Further labels of every alert. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly alerts?: SloAlerts;
}

/** How good and bad are told apart. */
export type SloIndicator = RatioIndicator | LatencyIndicator | ErrorRatioIndicator | TimeSliceIndicator;

/** Good or bad events of all events. */
export type RatioIndicator =
  | { readonly type: 'ratio'; readonly total: EventCount; readonly good: EventCount }
  | { readonly type: 'ratio'; readonly total: EventCount; readonly bad: EventCount };

/** Events: counters by a selector, `http_requests_total{job="api"}`; or a query that holds `$window` where the range stands. */
export type EventCount =
  | { readonly counter: string }
  /** `unit` says what the query answers: events per second (rate) or events in the window (increase). */
  | { readonly query: string; readonly unit: 'per-second' | 'in-window' };

/** Events that took no longer than a threshold, of all events of a histogram. */
export interface LatencyIndicator {
  readonly type: 'latency';
  /** Selector of the histogram without `_bucket` or `_count`: `http_request_duration_seconds{job="api"}`. */
  readonly histogram: string;
  /** In the unit of the histogram. Of classic ones it must be the bound of a bucket. */
  readonly threshold: number;
  readonly kind: 'classic' | 'native';
  /** The bounds of the buckets where they are known, to check the threshold against. */
  readonly buckets?: readonly number[];
}

/** A query with `$window` that answers the share of failed events itself. Numbers of events are unknown then. */
export interface ErrorRatioIndicator {
  readonly type: 'error-ratio';
  readonly query: string;
}

/** Good slices of time of all measured ones: many failures in one slice cost no more than one slice. */
export type TimeSliceIndicator =
  | {
      readonly type: 'time-slice';
      /** Length of a slice: `1m`. */
      readonly slice: string;
      /** A slice is good when at least this share of its events is. */
      readonly sliceTarget: number;
      readonly of: RatioIndicator | LatencyIndicator;
    }
  | {
      readonly type: 'time-slice';
      readonly slice: string;
      /** A slice is good when `query op value` holds at its end. */
      readonly query: string;
      readonly op: 'lt' | 'lte' | 'gt' | 'gte';
      readonly value: number;
    };

/** The alerts of an objective: four speeds of burning, the budget's end, and no data. */
export type SloAlertName = 'page-fast' | 'page-slow' | 'ticket-fast' | 'ticket-slow' | 'exhausted' | 'missing-data';

/** What differs from the alerts that every objective gets. */
export interface SloAlerts {
  readonly omit?: readonly SloAlertName[];
  /** Of `page-…` and `exhausted`; `severity` is critical otherwise. */
  readonly page?: SloAlertTexts;
  /** Of `ticket-…` and `missing-data`; `severity` is warning otherwise. */
  readonly ticket?: SloAlertTexts;
}

/** Labels and annotations (Go templates) that are added or that replace those of the same name. */
export interface SloAlertTexts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * `no-data`: nothing that could be judged is stored; `low-traffic`: fewer events than `minEvents`, or none; `exhausted`: the budget is spent;
 * `burning`: a burn alert's condition holds now; `ok`: none of these.
 */
export type SloState = 'ok' | 'burning' | 'exhausted' | 'low-traffic' | 'no-data';

/** What is known of an objective at an instant. null = it cannot be known (no data, no events, or an indicator without counts). */
export interface SloStatus {
  readonly slo: Slo;
  /** The file that defines it; '' when it was given in code. */
  readonly file: string;
  readonly timeMs: number;
  readonly state: SloState;
  /** The state in words, with its numbers. */
  readonly reason: string;
  /** Good events of all events in the window, 0 … 1. */
  readonly successRate: number | null;
  /** Events in the window; slices of time-sliced objectives. */
  readonly total: number | null;
  readonly failed: number | null;
  /** 1 = untouched, 0 = spent, negative = overspent. */
  readonly budgetRemaining: number | null;
  /** Whether the success rate reaches the target. */
  readonly isCompliant: boolean | null;
  /** By window, shortest first: 1 spends exactly the budget within the objective's window. */
  readonly burnRates: readonly SloBurnRate[];
  readonly conditions: readonly SloBurnConditionStatus[];
  /** When the budget is spent if it goes on burning as in the last hour; null when it does not burn, 0 when it is spent. */
  readonly exhaustedInHours: number | null;
}

/** How fast the budget burns over one window. */
export interface SloBurnRate {
  readonly window: string;
  readonly rate: number | null;
}

/** One pair of windows of the burn alerts: both must burn faster than `factor`. */
export interface SloBurnCondition {
  readonly name: 'page-fast' | 'page-slow' | 'ticket-fast' | 'ticket-slow';
  readonly severity: 'page' | 'ticket';
  /** Share of the budget that is gone when `longWindow` has burnt at `factor`. */
  readonly budgetShare: number;
  readonly longWindow: string;
  readonly shortWindow: string;
  /** Burn rate. */
  readonly factor: number;
}

/** A burn alert's condition and whether it holds. */
export interface SloBurnConditionStatus extends SloBurnCondition {
  readonly isBurning: boolean;
}

/** GET /api/ui/slo: all objectives as they are now. */
export interface SloList {
  readonly objectives: readonly SloStatus[];
}

/** A stretch of time in which the budget burnt faster than it may. */
export interface SloIncident {
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: number;
  readonly total: number;
  /** Share of the whole window's budget that it cost. */
  readonly budgetShare: number;
  /** Highest burn rate of one step. */
  readonly peakBurnRate: number;
}

/** GET /api/ui/slo/:service/:name: an objective with the history of its window. */
export interface SloDetail {
  readonly status: SloStatus;
  readonly startMs: number;
  readonly stepMs: number;
  /** Budget left after each step, 1 at the start of the window; null where it cannot be known. */
  readonly budget: readonly (number | null)[];
  /** Burn rate of each step alone; null without events. */
  readonly burn: readonly (number | null)[];
  /** Dearest first. */
  readonly incidents: readonly SloIncident[];
  /** For Explore: success rate over time, failed events. */
  readonly expressions: { readonly errorRatio: string; readonly total: string; readonly failed: string };
}
