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
}

/** A target that relabelling dropped. */
export interface DroppedTarget {
  readonly scrapePool: string;
  readonly discoveredLabels: Labels;
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
