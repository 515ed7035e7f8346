// Metrics on the engine. A commit goes to the head (visible) and to the write-ahead log (durable); flushes turn heads into blocks. After a
// restart the log is replayed over what complete flushes have stored.
import { messageOf } from '../../model/app-error.ts';
import type { Clock, Timer } from '../../model/clock.ts';
import type { Labels } from '../../model/labels.ts';
import { type Admission, admissionAt, admit } from '../admission.ts';
import { ChangeLog } from '../change-log.ts';
import { storageError } from '../errors.ts';
import type { Durability } from '../options.ts';
import { freshMemory, isPacked, type PackedSeries, type PackMemory } from '../packed/packed-series.ts';
import { unpack } from '../packed/unpacker.ts';
import type {
  AppendOutcome,
  Cardinality,
  LabelQuery,
  MetricAppender,
  MetricSelection,
  MetricStore,
  ReadLimits,
  SeriesLife,
  SeriesRef,
  SeriesSet,
} from '../store.ts';
import { type AppendTarget, BatchAppender } from './appender.ts';
import { type Batch, BatchPool } from './batch.ts';
import { partitionOf } from './blocks.ts';
import { Deleter } from './deleter.ts';
import type { Driver } from './driver.ts';
import { Exclusive } from './exclusive.ts';
import { Flusher } from './flusher.ts';
import { Generations } from './generations.ts';
import { type Series, UNIT_BYTES } from './head.ts';
import { HeadMemory } from './head-columns.ts';
import { LabelReader } from './label-reader.ts';
import { encodeDeletionRecord, encodeMetricRecord } from './metric-log.ts';
import { MetricReader } from './metric-reader.ts';
import { bytesOnDisk, dropBeyond, dropPartitionsBefore, type Partitioned } from './retention.ts';
import { repairRollups } from './rollup-repair.ts';
import { newestAt } from './run.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { countSamplesByMetric, livesOf } from './series-lives.ts';
import { SeriesLoader } from './series-loader.ts';
import { METRIC_PARTITION_MS } from './tables.ts';
import { Turns } from './turns.ts';
import { Wal } from './wal.ts';
import { WalCommitLog } from './wal-commit-log.ts';

const CHECK_INTERVAL_MS = 10_000;
/** Series looked at before other work gets its turn. */
const LOOKED_AT_ONCE = 20_000;
const BLOCKS: Partitioned = {
  tables: ['samples', 'rollups'],
  partitionBy: `intDiv(min_t, ${METRIC_PARTITION_MS})`,
  timeColumn: 'max_t',
};

export interface MetricStoreOptions {
  readonly clock: Clock;
  readonly driver: Driver;
  readonly walDir: string;
  readonly durability: Durability;
  readonly maxSeries: number;
  readonly maxFutureMs: number;
  readonly outOfOrderMs: number;
  readonly retentionMs: number;
  /** On disk; 0 = as many as there are. */
  readonly maxBytes: number;
  /** A head is flushed when its oldest sample has been in it for so long, … */
  readonly flushAfterMs: number;
  /** … or when it holds so many samples; a histogram counts as several. */
  readonly flushSamples: number;
  /** Commits are refused while the head holds more. */
  readonly maxHeadSamples: number;
  /** Memory for what is read again: half for rollups, half for the newest blocks. */
  readonly cacheBytes: number;
  /** Keeps the log until `commitLog.keepFrom` says from where it is wanted. */
  readonly keepsLog: boolean;
  /** Commits are refused while more waits for the disk. */
  readonly maxQueuedBytes: number;
  readonly warn: (message: string) => void;
}

/** The MetricStore on a Driver. */
export class ClickhouseMetricStore implements MetricStore, AppendTarget {
  readonly #options: MetricStoreOptions;
  #outOfOrderMs: number;
  readonly #catalog: SeriesCatalog;
  readonly #generations: Generations;
  readonly #reader: MetricReader;
  readonly #labels: LabelReader;
  readonly #flusher: Flusher;
  readonly #deleter: Deleter;
  readonly #loader: SeriesLoader;
  /** Flushes, deletions, retention: whatever changes what is stored. */
  readonly #upkeep = new Exclusive();
  readonly #turns = new Turns();
  #wal: Wal | undefined;
  #batch = 0;
  /** Memory of the head, in samples of 16 bytes. */
  #headUnits = 0;
  #headSinceMs = 0;
  /** Time of the newest sample of all. */
  #newestMs = Number.NEGATIVE_INFINITY;
  #flushing: Promise<void> | undefined;
  #checkTimer: Timer | undefined;
  #isClosed = false;
  #commitLog: WalCommitLog | undefined;
  readonly #memory = new HeadMemory();
  readonly batches = new BatchPool();
  readonly changes = new ChangeLog();
  samplesAppended = 0;
  readonly samplesRefused: Partial<Record<AppendOutcome, number>> = {};

