// What a store finds when it is opened: the series in the engine and what the write-ahead log adds to them.
import { setImmediate } from 'node:timers/promises';
import { Labels } from '../../model/labels.ts';
import { type DiskSpan, measure, measureAll, storedNewest } from './disk-span.ts';
import type { Driver } from './driver.ts';
import type { Generations } from './generations.ts';
import { Series } from './head.ts';
import { HeadMemory } from './head-columns.ts';
import { decodeMetricRecord, type LoggedDeletion, type SampleColumns } from './metric-log.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { loadTombstones, type SeriesTombstone, type Tombstone, withTombstone } from './tombstones.ts';

/** Fills a catalog. */
export class SeriesLoader {
  readonly #driver: Driver;
  readonly #generations: Generations;
  readonly #catalog: SeriesCatalog;
  readonly #memory = new HeadMemory();
  /** Series that deletions in the log have touched. */
  readonly #touched = new Set<Series>();
  /** Tombstones in the log. */
  readonly tombstones: SeriesTombstone[] = [];
  /** Memory of the samples in the log, in units of 16 bytes. */
  units = 0;

  constructor(driver: Driver, generations: Generations, catalog: SeriesCatalog) {
    this.#driver = driver;
    this.#generations = generations;
    this.#catalog = catalog;
  }

  /** Loads labels and spans; series of which nothing shows are known by number only. */
  async load(): Promise<void> {
    // One text for each name and value, as in the index, which is filled later.
    const texts = new Map<string, string>();
    const known = (text: string) => {
      const same = texts.get(text);
      if (same === undefined) texts.set(text, text);
      return same ?? text;
    };
    for await (const block of this.#driver.query('SELECT series, metric, labels FROM series ORDER BY series', {}, {})) {
      const ids = block.fixed('series', 'UInt32');
      const metrics = block.fixed('metric', 'UInt32');
      block.stringArray('labels').forEach((flat, i) => {
        const series = new Series(ids[i] as number, metrics[i] as number, Labels.fromSortedFlat(flat.map(known)));
        series.isLogged = true;
        series.isStored = true;
        this.#catalog.know(series);
      });
      await setImmediate();
    }
    const tombstones = await loadTombstones(this.#driver);
    for (const [id, list] of tombstones) {
      const series = this.#catalog.byId(id);
      if (series) series.tombstones = list;
    }
    await this.refreshSpans();
  }

  /** Asks the engine for the spans of all series, and indexes those that have one. Readers see all of it or nothing. */
  async refreshSpans(): Promise<void> {
    const columns = await measureAll(this.#driver, this.#generations.now);
    const hidden = new Set<Series>();
    for (const { ids } of columns)
      for (const id of ids) {
        const series = this.#catalog.byId(id);
        if (series && series.tombstones.length > 0) hidden.add(series);
      }
    const spans = await measure(this.#driver, this.#generations.now, [...hidden]);
    for (const series of this.#catalog.known()) setDisk(series, spans.get(series.id));
    for (const { ids, minMs, maxMs, last, hasHistograms } of columns)
      ids.forEach((id, i) => {
        const series = this.#catalog.byId(id);
        if (!series) return;
        if (hasHistograms[i] !== 0) series.hasHistograms = true;
        if (hidden.has(series)) return;
        const span = { minMs: Number(minMs[i]), maxMs: Number(maxMs[i]) };
        setDisk(series, span);
        if (span.maxMs > series.lastMs) series.setNewest(span.maxMs, storedNewest(last, i));
      });
    for (const series of hidden) refreshNewest(series, spans.get(series.id));
    for (const series of this.#catalog.known()) if (series.hasDisk && !series.isIndexed) this.#catalog.index(series);
  }

  replay(body: Buffer): void {
    const record = decodeMetricRecord(body);
    if (record.kind === 'deletion') {
      this.#replayDeletion(record.deletion);
      return;
    }
    if (record.kind === 'exemplars') return;
    for (const { id, metric, labels } of record.newSeries) {
      const series = this.#catalog.byId(id) ?? new Series(id, metric, this.#catalog.withKnownTexts(labels));
      series.isLogged = true;
      this.#catalog.know(series);
      if (!series.isIndexed && record.samples.times.length > 0) this.#catalog.index(series);
    }
    this.#replaySamples(record.samples, record.isVersion2);
  }

  /** To be called after the last record. */
  async finish(): Promise<void> {
    const touched = [...this.#touched].filter((series) => series.isIndexed);
    const spans = await measure(this.#driver, this.#generations.now, touched);
    for (const series of touched) {
      setDisk(series, spans.get(series.id));
      refreshNewest(series, spans.get(series.id));
    }
  }

  #replaySamples(samples: SampleColumns, isVersion2: boolean): void {
    for (let i = 0; i < samples.times.length; i++) {
      const series = this.#catalog.byId(samples.series[i] as number);
      // In version 2 a flush that was cut off has stored a part of what is in the log: what is not newer than the newest stored.
      if (!series || (isVersion2 && (samples.times[i] as number) <= series.lastMs)) continue;
      if (!series.isIndexed) this.#catalog.index(series);
      this.units += series.push(samples, i, this.#memory);
    }
  }

  #replayDeletion({ series: ids, gone, startMs, endMs, generation }: LoggedDeletion): void {
    const tombstone: Tombstone = { startMs, endMs, generation };
    for (const id of ids) {
      const series = this.#catalog.byId(id);
      if (!series) continue;
      const before = series.units;
      series.deleteHead(startMs, endMs, this.#memory);
      this.units += series.units - before;
      // Not exact where something is left on disk, which `finish` sees to.
      series.refreshNewest(series.hasDisk ? { kind: 'float', value: 0, timestampMs: series.diskMaxMs } : undefined);
      if (series.hasDisk) {
        series.tombstones = withTombstone(series.tombstones, tombstone);
        this.tombstones.push({ series: id, tombstone });
      }
      this.#touched.add(series);
    }
    this.#catalog.forget(gone.flatMap((id) => this.#catalog.byId(id) ?? []));
  }
}

function setDisk(series: Series, span: { readonly minMs: number; readonly maxMs: number } | undefined): void {
  series.diskMinMs = span?.minMs ?? Number.POSITIVE_INFINITY;
  series.diskMaxMs = span?.maxMs ?? Number.NEGATIVE_INFINITY;
}

function refreshNewest(series: Series, span: DiskSpan | undefined): void {
  series.refreshNewest(span && { ...span.newest, timestampMs: span.maxMs });
}
