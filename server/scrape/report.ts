import { isAppError } from '../model/app-error.ts';
import type { Labels } from '../model/labels.ts';
import type { MetricAppender, SeriesRef } from '../storage/store.ts';

const NAMES = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const;

/** With `extra_scrape_metrics`. */
const EXTRA_NAMES = ['scrape_timeout_seconds', 'scrape_sample_limit', 'scrape_body_size_bytes'] as const;

/** The series that a scrape writes about itself, by name. */
export type ReportName = (typeof NAMES)[number] | (typeof EXTRA_NAMES)[number];

/** Their values; the extra ones may be absent. */
export type Report = Readonly<Record<(typeof NAMES)[number], number> & Partial<Record<(typeof EXTRA_NAMES)[number], number>>>;

/** Writes the report series of one target: upstream's names, the target's labels, untouched by metric relabelling. */
export class ReportSeries {
  readonly #target: Labels;
  readonly #refs = new Map<ReportName, SeriesRef>();

  constructor(target: Labels) {
    this.#target = target;
  }

  /** Appends one scrape's report. When the store takes no new series, those that it does not have are left out. */
  append(appender: MetricAppender, timestampMs: number, report: Report): void {
    for (const [name, value] of Object.entries(report) as [ReportName, number][]) {
      const ref = this.#refs.get(name) ?? this.#create(appender, name);
      if (ref !== undefined) appender.append(ref, timestampMs, value);
    }
  }

  /** Ends all report series, if there ever were any. */
  appendStale(appender: MetricAppender, timestampMs: number): void {
    for (const ref of this.#refs.values()) appender.appendStale(ref, timestampMs);
  }

  #create(appender: MetricAppender, name: ReportName): SeriesRef | undefined {
    try {
      const ref = appender.seriesRef(this.#target.with('__name__', name));
      this.#refs.set(name, ref);
      return ref;
    } catch (error) {
      if (isAppError(error, 'storage.too_many_series')) return undefined;
      throw error;
    }
  }
}