  private constructor(options: MetricStoreOptions) {
    const { driver, maxSeries } = options;
    this.#options = options;
    this.#outOfOrderMs = options.outOfOrderMs;
    this.#catalog = new SeriesCatalog(maxSeries);
    this.#generations = new Generations(driver);
    this.#reader = new MetricReader(driver, this.#catalog, this.#generations, options.cacheBytes);
    this.#labels = new LabelReader(driver, this.#catalog, this.#generations);
    this.#flusher = new Flusher(driver, this.#generations);
    this.#deleter = new Deleter({
      driver,
      generations: this.#generations,
      catalog: this.#catalog,
      flusher: this.#flusher,
      memory: this.#memory,
    });
    this.#loader = new SeriesLoader(driver, this.#generations, this.#catalog);
  }

  /** Loads labels and spans of all series and replays the write-ahead log. */
  static async open(options: MetricStoreOptions): Promise<ClickhouseMetricStore> {
    const store = new ClickhouseMetricStore(options);
    await store.#open();
    return store;
  }

  async #open(): Promise<void> {
    const { walDir: dir, durability, clock, warn } = this.#options;
    const loader = this.#loader;
    await this.#generations.load();
    await repairRollups(this.#options.driver, this.#generations.now, warn);
    await loader.load();
    const { visible } = this.#generations.now;
    this.#wal = await Wal.open(
      { dir, durability, clock, warn, firstSegment: visible, lastSegment: this.#generations.highest, keepsOlder: this.#options.keepsLog },
      (body) => loader.replay(body),
    );
    this.#commitLog = new WalCommitLog({ wal: this.#wal, catalog: this.#catalog, newestMs: () => this.#newestMs, clock, warn });
    await loader.finish();
    this.#headUnits = loader.units;
    this.#flusher.addTombstones(loader.tombstones);
    this.#refreshNewest();
    this.#headSinceMs = clock.nowMs();
    this.#scheduleCheck();
  }

  get commitLog(): WalCommitLog {
    return this.#commitLog as WalCommitLog;
  }

  get seriesCount(): number {
    return this.#catalog.size;
  }

  get refEpoch(): number {
    return this.#catalog.refEpoch;
  }

  get pendingBytes(): number {
    return this.#headUnits * UNIT_BYTES + (this.#wal?.queuedBytes ?? 0);
  }

  appender({ outOfOrderMs } = { outOfOrderMs: this.#outOfOrderMs }): MetricAppender {
    const { clock, retentionMs, maxFutureMs } = this.#options;
    const limits = { retentionMs, maxFutureMs, outOfOrderMs };
    return new BatchAppender(this, admissionAt(clock.nowMs(), limits, this.#newestMs), () => ++this.#batch);
  }

  setOutOfOrderMs(windowMs: number): void {
    this.#outOfOrderMs = windowMs;
  }

  select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    return this.#reader.select(selections, limits);
  }

  selectPacked(selection: MetricSelection, limits: ReadLimits, memory: PackMemory): AsyncIterable<PackedSeries | SeriesSet> {
    return this.#reader.selectPacked(selection, limits, memory);
  }

  async *selectParts(selection: MetricSelection, partSamples: number, limits: ReadLimits): AsyncGenerator<SeriesSet> {
    const memory = freshMemory(partSamples);
    for await (const part of this.#reader.selectPacked(selection, limits, memory)) yield isPacked(part) ? unpack(part) : part;
  }

  series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]> {
    return this.#labels.series(query, limits);
  }

  labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    return this.#labels.labelNames(query, limits);
  }

  labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    return this.#labels.labelValues(name, query, limits);
  }

  cardinality(limit: number): Cardinality {
    return this.#catalog.cardinality(limit);
  }

  lives(limits: ReadLimits): AsyncIterable<readonly SeriesLife[]> {
    return livesOf(this.#catalog, this.#turns, limits);
  }

  samplesByMetric(startMs: number, limits: ReadLimits): Promise<ReadonlyMap<string, number>> {
    const source = { catalog: this.#catalog, turns: this.#turns, driver: this.#options.driver, visible: this.#generations.now };
    return countSamplesByMetric(source, startMs, limits);
  }

  // ------------------------------------------------------------------------------------------------------------ appending

  seriesFor(labels: Labels): Series {
    return this.#catalog.withLabels(labels);
  }

  seriesById(ref: SeriesRef): Series {
    return this.#catalog.byRef(ref);
  }

  refuse(outcome: AppendOutcome): void {
    this.samplesRefused[outcome] = (this.samplesRefused[outcome] ?? 0) + 1;
  }

  async commit(batch: Batch, admission: Admission, mayLinger: boolean): Promise<void> {
    const newSeries: Series[] = [];
    let durable: Promise<void> | undefined;
    try {
      durable = this.#accept(batch, admission, newSeries, mayLinger);
    } finally {
      this.batches.give(batch);
    }
    try {
      await durable;
    } catch (error) {
      for (const series of newSeries) series.isLogged = false;
      throw error;
    }
  }

  /** Puts the batch into the head and the log, copying it; undefined when nothing of it was left. */
  #accept(batch: Batch, admission: Admission, newSeries: Series[], mayLinger: boolean): Promise<void> | undefined {
    const { maxHeadSamples, maxQueuedBytes, flushSamples } = this.#options;
    const wal = this.#openWal();
    if (this.#headUnits + batch.count > maxHeadSamples || wal.queuedBytes > maxQueuedBytes) {
      this.#flushLater();
      throw storageError(
        'storage.overloaded',
        `${this.#headUnits} samples and ${wal.queuedBytes} bytes wait for the disk; nothing was stored, send again later`,
      );
    }
    const kept = this.#store(batch, admission, newSeries);
    if (kept === 0) return undefined;
    const durable = wal.append(encodeMetricRecord(newSeries, batch.columns(kept)), mayLinger);
    if (this.#headUnits >= flushSamples) this.#flushLater();
    return durable;
  }

  /**
   * Puts the batch into the head; answers how many of it were stored, which are then its first. Another batch may have been faster since
   * it was admitted.
   */
  #store(batch: Batch, admission: Admission, newSeries: Series[]): number {
    const { times, count } = batch;
    let kept = 0;
    let units = 0;
    let [oldestMs, newestMs] = [Number.POSITIVE_INFINITY, this.#newestMs];
    for (let i = 0; i < count; i++) {
      let series = batch.seriesAt(i);
      if (!series.isIndexed) series = this.seriesById(series.id);
      const timestampMs = times[i] as number;
      if (timestampMs <= series.lastMs && !this.#isAdmitted(batch, i, series, admission)) continue;
      const added = series.push(batch, i, this.#memory);
      if (added === 0) continue;
      units += added;
      if (timestampMs > newestMs) newestMs = timestampMs;
      if (timestampMs < oldestMs) oldestMs = timestampMs;
      if (!series.isLogged) {
        series.isLogged = true;
        newSeries.push(series);
      }
      batch.move(i, kept, series);
      kept++;
    }
    this.#headUnits += units;
    this.#newestMs = newestMs;
    this.samplesAppended += kept;
    if (kept > 0) this.changes.record(oldestMs);
    return kept;
  }

  #isAdmitted(batch: Batch, i: number, series: Series, admission: Admission): boolean {
    const timestampMs = batch.times[i] as number;
    const verdict = admit(admission, series.lastMs, timestampMs, () => series.isNewest(timestampMs, newestAt(batch, i)));
    if (verdict !== 'late' && verdict !== 'duplicate' && verdict !== 'ok') this.refuse(verdict);
    return verdict === 'late';
  }

  #refreshNewest(): void {
    this.#newestMs = Number.NEGATIVE_INFINITY;
    for (const { lastMs } of this.#catalog.indexed()) this.#newestMs = Math.max(this.#newestMs, lastMs);
  }

  #openWal(): Wal {
    if (this.#isClosed || !this.#wal) throw storageError('storage.closed');
    return this.#wal;
  }

  // ------------------------------------------------------------------------------------------------------------- flushing

  #scheduleCheck(): void {
    if (this.#isClosed) return;
    this.#checkTimer = this.#options.clock.after(CHECK_INTERVAL_MS, () => {
      const { clock, flushAfterMs } = this.#options;
      if (this.#headUnits > 0 && clock.nowMs() - this.#headSinceMs >= flushAfterMs) this.#flushLater();
      this.#scheduleCheck();
    });
  }

  #flushLater(): void {
    this.flush().catch((error: unknown) => this.#options.warn(`samples could not be handed to the engine yet: ${messageOf(error)}`));
  }

  /** Hands the head to the engine and drops the log behind it; a flush under way is joined. */
  flush(): Promise<void> {
    this.#flushing ??= this.#upkeep
      .run(() => this.#flush())
      .finally(() => {
        this.#flushing = undefined;
      });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const wal = this.#wal;
    if (!wal || (this.#headUnits === 0 && !this.#flusher.hasTombstones)) return;
    const sinceMs = this.#options.clock.nowMs();
    const onHandedOver = (units: number) => {
      this.#headUnits -= units;
    };
    const newest = () => (this.#options.keepsLog ? this.#catalog.newest : undefined);
    await this.#flusher.flush({ wal, series: this.#catalog.indexed(), memory: this.#memory, newest, onHandedOver });
    this.#headSinceMs = sinceMs;
  }

  // ---------------------------------------------------------------------------------------- deletion, retention, close

  async deleteSamples(query: LabelQuery, limits: ReadLimits): Promise<void> {
    const durable = await this.#upkeep.run(async () => {
      const wal = this.#openWal();
      const deletion = await this.#deleter.delete(query, limits);
      if (!deletion) return [];
      this.changes.record(deletion.startMs);
      this.#headUnits = 0;
      for (const series of this.#catalog.indexed()) this.#headUnits += series.units;
      this.#refreshNewest();
      // In an array: the promise itself must not hold up what waits for its turn.
      return [wal.append(encodeDeletionRecord(deletion))];
    });
    await Promise.all(durable);
  }

  async cleanTombstones(): Promise<void> {
    await this.#upkeep.run(async () => {
      this.#openWal();
      if (!this.#deleter.isUntidy) return;
      await this.#flush();
      await this.#reader.duringRewrite(() => this.#deleter.clean());
    });
  }

  async enforceRetention(): Promise<void> {
    const { clock, driver, retentionMs, maxBytes } = this.#options;
    this.#catalog.dropForgotten(clock.nowMs());
    if (retentionMs > 0 || maxBytes > 0)
      await this.#upkeep.run(async () => {
        const partition = retentionMs > 0 ? partitionOf(clock.nowMs() - retentionMs) : Number.MIN_SAFE_INTEGER;
        if (await this.#isHeadDue(partition)) await this.#flush();
        // As long as nobody knows that nothing was dropped, everything may have been.
        let dropped: number | undefined;
        try {
          dropped = await this.#reader.duringRewrite(async () => {
            await dropPartitionsBefore(driver, 'rollups', partition);
            const old = await dropPartitionsBefore(driver, 'samples', partition);
            return old + (await dropBeyond(driver, BLOCKS, maxBytes));
          });
        } finally {
          if (dropped !== 0) this.changes.record(Number.NEGATIVE_INFINITY);
        }
        if (dropped === 0) return;
        await this.#loader.refreshSpans();
        await this.#forgetEmpty();
      });
    await this.cleanTombstones();
  }

  /** Whether the head may hold something that is to go. Otherwise it stays: flushed each time, series would have short blocks only. */
  async #isHeadDue(partition: number): Promise<boolean> {
    const { driver, maxBytes } = this.#options;
    if (maxBytes > 0 && this.#headUnits * UNIT_BYTES + (await bytesOnDisk(driver, BLOCKS)) > maxBytes) return true;
    const keptFromMs = partition * METRIC_PARTITION_MS;
    let looked = 0;
    for (const series of this.#catalog.indexed()) {
      if (++looked % LOOKED_AT_ONCE === 0) await this.#turns.next();
      if (series.headOldestMs < keptFromMs) return true;
    }
    return false;
  }

  /** Forgets the series of which the engine has nothing left. */
  async #forgetEmpty(): Promise<void> {
    const { driver } = this.#options;
    const gone = [...this.#catalog.indexed()].filter((series) => series.isStored && !series.hasHead && !series.hasDisk);
    this.#catalog.forget(gone);
    this.#refreshNewest();
    // Rows that a tombstone hides may be there still: a cleaning removes their labels.
    const ids = gone.filter((series) => series.tombstones.length === 0).map(({ id }) => id);
    if (ids.length > 0)
      await driver.command('ALTER TABLE series DELETE WHERE series IN {ids:Array(UInt32)} SETTINGS mutations_sync = 1', { ids });
  }

  /** Runs `work` while the engine has everything accepted so far, and nothing changes that it stores of metrics. */
  frozen<T>(work: () => Promise<T>): Promise<T> {
    return this.#upkeep.run(async () => {
      this.#openWal();
      await this.#flush();
      return work();
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
    await this.#commitLog?.close();
    await this.#wal?.close();
  }
}
