// The write-ahead log of metrics: numbered segments, each a run of records
//   u32 bodyBytes, u32 crc32 of the body, body
// A record is written whole or not at all: a torn one at the end of a segment was never acknowledged and ends the segment.
import { constants } from 'node:fs';
import { copyFile, type FileHandle, mkdir, open, readdir, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf } from '../../model/app-error.ts';
import type { Clock, Timer } from '../../model/clock.ts';
import { storageError } from '../errors.ts';
import type { Durability } from '../options.ts';
import { HEADER_BYTES, WalQueue } from './wal-queue.ts';

const { O_APPEND, O_CREAT, O_DSYNC, O_WRONLY } = constants;
/** Whether a file opened with O_DSYNC needs no fdatasync after a write: one way to another thread and back instead of two. Elsewhere the disk's own cache may be left out. */
const IS_SYNCED_BY_WRITE = process.platform === 'linux';
const MAX_BODY_BYTES = 1 << 30;
const SYNC_INTERVAL_MS = 1000;
/** How long records that may linger wait for others. */
const LINGER_MS = 50;

export interface WalOptions {
  readonly dir: string;
  readonly durability: Durability;
  readonly clock: Clock;
  /** Older segments are deleted unread. Default: none. */
  readonly firstSegment?: number | undefined;
  /** New segments have higher numbers. */
  readonly lastSegment?: number | undefined;
  /** Older segments are kept until `keepFrom` says from which on they are wanted, and are not replayed. Default false. */
  readonly keepsOlder?: boolean | undefined;
  /** Told when a segment ends in a damaged record. */
  readonly warn: (message: string) => void;
}

/** A place between two records. */
export interface WalPosition {
  readonly segment: number;
  readonly offset: number;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Appends records with group commit: all that arrive while one write is under way share the next one. */
export class Wal {
  readonly #options: WalOptions;
  #segment: number;
  #file: FileHandle;
  #queue = new WalQueue();
  /** What is being written, or the memory for what comes next. */
  #other = new WalQueue();
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #syncTimer: Timer | undefined;
  #isDamaged = false;
  /** Whether a record waits that may not linger. */
  #isUrgent = false;
  /** Ends the time for others to join. */
  #hurry: () => void = () => undefined;
  /** Bytes of whole records in the newest segment. */
  #segmentBytes = 0;
  #keptFrom: number;
  /** What lies before this segment is not needed for a replay. */
  #droppable: number;
  readonly #listeners = new Set<() => void>();

  private constructor(options: WalOptions, segment: number, file: FileHandle) {
    this.#options = options;
    this.#segment = segment;
    this.#file = file;
    this.#keptFrom = options.keepsOlder ? 0 : Number.POSITIVE_INFINITY;
    this.#droppable = options.firstSegment ?? 0;
  }

  /** Hands every intact record to `replay`, oldest first, then opens a new segment. */
  static async open(options: WalOptions, replay: (body: Buffer) => void): Promise<Wal> {
    await mkdir(options.dir, { recursive: true });
    const { firstSegment = 0, lastSegment = 0 } = options;
    if (!options.keepsOlder) await deleteBefore(options.dir, firstSegment);
    const segments = await listSegments(options.dir);
    for (const segment of segments) if (segment >= firstSegment) await replaySegment(options, segment, replay);
    const next = Math.max(segments.at(-1) ?? 0, firstSegment, lastSegment) + 1;
    return new Wal(options, next, await createSegment(options, next));
  }

  /** Bytes accepted but not yet written. */
  get queuedBytes(): number {
    return this.#queue.length + this.#other.length;
  }

