// Metrics on the engine. A commit goes to the head (visible) and to the write-ahead log (durable); flushes turn heads into
// blocks. After a restart the log is replayed over what the engine has: samples of a series rise in time and are flushed in
// that order, so a logged sample is already stored exactly when it is not newer than the series' newest stored one.
import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../model/app-error.ts';
import type { Clock, Timer } from '../../model/clock.ts';
import { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import { admissionAt } from '../admission.ts';
import { cardinalityOf } from '../cardinality.ts';
import { storageError } from '../errors.ts';
import type { Durability } from '../options.ts';
import type {
  AppendOutcome,
  Cardinality,
  LabelQuery,
  MetricAppender,
  MetricSelection,
  MetricStore,
  ReadLimits,
  SampleBuffers,
  SeriesRef,
  SeriesSet,
} from '../store.ts';
import { type AppendTarget, BatchAppender } from './appender.ts';
import { BlockEncoder, blockEnd, partitionOf } from './blocks.ts';
import type { Driver } from './driver.ts';
import { type HeadColumns, Series } from './head.ts';
import { decodeMetricRecord, encodeMetricRecord, type SampleColumns } from './metric-log.ts';
import { MetricReader } from './metric-reader.ts';
import { fixedColumn, stringArrayColumn } from './native.ts';
import { dropPartitionsBefore } from './retention.ts';
import { SeriesIndex } from './series-index.ts';
import { METRIC_PARTITION_MS } from './tables.ts';
import { Wal } from './wal.ts';

const BYTES_PER_HEAD_SAMPLE = 16;
/** How much of a flush is encoded before other work gets its turn, and how much goes into one insert. */
const ENCODE_SLICE = 100_000;
const INSERT_SAMPLES = 4_000_000;
const CHECK_INTERVAL_MS = 10_000;

export interface MetricStoreOptions {
  readonly clock: Clock;
  readonly driver: Driver;
  readonly walDir: string;
  readonly durability: Durability;
  readonly maxSeries: number;
  readonly maxFutureMs: number;
  readonly retentionMs: number;
  /** A head is flushed when its oldest sample has been in it for so long, … */
  readonly flushAfterMs: number;
  /** … or when it holds so many samples. */
  readonly flushSamples: number;
  /** Commits are refused while the head holds more. */
  readonly maxHeadSamples: number;
  /** Commits are refused while more waits for the disk. */
  readonly maxQueuedBytes: number;
  readonly warn: (message: string) => void;
}

/** The MetricStore on a Driver. */
export class ClickhouseMetricStore implements MetricStore, AppendTarget {
  readonly #options: MetricStoreOptions;
  readonly #index = new SeriesIndex<Series>();
  readonly #reader: MetricReader;
  readonly #metrics = new Map<string, number>();
  #wal: Wal | undefined;
  #nextSeries = 1;
  #batch = 0;
  #headSamples = 0;
  #headSinceMs = 0;
  #flushing: Promise<void> | undefined;
  #checkTimer: Timer | undefined;
  #isClosed = false;
  samplesAppended = 0;
  readonly samplesRefused: Partial<Record<AppendOutcome, number>> = {};

  private constructor(options: MetricStoreOptions) {
    this.#options = options;
    this.#reader = new MetricReader(options.driver, this.#index);
  }

  /** Loads labels and spans of all series and replays the write-ahead log. */
  static async open(options: MetricStoreOptions): Promise<ClickhouseMetricStore> {
    const store = new ClickhouseMetricStore(options);
    await store.#load();
    const { walDir: dir, durability, clock, warn } = options;
    store.#wal = await Wal.open({ dir, durability, clock, warn }, (body) => store.#replay(body));
    store.#headSinceMs = clock.nowMs();
    store.#scheduleCheck();
    return store;
  }

  get seriesCount(): number {
    return this.#index.size;
  }

  get pendingBytes(): number {
    return this.#headSamples * BYTES_PER_HEAD_SAMPLE + (this.#wal?.queuedBytes ?? 0);
  }

  appender(): MetricAppender {
    const { clock, retentionMs, maxFutureMs } = this.#options;
    return new BatchAppender(this, admissionAt(clock.nowMs(), { retentionMs, maxFutureMs, outOfOrderMs: 0 }, 0), () => ++this.#batch);
  }

  select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    return this.#reader.select(selections, limits);
  }

  selectParts(selection: MetricSelection, partSamples: number, limits: ReadLimits, buffers?: SampleBuffers): AsyncIterable<SeriesSet> {
    return this.#reader.selectParts(selection, partSamples, limits, buffers);
  }

  series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]> {
    return this.#reader.series(query, limits);
  }

  labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    return this.#reader.labelNames(query, limits);
  }

  labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    return this.#reader.labelValues(name, query, limits);
  }

  cardinality(limit: number): Cardinality {
    let minMs = Number.POSITIVE_INFINITY;
    let maxMs = Number.NEGATIVE_INFINITY;
    for (const series of this.#index.all()) {
      minMs = Math.min(minMs, series.diskMinMs, series.count > 0 ? (series.columns.times[0] as number) : minMs);
      maxMs = Math.max(maxMs, series.lastMs);
    }
    return cardinalityOf(this.#index.size, this.#index.counts(), { minMs, maxMs }, limit);
  }

  async deleteSamples(): Promise<void> {
    throw storageError('storage.engine', 'samples cannot be deleted from disk yet');
  }

  async cleanTombstones(): Promise<void> {
    // There is none yet.
  }

  // ------------------------------------------------------------------------------------------------------------ appending

  seriesFor(labels: Labels): Series {
    const known = this.#index.byLabels(labels);
    if (known) return known;
    const { maxSeries } = this.#options;
    if (this.#index.size >= maxSeries)
      throw storageError('storage.too_many_series', `the limit of ${maxSeries} series is reached; ${labels.toString()} was not created`);
    const series = new Series(this.#nextSeries++, this.#metricNumber(labels.metricName), labels);
    this.#index.add(series);
    return series;
  }

  seriesById(ref: SeriesRef): Series {
    const series = this.#index.byId(ref);
    if (!series) throw storageError('storage.bad_sample', `unknown series reference ${ref}`);
    // Retention forgot it while somebody kept the reference.
    if (!series.isIndexed) return this.#revive(series);
    return series;
  }

  refuse(outcome: AppendOutcome): void {
    this.samplesRefused[outcome] = (this.samplesRefused[outcome] ?? 0) + 1;
  }

  async commit(samples: SampleColumns, bits: Uint32Array, bodies: ReadonlyMap<number, Uint8Array>): Promise<void> {
    if (bodies.size > 0) throw storageError('storage.engine', 'native histograms cannot be written to disk yet');
    const { maxHeadSamples, maxQueuedBytes, flushSamples } = this.#options;
    const wal = this.#wal;
    if (this.#isClosed || !wal) throw storageError('storage.closed');
    const { length } = samples.times;
    if (this.#headSamples + length > maxHeadSamples || wal.queuedBytes > maxQueuedBytes) {
      this.#flushLater();
      throw storageError(
        'storage.overloaded',
        `${this.#headSamples} samples and ${wal.queuedBytes} bytes wait for the disk; nothing was stored, send again later`,
      );
    }
    const newSeries: Series[] = [];
    for (let i = 0; i < length; i++) {
      const series = this.seriesById(samples.series[i] as number);
      samples.series[i] = series.id;
      if (!this.#push(series, samples.times[i] as number, samples.values, bits, i)) continue;
      if (!series.isLogged) {
        series.isLogged = true;
        newSeries.push(series);
      }
    }
    const durable = wal.append(encodeMetricRecord(newSeries, samples));
    if (this.#headSamples >= flushSamples) this.#flushLater();
    try {
      await durable;
    } catch (error) {
      for (const series of newSeries) series.isLogged = false;
      throw error;
    }
  }

  /** False when another batch was faster and the sample does not fit any more. */
  #push(series: Series, timestampMs: number, values: Float64Array, bits: Uint32Array, i: number): boolean {
    if (timestampMs <= series.lastMs) {
      const isSame = Object.is(series.lastValue, values[i]) && series.isLastStale === isStaleAt(bits, i);
      if (timestampMs < series.lastMs) this.refuse('out_of_order');
      else if (!isSame) this.refuse('duplicate_other_value');
      return false;
    }
    series.push(timestampMs, values, bits, i);
    this.#headSamples++;
    this.samplesAppended++;
    return true;
  }

  #metricNumber(name: string): number {
    let number = this.#metrics.get(name);
    if (number === undefined) {
      number = this.#metrics.size + 1;
      this.#metrics.set(name, number);
    }
    return number;
  }

  #revive(series: Series): Series {
    const other = this.#index.byLabels(series.labels);
    if (other) return other;
    series.isIndexed = true;
    series.isLogged = false;
    series.isStored = false;
    this.#index.add(series);
    return series;
  }

  // -------------------------------------------------------------------------------------------------------------- opening

  async #load(): Promise<void> {
    const { driver } = this.#options;
    for await (const block of driver.query('SELECT series, metric, labels FROM series ORDER BY series', {}, {})) {
      const ids = block.fixed('series', 'UInt32');
      const metrics = block.fixed('metric', 'UInt32');
      block.stringArray('labels').forEach((flat, i) => {
        this.#addKnown(ids[i] as number, metrics[i] as number, Labels.fromSortedFlat(Object.freeze(flat))).isStored = true;
      });
      await setImmediate();
    }
    await this.#loadSpans();
  }

  #addKnown(id: number, metric: number, labels: Labels): Series {
    const known = this.#index.byId(id);
    if (known) return known;
    const series = new Series(id, metric, labels);
    series.isLogged = true;
    this.#index.add(series);
    this.#metrics.set(labels.metricName, metric);
    this.#nextSeries = Math.max(this.#nextSeries, id + 1);
    return series;
  }

  async #loadSpans(): Promise<void> {
    const sql = 'SELECT series, min(min_t) AS min_ms, max(max_t) AS max_ms, argMax(last, max_t) AS last_value FROM samples GROUP BY series';
    for (const series of this.#index.all()) {
      series.diskMinMs = Number.POSITIVE_INFINITY;
      series.diskMaxMs = Number.NEGATIVE_INFINITY;
    }
    for await (const block of this.#options.driver.query(sql, {}, {})) {
      const ids = block.fixed('series', 'UInt32');
      const minMs = block.fixed('min_ms', 'Int64');
      const maxMs = block.fixed('max_ms', 'Int64');
      const last = block.fixed('last_value', 'Float64');
      const bits = bitsOf(last);
      ids.forEach((id, i) => {
        const series = this.#index.byId(id);
        if (!series) return;
        series.diskMinMs = Number(minMs[i]);
        series.diskMaxMs = Number(maxMs[i]);
        if (series.diskMaxMs <= series.lastMs) return;
        series.lastMs = series.diskMaxMs;
        series.lastValue = last[i] as number;
        series.isLastStale = isStaleAt(bits, i);
      });
    }
  }

  #replay(body: Buffer): void {
    const { newSeries, samples, bits } = decodeMetricRecord(body);
    for (const { id, metric, labels } of newSeries) this.#addKnown(id, metric, labels);
    const { times, values } = samples;
    for (let i = 0; i < times.length; i++) {
      const series = this.#index.byId(samples.series[i] as number);
      const timestampMs = times[i] as number;
      if (!series || timestampMs <= series.lastMs) continue;
      series.push(timestampMs, values, bits, i);
      this.#headSamples++;
    }
  }

  // ------------------------------------------------------------------------------------------------------------- flushing

  #scheduleCheck(): void {
    if (this.#isClosed) return;
    this.#checkTimer = this.#options.clock.after(CHECK_INTERVAL_MS, () => {
      const { clock, flushAfterMs } = this.#options;
      if (this.#headSamples > 0 && clock.nowMs() - this.#headSinceMs >= flushAfterMs) this.#flushLater();
      this.#scheduleCheck();
    });
  }

  #flushLater(): void {
    this.flush().catch((error: unknown) => this.#options.warn(`samples could not be handed to the engine yet: ${messageOf(error)}`));
  }

  /** Hands the head to the engine and drops the log behind it; a flush under way is joined. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const wal = this.#wal;
    if (!wal || this.#headSamples === 0) return;
    const segment = await wal.rotate();
    this.#headSinceMs = this.#options.clock.nowMs();
    const heads: Head[] = [];
    for (const series of this.#index.all()) {
      const { columns, count } = series;
      if (count > 0) heads.push({ series, columns, count, at: 0 });
    }
    heads.sort((a, b) => a.series.metric - b.series.metric || a.series.id - b.series.id);
    await this.#storeLabels(heads.map(({ series }) => series).filter((series) => !series.isStored));
    await this.#storeBlocks(heads);
    for (const { series, count } of heads) {
      series.handOver(count);
      this.#headSamples -= count;
    }
    await wal.dropBefore(segment);
  }

  async #storeLabels(series: readonly Series[]): Promise<void> {
    const columns = [
      fixedColumn(
        'series',
        'UInt32',
        Uint32Array.from(series, ({ id }) => id),
      ),
      fixedColumn(
        'metric',
        'UInt32',
        Uint32Array.from(series, ({ metric }) => metric),
      ),
      stringArrayColumn(
        'labels',
        series.map(({ labels }) => labels.flat),
      ),
    ];
    await this.#options.driver.insert('series', series.length, columns);
    for (const one of series) one.isStored = true;
  }

  /** One partition after the other, oldest first: a crash in between leaves a beginning of every series, nothing else. */
  async #storeBlocks(heads: readonly Head[]): Promise<void> {
    for (let rest = heads; rest.length > 0; rest = rest.filter(({ at, count }) => at < count)) {
      let partition = Number.POSITIVE_INFINITY;
      for (const { columns, at } of rest) partition = Math.min(partition, partitionOf(columns.times[at] as number));
      let encoder = new BlockEncoder();
      let sliceEnd = ENCODE_SLICE;
      for (const head of rest) {
        encodeHead(head, partition, encoder);
        if (encoder.samples >= INSERT_SAMPLES) {
          await this.#options.driver.insert('samples', encoder.rows, encoder.columns());
          encoder = new BlockEncoder();
          sliceEnd = ENCODE_SLICE;
        } else if (encoder.samples >= sliceEnd) {
          sliceEnd = encoder.samples + ENCODE_SLICE;
          await setImmediate();
        }
      }
      await this.#options.driver.insert('samples', encoder.rows, encoder.columns());
    }
  }

  // ------------------------------------------------------------------------------------------------------ retention, close

  async enforceRetention(): Promise<void> {
    const { clock, driver, retentionMs } = this.#options;
    if (retentionMs <= 0) return;
    await this.flush();
    const partition = partitionOf(clock.nowMs() - retentionMs);
    if ((await dropPartitionsBefore(driver, 'samples', partition)) === 0) return;
    await this.#loadSpans();
    const gone = [...this.#index.all()].filter((series) => series.isStored && series.count === 0 && series.diskMaxMs < series.diskMinMs);
    for (const series of gone) {
      series.isIndexed = false;
      series.lastMs = Number.NEGATIVE_INFINITY;
      this.#index.remove(series);
    }
    if (gone.length > 0)
      await driver.command('ALTER TABLE series DELETE WHERE series IN {ids:Array(UInt32)} SETTINGS mutations_sync = 1', {
        ids: gone.map(({ id }) => id),
      });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#checkTimer?.cancel();
    try {
      await this.flush();
      await this.flush();
    } catch (error) {
      this.#options.warn(`samples stay in the write-ahead log until the next start: ${messageOf(error)}`);
    }
    await this.#wal?.close();
  }
}

/** What of a series is being flushed; `at` is the first sample not encoded yet. */
interface Head {
  readonly series: Series;
  readonly columns: HeadColumns;
  readonly count: number;
  at: number;
}

function encodeHead(head: Head, partition: number, encoder: BlockEncoder): void {
  const { series, columns, count } = head;
  const border = (partition + 1) * METRIC_PARTITION_MS;
  while (head.at < count && (columns.times[head.at] as number) < border) {
    const end = blockEnd(columns.times, head.at, count);
    encoder.add(series.metric, series.id, columns.times, columns.values, head.at, end);
    head.at = end;
  }
}
