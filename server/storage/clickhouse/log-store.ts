import { Labels } from '../../model/labels.ts';
import type { LogEntry, LogStream } from '../../model/log-entry.ts';
import { throwIfAborted } from '../errors.ts';
import type { LogLabelQuery, LogRow, LogSelection, LogStore, ReadLimits } from '../store.ts';
import { BatchWriter } from './batch-writer.ts';
import { type BoundValues, type Driver, queryAll } from './driver.ts';
import { fixedColumn, stringArrayColumn, stringColumn } from './native.ts';
import { dropPartitionsBefore } from './retention.ts';
import { type Indexed, SeriesIndex } from './series-index.ts';

const NS_PER_DAY = 86_400_000_000_000n;
const IN_SPAN = 'stream IN {streams:Array(UInt32)} AND time_ns >= {start:Int64} AND time_ns < {end:Int64}';

interface Stream extends Indexed {
  isStored: boolean;
}

interface Line {
  readonly stream: Stream;
  readonly entry: LogEntry;
}

export interface LogStoreOptions {
  readonly driver: Driver;
  readonly maxPendingBytes: number;
  /** Numbers lines across restarts in order of arrival: how often the data directory was opened. */
  readonly opening: number;
}

/** The LogStore on a Driver: lines go straight into the engine, many appends in one insert. */
export class ClickhouseLogStore implements LogStore {
  readonly #options: LogStoreOptions;
  readonly #index = new SeriesIndex<Stream>();
  readonly #writer: BatchWriter<Line>;
  #nextStream = 1;
  #arrival: bigint;
  linesAppended = 0;

  private constructor(options: LogStoreOptions) {
    this.#options = options;
    this.#arrival = BigInt(options.opening) << 40n;
    this.#writer = new BatchWriter({ write: (lines) => this.#write(lines), maxBytes: options.maxPendingBytes, noun: 'log lines' });
  }

  static async open(options: LogStoreOptions): Promise<ClickhouseLogStore> {
    const store = new ClickhouseLogStore(options);
    for (const block of await queryAll(options.driver, 'SELECT stream, labels FROM log_streams ORDER BY stream')) {
      const ids = block.fixed('stream', 'UInt32');
      block.stringArray('labels').forEach((flat, i) => {
        store.#addStream(ids[i] as number, Labels.fromSortedFlat(Object.freeze(flat)), true);
      });
    }
    return store;
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  append(streams: readonly LogStream[]): Promise<void> {
    const lines: Line[] = [];
    let bytes = 0;
    for (const { labels, entries } of streams) {
      const stream = this.#index.byLabels(labels) ?? this.#addStream(this.#nextStream, labels, false);
      for (const entry of entries) {
        lines.push({ stream, entry });
        bytes += 64 + entry.line.length + entry.metadata.flat.length * 16;
      }
    }
    return lines.length === 0 ? Promise.resolve() : this.#writer.add(lines, bytes);
  }

  async select(selection: LogSelection, limits: ReadLimits): Promise<LogRow[]> {
    throwIfAborted(limits);
    const streams = this.#index.match(selection.matchers);
    if (streams.length === 0 || selection.limit <= 0) return [];
    const direction = selection.direction === 'forward' ? 'ASC' : 'DESC';
    const sql = `SELECT stream, time_ns, line, metadata FROM log_lines WHERE ${IN_SPAN}
      ORDER BY time_ns ${direction}, arrival ASC LIMIT {limit:UInt64}`;
    const rows: LogRow[] = [];
    for await (const block of this.#options.driver.query(sql, { ...bindSpan(streams, selection), limit: selection.limit }, limits)) {
      const ids = block.fixed('stream', 'UInt32');
      const times = block.fixed('time_ns', 'Int64');
      const metadata = block.stringArray('metadata');
      block.strings('line').forEach((line, i) => {
        const stream = this.#index.byId(ids[i] as number)?.labels ?? Labels.EMPTY;
        const labels = Labels.fromSortedFlat(Object.freeze(metadata[i] as string[]));
        rows.push({ stream, timestampNs: times[i] as bigint, line, metadata: labels });
      });
    }
    return rows;
  }

  async streams(query: LogLabelQuery, limits: ReadLimits): Promise<Labels[]> {
    throwIfAborted(limits);
    const streams = this.#index.matchAny(query.matcherSets);
    if (streams.length === 0) return [];
    const sql = `SELECT DISTINCT stream FROM log_lines WHERE ${IN_SPAN}`;
    const found: Labels[] = [];
    for (const block of await queryAll(this.#options.driver, sql, bindSpan(streams, query), limits))
      for (const id of block.fixed('stream', 'UInt32')) {
        const stream = this.#index.byId(id);
        if (stream) found.push(stream.labels);
      }
    return found.sort((a, b) => a.compare(b));
  }

  async dropBefore(beforeNs: bigint): Promise<void> {
    await dropPartitionsBefore(this.#options.driver, 'log_lines', Number(beforeNs / NS_PER_DAY));
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #addStream(id: number, labels: Labels, isStored: boolean): Stream {
    const stream = { id, labels, isStored };
    this.#index.add(stream);
    this.#nextStream = Math.max(this.#nextStream, id + 1);
    return stream;
  }

  async #write(lines: readonly Line[]): Promise<void> {
    const { driver } = this.#options;
    const newStreams = [...new Set(lines.map(({ stream }) => stream))].filter((stream) => !stream.isStored);
    await driver.insert('log_streams', newStreams.length, [
      fixedColumn(
        'stream',
        'UInt32',
        Uint32Array.from(newStreams, ({ id }) => id),
      ),
      stringArrayColumn(
        'labels',
        newStreams.map(({ labels }) => labels.flat),
      ),
    ]);
    for (const stream of newStreams) stream.isStored = true;
    await driver.insert('log_lines', lines.length, [
      fixedColumn(
        'stream',
        'UInt32',
        Uint32Array.from(lines, ({ stream }) => stream.id),
      ),
      fixedColumn(
        'time_ns',
        'Int64',
        BigInt64Array.from(lines, ({ entry }) => entry.timestampNs),
      ),
      fixedColumn(
        'arrival',
        'UInt64',
        BigUint64Array.from(lines, () => this.#arrival++),
      ),
      stringColumn(
        'line',
        lines.map(({ entry }) => entry.line),
      ),
      stringArrayColumn(
        'metadata',
        lines.map(({ entry }) => entry.metadata.flat),
      ),
    ]);
    this.linesAppended += lines.length;
  }
}

function bindSpan(streams: readonly Stream[], { startNs, endNs }: { startNs: bigint; endNs: bigint }): BoundValues {
  return { streams: streams.map(({ id }) => id), start: startNs, end: endNs };
}
