import type { Clock } from '../model/clock.ts';
import type { Matcher } from '../model/matcher.ts';
import type { SpanFilter } from './store.ts';

/** How long each signal is kept, in milliseconds; 0 = for ever. */
export interface Retention {
  readonly metricsMs: number;
  readonly logsMs: number;
  readonly tracesMs: number;
  /** Bytes on disk that each may take; the oldest goes first. 0 or absent = as many as there are. */
  readonly metricsBytes?: number | undefined;
  readonly logsBytes?: number | undefined;
  readonly tracesBytes?: number | undefined;
  /** What is kept for a shorter time than the rest of its signal. */
  readonly rules?: RetentionRules | undefined;
}

/** A selection that is kept for a shorter time. */
export interface RetentionRules {
  readonly metrics: readonly { readonly matchers: readonly Matcher[]; readonly ageMs: number }[];
  readonly logs: readonly { readonly matchers: readonly Matcher[]; readonly ageMs: number }[];
  /** Whole traces, of which a span meets each of the filters. */
  readonly traces: readonly { readonly filters: readonly SpanFilter[]; readonly ageMs: number }[];
}

/** What both implementations obey. Everything has a default. */
export interface StoreLimits {
  /** Series that may exist at once; more are refused with `storage.too_many_series`. Default 1,000,000. */
  readonly maxSeries?: number | undefined;
  /** Log streams that may exist at once; more are refused with `storage.too_many_series`. Default 100,000. */
  readonly maxStreams?: number | undefined;
  /** Exemplars kept in memory, the newest of all series. Default 100,000. */
  readonly maxExemplars?: number | undefined;
  /** Samples further ahead of the clock than this are `too_far_in_future`. Default 10 minutes (Prometheus' scrape); memory: no limit. */
  readonly maxFutureMs?: number | undefined;
  /** How far behind the newest sample of the store others may come late (Prometheus' out_of_order_time_window). Default 0: not at all. */
  readonly outOfOrderMs?: number | undefined;
  /** Default: everything for ever. */
  readonly retention?: Retention | undefined;
}

export interface StoreOptions extends StoreLimits {
  readonly clock: Clock;
}

/**
 * When an acknowledgement is durable. `always`: after fsync, group-committed. `interval`: written at once, fsync'd every second
 * (a power cut may lose that second, a killed process nothing). `off`: written at once, never fsync'd.
 */
export type Durability = 'always' | 'interval' | 'off';

export const DEFAULT_MAX_SERIES = 1_000_000;
export const DEFAULT_MAX_STREAMS = 100_000;
export const DEFAULT_MAX_EXEMPLARS = 100_000;
export const DEFAULT_MAX_FUTURE_MS = 600_000;
export const KEEP_FOR_EVER: Retention = { metricsMs: 0, logsMs: 0, tracesMs: 0 };
