import { crc32 } from 'node:zlib';
import type { Labels } from '../../model/labels.ts';
import { tooManyStreams } from '../errors.ts';
import { type Driver, queryAll } from './driver.ts';
import { fixedColumn, stringArrayColumn } from './native.ts';
import { type Indexed, SeriesIndex } from './series-index.ts';

/** One log stream, known for as long as it has lines. */
export interface Stream extends Indexed {
  /** Lines of streams with one number lie together: those of one service, which questions are mostly about. */
  readonly group: number;
  isStored: boolean;
  /** While it is being stored. */
  storing?: Promise<void> | undefined;
  /** Appends to it under way. */
  appends: number;
  /** The run of retention in which the last append ended. */
  run: number;
}

/** Labels that name what a stream is about, most telling first. */
const MAIN_LABELS = ['service_name', 'service', 'app', 'job', 'container', 'namespace'] as const;
const GROUPS = 65_536;

/** The log streams of a store, in memory and in the table `log_streams`. */
export class LogStreams {
  readonly index = new SeriesIndex<Stream>();
  readonly #driver: Driver;
  readonly #maxStreams: number;
  #nextId = 1;
  #run = 0;

  private constructor(driver: Driver, maxStreams: number) {
    this.#driver = driver;
    this.#maxStreams = maxStreams;
  }

  static async open(driver: Driver, maxStreams: number): Promise<LogStreams> {
    const streams = new LogStreams(driver, maxStreams);
    for (const block of await queryAll(driver, 'SELECT stream, stream_group, labels FROM log_streams ORDER BY stream')) {
      const ids = block.fixed('stream', 'UInt32');
      const groups = block.fixed('stream_group', 'UInt16');
      block.labelSets('labels').forEach((labels, i) => {
        // An insert that failed may have stored all the same, and was then done again.
        if (!streams.index.byId(ids[i] as number))
          streams.#add({ ...createStream(ids[i] as number, groups[i] as number, labels), isStored: true });
      });
    }
    return streams;
  }

  /** The highest id in use. */
  get lastId(): number {
    return this.#nextId - 1;
  }

  /** Throws `storage.too_many_series` when not all of the label sets can be streams. */
  admit(labelSets: Iterable<Labels>): void {
    const fresh = new Set<string>();
    for (const labels of labelSets) {
      if (this.index.byLabels(labels)) continue;
      fresh.add(labels.key());
      if (this.index.size + fresh.size > this.#maxStreams) throw tooManyStreams(this.#maxStreams, labels);
    }
  }

  /** The stream with these labels, created if new and added to `used`; `release` says when the append has ended. */
  streamOf(labels: Labels, used: Set<Stream>): Stream {
    const stream = this.index.byLabels(labels) ?? this.#add(createStream(this.#nextId, groupOf(labels), labels));
    if (!used.has(stream)) stream.appends++;
    used.add(stream);
    return stream;
  }

  release(used: Iterable<Stream>): void {
    for (const stream of used) {
      stream.appends--;
      stream.run = this.#run;
    }
  }

  /** Resolves when all of the streams are durable; what somebody else is storing is waited for. */
  async store(streams: Iterable<Stream>): Promise<void> {
    const missing = [...streams].filter(({ isStored }) => !isStored);
    const fresh = missing.filter(({ storing }) => !storing);
    if (fresh.length > 0) {
      const storing = this.#insert(fresh);
      for (const stream of fresh) stream.storing = storing;
    }
    await Promise.all(new Set(missing.map(({ storing }) => storing)));
  }

  async #insert(streams: readonly Stream[]): Promise<void> {
    const ids = Uint32Array.from(streams, ({ id }) => id);
    const groups = Uint16Array.from(streams, ({ group }) => group);
    const labels = streams.map((stream) => stream.labels.flat);
    try {
      await this.#driver.insert('log_streams', streams.length, [
        fixedColumn('stream', 'UInt32', ids),
        fixedColumn('stream_group', 'UInt16', groups),
        stringArrayColumn('labels', labels),
      ]);
      for (const stream of streams) stream.isStored = true;
    } finally {
      for (const stream of streams) stream.storing = undefined;
    }
  }

  /** Begins a run of retention: appends that end from now on keep their streams, whatever `forgetUnused` is told. */
  beginRun(): void {
    this.#run++;
  }

  /** Forgets the stored streams that are not among `used` and to which nothing was appended since the run began. */
  async forgetUnused(used: ReadonlySet<number>): Promise<void> {
    const gone = [...this.index.all()].filter(
      ({ id, isStored, appends, run }) => isStored && appends === 0 && run < this.#run && !used.has(id),
    );
    if (gone.length === 0) return;
    this.index.remove(gone);
    await this.#driver.command('ALTER TABLE log_streams DELETE WHERE stream IN {ids:Array(UInt32)} SETTINGS mutations_sync = 1', {
      ids: gone.map(({ id }) => id),
    });
  }

  #add(stream: Stream): Stream {
    this.index.add(stream);
    this.#nextId = Math.max(this.#nextId, stream.id + 1);
    return stream;
  }
}

function createStream(id: number, group: number, labels: Labels): Stream {
  return { id, group, labels, isStored: false, appends: 0, run: 0 };
}

function groupOf(labels: Labels): number {
  const name = MAIN_LABELS.find((main) => labels.has(main)) ?? labels.flat[0] ?? '';
  return crc32(labels.get(name)) % GROUPS;
}
