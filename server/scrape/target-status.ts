import type { Labels } from '../model/labels.ts';

export type TargetHealth = 'up' | 'down' | 'unknown';

/** What the Targets screen and /api/v1/targets show of one active target. */
export interface ActiveTarget {
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly globalUrl: string;
  readonly labels: Labels;
  readonly discoveredLabels: Labels;
  readonly health: TargetHealth;
  /** '' when healthy; otherwise what failed, for a person. */
  readonly lastError: string;
  /** 0 before the first scrape. */
  readonly lastScrapeMs: number;
  readonly lastScrapeDurationSeconds: number;
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly lastSamples: number;
  /** What a person should know though the target is up: answered by the built-in host collector, samples refused. Absent when there is nothing. */
  readonly note?: string;
}

/** A target that is not scraped: relabelling dropped it, or its labels make no address. */
export interface DroppedTarget {
  readonly scrapePool: string;
  readonly discoveredLabels: Labels;
  /** Why no address could be made of it; absent when relabelling dropped it. */
  readonly error?: string;
}

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown' | 'info' | 'stateset' | 'gaugehistogram';

/** HELP, TYPE and UNIT of a metric family. */
export interface MetricMetadata {
  readonly metric: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

/** The reading side of the scrape manager. */
export interface TargetsView {
  active(): readonly ActiveTarget[];
  dropped(): readonly DroppedTarget[];
  /** Metadata by target; `metric` narrows it to one family. */
  metadata(metric?: string): readonly (MetricMetadata & { readonly target: Labels })[];
}
