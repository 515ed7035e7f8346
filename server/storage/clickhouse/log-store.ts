import type { Labels } from '../../model/labels.ts';
import type { LogStream } from '../../model/log-entry.ts';
import { throwIfAborted } from '../errors.ts';
import type { LogBlock, LogLabelQuery, LogSelection, LogStore, ReadLimits } from '../store.ts';
import { type Driver, queryAll } from './driver.ts';
import { GroupCommit } from './group-commit.ts';
import { LogBatch, sizeOfEntry } from './log-batch.ts';
import { LogReader, whereSpan } from './log-reader.ts';
import { LogStreams } from './log-streams.ts';
import { dropPartitionsBefore } from './retention.ts';
import { NS_PER_DAY } from './tables.ts';

const MAX_BATCH_BYTES = 16_000_000;
const MIN_INTERVAL_MS = 50;

export interface LogStoreOptions {
  readonly driver: Driver;
  readonly maxPendingBytes: number;
  readonly maxStreams: number;
  /** Numbers lines across restarts in order of arrival: how often the data directory was opened. */
  readonly opening: number;
}

/** The LogStore on a Driver: lines go straight into the engine, many appends in one insert. */
export class ClickhouseLogStore implements LogStore {
  readonly #driver: Driver;
  readonly #streams: LogStreams;
  readonly #reader: LogReader;
  readonly #commit: GroupCommit<LogBatch>;
  #arrival: bigint;
  linesAppended = 0;

  private constructor({ driver, maxPendingBytes, opening }: LogStoreOptions, streams: LogStreams) {
    this.#driver = driver;
    this.#streams = streams;
    this.#reader = new LogReader(driver, streams);
    this.#arrival = BigInt(opening) << 40n;
    this.#commit = new GroupCommit({
      create: () => new LogBatch(),
      write: (batch) => this.#write(batch),
      maxPendingBytes,
      maxBatchBytes: MAX_BATCH_BYTES,
      minIntervalMs: MIN_INTERVAL_MS,
      noun: 'log lines',
    });
  }

  static async open(options: LogStoreOptions): Promise<ClickhouseLogStore> {
    return new ClickhouseLogStore(options, await LogStreams.open(options.driver, options.maxStreams));
  }

  get pendingBytes(): number {
    return this.#commit.pendingBytes;
  }

  async append(streams: readonly LogStream[]): Promise<void> {
    let sizeBytes = 0;
    for (const { entries } of streams) for (const entry of entries) sizeBytes += sizeOfEntry(entry);
    this.#commit.admit(sizeBytes);
    this.#streams.admit(labelsOf(streams));
    await this.#commit.add(sizeBytes, (next) => {
      for (const { labels, entries } of streams) {
        if (entries.length === 0) continue;
        const stream = this.#streams.streamOf(labels);
        for (const entry of entries) next().add(stream, entry);
      }
    });
  }

  select(selection: LogSelection, limits: ReadLimits): AsyncIterable<LogBlock> {
    return this.#reader.select(selection, limits);
  }

  async streams(query: LogLabelQuery, limits: ReadLimits): Promise<Labels[]> {
    throwIfAborted(limits);
    const streams = this.#streams.index.matchAny(query.matcherSets);
    if (streams.length === 0) return [];
    const { where, values } = whereSpan(streams, this.#streams, query);
    const found: Labels[] = [];
    for (const block of await queryAll(this.#driver, `SELECT DISTINCT stream FROM lines WHERE ${where}`, values, limits))
      for (const id of block.fixed('stream', 'UInt32')) {
        const stream = this.#streams.index.byId(id);
        if (stream) found.push(stream.labels);
      }
    return found.sort((a, b) => a.compare(b));
  }

  /** Drops the days before `beforeNs`, and streams that have no line left. */
  async dropBefore(beforeNs: bigint): Promise<void> {
    if ((await dropPartitionsBefore(this.#driver, 'lines', Number(beforeNs / NS_PER_DAY))) === 0) return;
    this.#streams.beginRun();
    await this.#commit.drain();
    const used = new Set<number>();
    for (const block of await queryAll(this.#driver, 'SELECT DISTINCT stream FROM lines'))
      for (const id of block.fixed('stream', 'UInt32')) used.add(id);
    await this.#streams.forgetUnused(used);
  }

  close(): Promise<void> {
    return this.#commit.close();
  }

  async #write(batch: LogBatch): Promise<void> {
    await this.#streams.store(batch.streams);
    const firstArrival = this.#arrival;
    this.#arrival += BigInt(batch.rows);
    await this.#driver.insert('lines', batch.rows, batch.columns(firstArrival));
    this.linesAppended += batch.rows;
  }
}

function* labelsOf(streams: readonly LogStream[]): Iterable<Labels> {
  for (const { labels, entries } of streams) if (entries.length > 0) yield labels;
}
