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
  /** The retention run (LogStreams.run) in which it got lines last. */
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
        streams.#add({ id: ids[i] as number, group: groups[i] as number, labels, isStored: true, run: 0 });
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

  /** The stream with these labels, created if new. */
  streamOf(labels: Labels): Stream {
    const known = this.index.byLabels(labels);
    if (known) {
      known.run = this.#run;
      return known;
    }
    return this.#add({ id: this.#nextId, group: groupOf(labels), labels, isStored: false, run: this.#run });
  }

  /** Makes streams durable that are not yet. */
  async store(streams: Iterable<Stream>): Promise<void> {
    const fresh = [...streams].filter((stream) => !stream.isStored);
    const ids = Uint32Array.from(fresh, ({ id }) => id);
    const groups = Uint16Array.from(fresh, ({ group }) => group);
    const labels = fresh.map((stream) => stream.labels.flat);
    await this.#driver.insert('log_streams', fresh.length, [
      fixedColumn('stream', 'UInt32', ids),
      fixedColumn('stream_group', 'UInt16', groups),
      stringArrayColumn('labels', labels),
    ]);
    for (const stream of fresh) stream.isStored = true;
  }

  /** Begins a retention run: what `streamOf` hands out from now on is in use, whatever `forgetUnused` is told. */
  beginRun(): void {
    this.#run++;
  }

  /** Forgets the stored streams that are not among `used` and got no lines since the run began. */
  async forgetUnused(used: ReadonlySet<number>): Promise<void> {
    const gone = [...this.index.all()].filter(({ id, isStored, run }) => isStored && run < this.#run && !used.has(id));
    if (gone.length === 0) return;
    for (const stream of gone) this.index.remove(stream);
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

function groupOf(labels: Labels): number {
  const name = MAIN_LABELS.find((main) => labels.has(main)) ?? labels.flat[0] ?? '';
  return crc32(labels.get(name)) % GROUPS;
}
