// Where questions enter: the engine and the store as the APIs see them, with a note of what is asked.
import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import type { InstantQuery, QueryEngine, RangeQuery } from '../promql/query.ts';
import type { PackedSeries, PackMemory } from '../storage/packed/packed-series.ts';
import type { LabelQuery, MetricSelection, MetricStore, ReadLimits, SeriesSet } from '../storage/store.ts';
import { ForwardingStore } from './forwarding-store.ts';
import type { QueryLog } from './query-log.ts';

/** The engine, noting each query in `log`. */
export function watchEngine(engine: QueryEngine, log: QueryLog): QueryEngine {
  const instant = (query: InstantQuery): InstantQuery => {
    log.record(query.expr, query.timeMs);
    return query;
  };
  const range = (query: RangeQuery): RangeQuery => {
    log.record(query.expr, query.startMs);
    return query;
  };
  return {
    instant: (query) => engine.instant(instant(query)),
    range: (query) => engine.range(range(query)),
    instantJson: (query) => engine.instantJson(instant(query)),
    rangeJson: (query) => engine.rangeJson(range(query)),
    check: (expr) => engine.check(expr),
    close: () => engine.close(),
  };
}

/**
 * The store, noting in `log` what is read of it without a query: by federation, remote read, and the lists of series and label values that
 * Grafana fills variables with.
 */
export function watchStore(store: MetricStore, log: QueryLog): MetricStore {
  return new WatchedStore(store, log);
}

class WatchedStore extends ForwardingStore {
  readonly #log: QueryLog;

  constructor(store: MetricStore, log: QueryLog) {
    super(store);
    this.#log = log;
  }

  override select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    for (const selection of selections) this.#note(selection);
    return super.select(selections, limits);
  }

  override selectParts(selection: MetricSelection, partSamples: number, limits: ReadLimits): AsyncIterable<SeriesSet> {
    this.#note(selection);
    return super.selectParts(selection, partSamples, limits);
  }

  override selectPacked(selection: MetricSelection, limits: ReadLimits, memory: PackMemory): AsyncIterable<PackedSeries | SeriesSet> {
    this.#note(selection);
    return super.selectPacked(selection, limits, memory);
  }

  override series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]> {
    this.#noteList(query, (selector) => selector);
    return super.series(query, limits);
  }

  override labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    this.#noteList(query, (selector) => selector);
    return super.labelNames(query, limits);
  }

  override labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    if (name !== '__name__') this.#noteList(query, (selector) => `group by (${JSON.stringify(name)}) (${selector})`);
    return super.labelValues(name, query, limits);
  }

  /**
   * Lists of metrics of any name are looked through by people and editors, and say nothing about who needs one of them. Asked without a time
   * they do not tell how far back somebody looks.
   */
  #noteList({ matcherSets, startMs }: LabelQuery, exprOf: (selector: string) => string): void {
    for (const matchers of matcherSets)
      if (matchers.some(({ name, type }) => name === '__name__' && (type === '=' || type === '=~')))
        this.#log.record(exprOf(selectorText(matchers)), startMs > 0 ? startMs : Number.POSITIVE_INFINITY);
  }

  #note({ matchers, startMs }: MetricSelection): void {
    this.#log.record(selectorText(matchers), startMs);
  }
}

function selectorText(matchers: readonly Matcher[]): string {
  return `{${matchers.map(({ type, name, value }) => `${JSON.stringify(name)}${type}${JSON.stringify(value)}`).join(',')}}`;
}
