// The write-ahead log of metrics as others may read it. Reading costs the writer nothing: a record that was written for a restart is read
// from the same file, which the system still has in memory when the reader is not far behind.
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../model/app-error.ts';
import type { Clock, Timer } from '../../model/clock.ts';
import type { Labels } from '../../model/labels.ts';
import type { CommitLog, CommitReader, LoggedCommit, LogPosition, SeriesExemplar, SeriesRef } from '../store.ts';
import type { ExemplarLog } from './logged-exemplars.ts';
import { decodeMetricRecord, encodeExemplarRecord, samplesInRecord } from './metric-log.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { listSegments, segmentName, type Wal } from './wal.ts';
import { HEADER_BYTES } from './wal-queue.ts';
import { WalReader } from './wal-reader.ts';

// Exemplars come before the commit of their samples, and should be behind it in the log.
const EXEMPLARS_EVERY_MS = 1_000;
const MAX_WAITING_EXEMPLARS = 20_000;
/** As many bytes of a record as tell how many samples it has. */
const RECORD_START_BYTES = 16;

export interface WalCommitLogDeps {
  readonly wal: Wal;
  readonly catalog: SeriesCatalog;
  readonly clock: Clock;
  readonly newestMs: () => number;
  readonly warn: (message: string) => void;
}

/** CommitLog on the write-ahead log. */
export class WalCommitLog implements CommitLog, ExemplarLog {
  readonly #deps: WalCommitLogDeps;
  #waiting: SeriesExemplar[] = [];
  #timer: Timer | undefined;
  logsExemplars = false;

  constructor(deps: WalCommitLogDeps) {
    this.#deps = deps;
  }

  get end(): LogPosition {
    return this.#deps.wal.end;
  }

  get newestMs(): number {
    return this.#deps.newestMs();
  }

  read(from: LogPosition): CommitReader {
    return new Reader(new WalReader(this.#deps.wal, from));
  }

  labelsOf(ref: SeriesRef): Labels | undefined {
    return this.#deps.catalog.byId(ref)?.labels;
  }

  onCommit(listener: () => void): () => void {
    return this.#deps.wal.onWritten(listener);
  }

  keepFrom(segment: number): Promise<void> {
    return this.#deps.wal.keepFrom(segment);
  }

  async segments(): Promise<{ segment: number; sizeBytes: number }[]> {
    const { dir, end } = this.#deps.wal;
    const found: { segment: number; sizeBytes: number }[] = [];
    for (const segment of await listSegments(dir)) {
      if (segment > end.segment) break;
      const sizeBytes = segment === end.segment ? end.offset : await sizeOf(path.join(dir, segmentName(segment)));
      if (sizeBytes !== undefined) found.push({ segment, sizeBytes });
    }
    return found;
  }

  /** Copies what a restart would read into a new folder, up to `end`. */
  copyTo(dir: string, end: LogPosition): Promise<void> {
    return this.#deps.wal.copyTo(dir, end);
  }

  async countSamples(from: LogPosition, toSegment: number): Promise<number> {
    const { dir } = this.#deps.wal;
    let count = 0;
    for (const segment of await listSegments(dir)) {
      if (segment < from.segment || segment >= toSegment) continue;
      count += await samplesIn(path.join(dir, segmentName(segment)), segment === from.segment ? from.offset : 0);
    }
    return count;
  }

  logExemplar(exemplar: SeriesExemplar): void {
    if (this.#waiting.length < MAX_WAITING_EXEMPLARS) this.#waiting.push(exemplar);
    this.#timer ??= this.#deps.clock.after(EXEMPLARS_EVERY_MS, () => void this.#write());
  }

  /** Writes what waits; to be called before the log is closed. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#write();
  }

  async #write(): Promise<void> {
    this.#timer = undefined;
    const exemplars = this.#waiting;
    this.#waiting = [];
    if (exemplars.length === 0) return;
    try {
      await this.#deps.wal.append(encodeExemplarRecord(exemplars));
    } catch (error) {
      this.#deps.warn(`${exemplars.length} exemplars were not logged and will not be sent: ${messageOf(error)}`);
    }
  }
}

class Reader implements CommitReader {
  readonly #records: WalReader;

  constructor(records: WalReader) {
    this.#records = records;
  }

  get position(): LogPosition {
    return this.#records.position;
  }

  get start(): LogPosition {
    return this.#records.start;
  }

  async next(): Promise<LoggedCommit | undefined> {
    for (;;) {
      const body = await this.#records.next();
      if (!body) return undefined;
      const record = decodeMetricRecord(body);
      if (record.kind === 'exemplars') return record;
      if (record.kind === 'deletion') continue;
      // It marks a number of a series.
      if (record.samples.times.length === 0) continue;
      const { series, times: timestampsMs, values, bodies: histograms } = record.samples;
      return { kind: 'samples', series, timestampsMs, values, histograms };
    }
  }

  close(): Promise<void> {
    return this.#records.close();
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

async function samplesIn(name: string, fromOffset: number): Promise<number> {
  const file = await open(name, 'r');
  try {
    const { size } = await file.stat();
    const start = Buffer.alloc(HEADER_BYTES + RECORD_START_BYTES);
    let count = 0;
    for (let at = fromOffset; at < size; ) {
      const { bytesRead } = await file.read(start, 0, start.length, at);
      if (bytesRead < start.length) break;
      count += samplesInRecord(start.subarray(HEADER_BYTES));
      at += HEADER_BYTES + start.readUInt32LE(0);
    }
    return count;
  } finally {
    await file.close();
  }
}
