import type { Labels } from '../model/labels.ts';
import type { PackedSeries, PackMemory } from '../storage/packed/packed-series.ts';
import type {
  Cardinality,
  Changes,
  LabelQuery,
  MetricAppender,
  MetricSelection,
  MetricStore,
  ReadLimits,
  SeriesLife,
  SeriesSet,
} from '../storage/store.ts';

/** A MetricStore that leaves everything to another; a base for those that change or watch some of it. */
export class ForwardingStore implements MetricStore {
  readonly #store: MetricStore;

  constructor(store: MetricStore) {
    this.#store = store;
  }

  get changes(): Changes {
    return this.#store.changes;
  }

  get refEpoch(): number {
    return this.#store.refEpoch;
  }

  appender(options?: { readonly outOfOrderMs: number }): MetricAppender {
    return this.#store.appender(options);
  }

  setOutOfOrderMs(windowMs: number): void {
    this.#store.setOutOfOrderMs(windowMs);
  }

  select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    return this.#store.select(selections, limits);
  }

  selectParts(selection: MetricSelection, partSamples: number, limits: ReadLimits): AsyncIterable<SeriesSet> {
    return this.#store.selectParts(selection, partSamples, limits);
  }

  selectPacked(selection: MetricSelection, limits: ReadLimits, memory: PackMemory): AsyncIterable<PackedSeries | SeriesSet> {
    return this.#store.selectPacked(selection, limits, memory);
  }

  series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]> {
    return this.#store.series(query, limits);
  }

  labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    return this.#store.labelNames(query, limits);
  }

  labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    return this.#store.labelValues(name, query, limits);
  }

  cardinality(limit: number): Cardinality {
    return this.#store.cardinality(limit);
  }

  lives(limits: ReadLimits): AsyncIterable<readonly SeriesLife[]> {
    return this.#store.lives(limits);
  }

  samplesByMetric(startMs: number, limits: ReadLimits): Promise<ReadonlyMap<string, number>> {
    return this.#store.samplesByMetric(startMs, limits);
  }

  deleteSamples(query: LabelQuery, limits: ReadLimits): Promise<void> {
    return this.#store.deleteSamples(query, limits);
  }

  cleanTombstones(): Promise<void> {
    return this.#store.cleanTombstones();
  }
}
