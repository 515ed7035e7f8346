import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { Exemplar, ExemplarStore, SeriesExemplar, SeriesExemplars } from '../store.ts';

/** Where exemplars are logged. */
export interface ExemplarLog {
  readonly logsExemplars: boolean;
  logExemplar(exemplar: SeriesExemplar): void;
}

/** Exemplars of another store, which are logged as well while that is wanted. */
export class LoggedExemplars implements ExemplarStore {
  readonly #store: ExemplarStore;
  readonly #log: ExemplarLog;

  constructor(store: ExemplarStore, log: ExemplarLog) {
    this.#store = store;
    this.#log = log;
  }

  append(seriesLabels: Labels, exemplar: Exemplar): boolean {
    const isTaken = this.#store.append(seriesLabels, exemplar);
    if (isTaken && this.#log.logsExemplars) this.#log.logExemplar({ seriesLabels, exemplar });
    return isTaken;
  }

  select(matcherSets: readonly (readonly Matcher[])[], startMs: number, endMs: number): SeriesExemplars[] {
    return this.#store.select(matcherSets, startMs, endMs);
  }
}