  /** Resolves when the record is as durable as the setting asks, a while later if it may linger. The parts are copied at once. */
  append(body: readonly Uint8Array[], mayLinger = false): Promise<void> {
    this.#queue.push(body);
    if (!mayLinger) this.#beUrgent();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#writing ??= this.#writeQueue();
    });
  }

  /**
   * Starts a new segment and returns its number. `atBorder` runs when all records accepted so far are in older segments and all
   * to come will be in the new one or later ones.
   */
  async rotate(atBorder: () => void = () => undefined): Promise<number> {
    await this.#written();
    const next = this.#segment + 1;
    const file = await createSegment(this.#options, next);
    await this.#written();
    if (this.#segment >= next) {
      // A write failed meanwhile and has taken the number.
      await file.close();
      return this.rotate(atBorder);
    }
    const old = this.#file;
    this.#file = file;
    this.#segment = next;
    this.#segmentBytes = 0;
    this.#isDamaged = false;
    atBorder();
    if (this.#options.durability !== 'off') await old.datasync();
    await old.close();
    return next;
  }

  /** Deletes the segments before `segment` that nobody wants to keep. */
  async dropBefore(segment: number): Promise<void> {
    this.#droppable = Math.max(this.#droppable, segment);
    await deleteBefore(this.#options.dir, Math.min(this.#droppable, this.#keptFrom));
  }

  /** From now on segments from `segment` on stay for those who read them (wal-reader.ts); Infinity: none does. */
  async keepFrom(segment: number): Promise<void> {
    this.#keptFrom = segment;
    await this.dropBefore(0);
  }

  /** Where the next record will begin; everything before has been written as durably as the setting asks. */
  get end(): WalPosition {
    return { segment: this.#segment, offset: this.#segmentBytes };
  }

  /** Copies the records that a restart would read into a new folder, up to `end`. Nothing may be dropped meanwhile. */
  async copyTo(dir: string, end: WalPosition): Promise<void> {
    await mkdir(dir);
    for (const segment of await listSegments(this.#options.dir)) {
      if (segment < this.#droppable || segment > end.segment) continue;
      const copy = path.join(dir, segmentName(segment));
      await copyFile(path.join(this.#options.dir, segmentName(segment)), copy);
      if (segment === end.segment) await truncate(copy, end.offset);
    }
  }

  warn(message: string): void {
    this.#options.warn(message);
  }

  get dir(): string {
    return this.#options.dir;
  }

  /** Calls `listener` whenever `end` has moved; the result ends that. */
  onWritten(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#written();
    this.#syncTimer?.cancel();
    if (this.#options.durability !== 'off') await this.#file.datasync();
    await this.#file.close();
  }

  #beUrgent(): void {
    this.#isUrgent = true;
    this.#hurry();
  }

  /** Everything accepted so far, and what comes until that is on disk. */
  async #written(): Promise<void> {
    while (this.#writing) {
      this.#beUrgent();
      await this.#writing;
    }
  }

  /** Lets others join, until somebody is in a hurry. */
  async #linger(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.after(LINGER_MS, resolve);
      this.#hurry = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#hurry = () => undefined;
  }

  async #writeQueue(): Promise<void> {
    // One turn of the event loop lets the commits of the same moment join.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      if (!this.#isUrgent) await this.#linger();
      this.#isUrgent = false;
      const waiting = this.#waiting;
      const records = this.#queue;
      this.#waiting = [];
      this.#queue = this.#other;
      this.#other = records;
      try {
        await this.#write(records.filled());
        for (const { resolve } of waiting) resolve();
      } catch (cause) {
        this.#isDamaged = true;
        // What queued up behind may lean on the labels of series that were in the lost records.
        waiting.push(...this.#waiting);
        this.#waiting = [];
        this.#queue.clear();
        const error = storageError('storage.write_failed', `cannot write "${this.#options.dir}": ${messageOf(cause)}`, cause);
        for (const { reject } of waiting) reject(error);
      } finally {
        records.clear();
      }
    }
    this.#writing = undefined;
  }

  async #write(bytes: Buffer): Promise<void> {
    // After a failed write the segment may end in half a record, which would hide what follows: go on in a new one.
    if (this.#isDamaged) {
      const file = await createSegment(this.#options, this.#segment + 1);
      await this.#file.close();
      this.#file = file;
      this.#segment++;
      this.#segmentBytes = 0;
      this.#isDamaged = false;
    }
    let at = 0;
    while (at < bytes.length) at += (await this.#file.write(bytes, at)).bytesWritten;
    if (this.#options.durability === 'always' && !IS_SYNCED_BY_WRITE) await this.#file.datasync();
    this.#segmentBytes += bytes.length;
    for (const listener of this.#listeners) listener();
    if (this.#options.durability === 'interval') this.#syncTimer ??= this.#options.clock.after(SYNC_INTERVAL_MS, () => this.#syncLater());
  }

  #syncLater(): void {
    this.#syncTimer = undefined;
    const file = this.#file;
    file.datasync().catch((error: unknown) => {
      if (file === this.#file) this.#options.warn(`fsync of the write-ahead log failed: ${messageOf(error)}`);
    });
  }
}

/** The name of a segment's file. */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(10, '0')}.wal`;
}

/** The numbers of the segments in a folder, rising. */
export async function listSegments(dir: string): Promise<number[]> {
  const names = await readdir(dir);
  return names
    .filter((name) => /^\d{10}\.wal$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}

async function deleteBefore(dir: string, segment: number): Promise<void> {
  for (const number of await listSegments(dir)) if (number < segment) await rm(path.join(dir, segmentName(number)), { force: true });
}

async function createSegment({ dir, durability }: WalOptions, segment: number): Promise<FileHandle> {
  const flags = O_WRONLY | O_CREAT | O_APPEND | (durability === 'always' && IS_SYNCED_BY_WRITE ? O_DSYNC : 0);
  const file = await open(path.join(dir, segmentName(segment)), flags);
  // The directory entry must survive a power cut as well.
  const directory = await open(dir, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return file;
}

async function replaySegment(options: WalOptions, segment: number, replay: (body: Buffer) => void): Promise<void> {
  const name = path.join(options.dir, segmentName(segment));
  const file = await open(name, 'r');
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(HEADER_BYTES);
    for (let at = 0; at < size; ) {
      const isWhole = (await file.read(header, 0, HEADER_BYTES, at)).bytesRead === HEADER_BYTES;
      const bodyBytes = isWhole ? header.readUInt32LE(0) : MAX_BODY_BYTES + 1;
      // Zeros, which a power cut may leave, are no record.
      const body = bodyBytes > 0 && at + HEADER_BYTES + bodyBytes <= size ? Buffer.from(new ArrayBuffer(bodyBytes)) : undefined;
      if (body) await file.read(body, 0, bodyBytes, at + HEADER_BYTES);
      if (!body || crc32(body) !== header.readUInt32LE(4)) {
        options.warn(`"${name}" ends in a torn record at byte ${at} of ${size}; the rest was never acknowledged and is ignored`);
        return;
      }
      replay(body);
      at += HEADER_BYTES + bodyBytes;
    }
  } finally {
    await file.close();
  }
}
