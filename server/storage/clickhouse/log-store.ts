import type { Clock } from '../../model/clock.ts';
import type { Labels } from '../../model/labels.ts';
import type { LogStream } from '../../model/log-entry.ts';
import type { Matcher } from '../../model/matcher.ts';
import { throwIfAborted } from '../errors.ts';
import type { LogBlock, LogLabelQuery, LogSelection, LogStore, ReadLimits } from '../store.ts';
import { type Driver, queryAll } from './driver.ts';
import { LINE_COLUMNS, LogBatch, sizeOfEntry } from './log-batch.ts';
import { LogReader, whereSpan } from './log-reader.ts';
import { LogStreams, type Stream } from './log-streams.ts';
import { deleteWhere, dropBeyond, dropPartitionsBefore, type Partitioned } from './retention.ts';
import { NS_PER_DAY } from './tables.ts';
import { WriteBuffer } from './write-buffer.ts';

/** Larger appends are split. */
const MAX_BATCH_BYTES = 8_000_000;
const STREAMS_PER_STATEMENT = 10_000;
const LINES: Partitioned = { tables: ['lines'], partitionBy: `intDiv(time_ns, ${NS_PER_DAY})`, timeColumn: 'time_ns' };
// A line's arrival is its own; those of an insert are younger than all that was stored before.
const NEW_LINES = `arrival NOT IN (SELECT arrival FROM lines WHERE arrival >= (SELECT min(arrival) FROM file({segment:String}, 'Native')))`;

/** What is to be dropped. */
export interface LogRetention {
  /** Undefined: nothing is too old. */
  readonly beforeNs: bigint | undefined;
  /** 0: nothing is too large. */
  readonly maxBytes: number;
  readonly rules: readonly { readonly matchers: readonly Matcher[]; readonly cutMs: number }[];
}

export interface LogStoreOptions {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly walDir: string;
  readonly warn: (message: string) => void;
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
  readonly #buffer: WriteBuffer;
  #arrival: bigint;
  linesAppended = 0;

  private constructor({ driver, opening }: LogStoreOptions, streams: LogStreams, buffer: WriteBuffer) {
    this.#driver = driver;
    this.#streams = streams;
    this.#buffer = buffer;
    this.#reader = new LogReader(driver, streams);
    this.#arrival = BigInt(opening) << 40n;
  }

  static async open(options: LogStoreOptions): Promise<ClickhouseLogStore> {
    const table = { table: 'lines', columnNames: LINE_COLUMNS, newRows: NEW_LINES, noun: 'log lines' };
    const buffer = await WriteBuffer.open({ ...options, ...table });
    return new ClickhouseLogStore(options, await LogStreams.open(options.driver, options.maxStreams), buffer);
  }

  get pendingBytes(): number {
    return this.#buffer.pendingBytes;
  }

  async append(streams: readonly LogStream[]): Promise<void> {
    let sizeBytes = 0;
    for (const { entries } of streams) for (const entry of entries) sizeBytes += sizeOfEntry(entry);
    this.#buffer.admit(sizeBytes);
    this.#streams.admit(labelsOf(streams));
    const used = new Set<Stream>();
    try {
      const batches: LogBatch[] = [];
      for (const { labels, entries } of streams) {
        if (entries.length === 0) continue;
        const stream = this.#streams.streamOf(labels, used);
        for (const entry of entries) fillable(batches).add(stream, entry);
      }
      // Numbered now: appends that come while new streams are stored are later ones.
      const numbered = batches.map((batch) => batch.numbered(this.#number(batch.rows)));
      await this.#streams.store(used);
      await Promise.all(numbered.map((batch) => this.#buffer.append(batch)));
      for (const { rows } of batches) this.linesAppended += rows;
    } finally {
      this.#streams.release(used);
    }
  }

  async *select(selection: LogSelection, limits: ReadLimits): AsyncGenerator<LogBlock> {
    throwIfAborted(limits);
    await this.#buffer.flushed(selection);
    yield* this.#reader.select(selection, limits);
  }

  async streams(query: LogLabelQuery, limits: ReadLimits): Promise<Labels[]> {
    throwIfAborted(limits);
    const streams = this.#streams.index.matchAny(query.matcherSets);
    if (streams.length === 0) return [];
    await this.#buffer.flushed(query);
    const { where, values } = whereSpan(streams, this.#streams, query);
    const found: Labels[] = [];
    for (const block of await queryAll(this.#driver, `SELECT DISTINCT stream FROM lines WHERE ${where}`, values, limits))
      for (const id of block.fixed('stream', 'UInt32')) {
        const stream = this.#streams.index.byId(id);
        if (stream) found.push(stream.labels);
      }
    return found.sort((a, b) => a.compare(b));
  }

  /** Drops what is older or larger than wanted, and streams that have no line left. */
  async enforceRetention({ beforeNs, maxBytes, rules }: LogRetention): Promise<void> {
    this.#streams.beginRun();
    await this.#buffer.flushed();
    let dropped = beforeNs === undefined ? 0 : await dropPartitionsBefore(this.#driver, 'lines', Number(beforeNs / NS_PER_DAY));
    dropped += await dropBeyond(this.#driver, LINES, maxBytes);
    for (const rule of rules) dropped += await this.#dropMatching(rule.matchers, rule.cutMs);
    if (dropped === 0) return;
    const used = new Set<number>();
    for (const block of await queryAll(this.#driver, 'SELECT DISTINCT stream FROM lines'))
      for (const id of block.fixed('stream', 'UInt32')) used.add(id);
    await this.#streams.forgetUnused(used);
  }

  async #dropMatching(matchers: readonly Matcher[], cutMs: number): Promise<number> {
    const ids = this.#streams.index.matchAny([matchers]).map(({ id }) => id);
    const cut = BigInt(cutMs) * 1_000_000n;
    let dropped = 0;
    for (let at = 0; at < ids.length; at += STREAMS_PER_STATEMENT) {
      const values = { streams: ids.slice(at, at + STREAMS_PER_STATEMENT), cut };
      const condition = 'stream IN {streams:Array(UInt32)} AND time_ns < {cut:Int64}';
      dropped += await deleteWhere(this.#driver, 'lines', LINES.partitionBy, { condition, values });
    }
    return dropped;
  }

  /** What of it a copy of the store has to wait for. */
  get buffer(): WriteBuffer {
    return this.#buffer;
  }

  close(): Promise<void> {
    return this.#buffer.close();
  }

  /** The first of as many numbers as there are rows. */
  #number(rows: number): bigint {
    const first = this.#arrival;
    this.#arrival += BigInt(rows);
    return first;
  }
}

/** The last batch, or a new one when that is full. */
function fillable(batches: LogBatch[]): LogBatch {
  const last = batches.at(-1);
  if (last && last.sizeBytes < MAX_BATCH_BYTES) return last;
  const batch = new LogBatch();
  batches.push(batch);
  return batch;
}

function* labelsOf(streams: readonly LogStream[]): Iterable<Labels> {
  for (const { labels, entries } of streams) if (entries.length > 0) yield labels;
}
