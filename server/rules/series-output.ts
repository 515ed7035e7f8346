import { histogramFault } from '../model/histogram-check.ts';
import type { Labels } from '../model/labels.ts';
import type { AppendOutcome, MetricStore } from '../storage/store.ts';
import { rulesError } from './errors.ts';
import type { RuleSample } from './vector.ts';

type SeriesByKey = Map<string, Labels>;

/** Writes what the rules of a group give, and ends the series that they no longer give with stale markers. */
export class SeriesOutput {
  readonly #store: MetricStore;
  /** For each rule, the series of its last evaluation. */
  readonly previous: SeriesByKey[];
  /** Series of rules that are gone; ended at the end of the next evaluation. */
  readonly orphans: SeriesByKey = new Map();

  constructor(store: MetricStore, rules: number) {
    this.#store = store;
    this.previous = Array.from({ length: rules }, () => new Map());
  }

  /** Stores the samples of rule number `rule`; resolves when they are durable. Throws `rules.write_failed` and the store's errors. */
  async write(rule: number, samples: readonly RuleSample[], timeMs: number): Promise<void> {
    const appender = this.#store.appender();
    const written: SeriesByKey = new Map();
    const refused = new Map<string, number>();
    const note = (outcome: AppendOutcome) => {
      const isStored = outcome === 'ok' || outcome === 'duplicate';
      if (!isStored) refused.set(outcome, (refused.get(outcome) ?? 0) + 1);
      return isStored;
    };
    try {
      for (const { labels, value, histogram } of samples) {
        const fault = histogram && histogramFault(histogram, false);
        if (fault !== undefined) {
          refused.set(fault, (refused.get(fault) ?? 0) + 1);
          continue;
        }
        const ref = appender.seriesRef(labels);
        const outcome = histogram ? appender.appendHistogram(ref, timeMs, histogram) : appender.append(ref, timeMs, value);
        if (note(outcome)) written.set(labels.key(), labels);
      }
      for (const [key, labels] of this.previous[rule] ?? [])
        if (!written.has(key)) note(appender.appendStale(appender.seriesRef(labels), timeMs));
    } catch (error) {
      appender.rollback();
      throw error;
    }
    const committed = appender.commit();
    this.previous[rule] = written;
    await committed;
    const reasons = [...refused].map(([outcome, count]) => `${count} ${outcome.replaceAll('_', ' ')}`);
    if (reasons.length > 0) throw rulesError('rules.write_failed', `samples were refused: ${reasons.join(', ')}`);
  }

  /** Ends the orphans. Resolves when that is durable. */
  async endOrphans(timeMs: number): Promise<void> {
    if (this.orphans.size === 0) return;
    const appender = this.#store.appender();
    for (const labels of this.orphans.values()) appender.appendStale(appender.seriesRef(labels), timeMs);
    this.orphans.clear();
    await appender.commit();
  }

  /** All series of the last evaluation become orphans. */
  orphanAll(): void {
    for (const series of this.previous) {
      for (const [key, labels] of series) this.orphans.set(key, labels);
      series.clear();
    }
  }
}
