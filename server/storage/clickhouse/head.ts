// Samples that the engine has not taken over yet, in memory: columns for each series. They only grow at their end; a flush replaces
// them by their remainder, a deletion by a copy of what it leaves. A reader therefore keeps a reference and a count, never a copy.
import { crc32 } from 'node:zlib';
import type { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import { LateSamples } from './late-samples.ts';
import type { SampleColumns } from './metric-log.ts';
import { copyValue, emptyRun, filterRun, lowerBound, mergeRuns, type Newest, newestAt, type Run, type SampleKind, shifted } from './run.ts';
import type { Indexed } from './series-index.ts';
import { NO_TOMBSTONES, type Tombstone } from './tombstones.ts';

const FIRST_CAPACITY = 8;
const SHARED_BYTES = 128 * 1024;
/** Memory is counted in samples of so many bytes. */
export const UNIT_BYTES = 16;
const UNITS_PER_BODY = 6;
const UNITS_PER_LATE = 4;

/** Columns of one series; only the first `count` of the head it belongs to are filled. */
export interface HeadColumns extends Omit<Run, 'count'> {
  readonly bodies: Map<number, Uint8Array> | undefined;
}

/** The samples of a series at one moment; later ones do not show in it. */
export interface HeadView {
  readonly columns: HeadColumns;
  readonly count: number;
  readonly late: LateSamples | undefined;
  readonly lateCount: number;
}

const NO_COLUMNS: HeadColumns = Object.freeze({ ...emptyRun(0), bodies: undefined });

/** One series, known for as long as the process lives. */
export class Series implements Indexed {
  readonly id: number;
  /** Number of the metric name; series of one metric lie together on disk. */
  readonly metric: number;
  readonly labels: Labels;
  /** Its labels are in the write-ahead log. */
  isLogged = false;
  /** Its labels are in the table `series`. */
  isStored = false;
  isIndexed = false;
  /** It may have histograms; never false when it has. */
  hasHistograms = false;
  /** Time and value of the newest sample, -Infinity when there is none. */
  lastMs = Number.NEGATIVE_INFINITY;
  lastKind: SampleKind = 'float';
  lastValue = 0;
  /** Span of the samples that the engine shows; empty when min > max. */
  diskMinMs = Number.POSITIVE_INFINITY;
  diskMaxMs = Number.NEGATIVE_INFINITY;
  tombstones: readonly Tombstone[] = NO_TOMBSTONES;
  columns: HeadColumns = NO_COLUMNS;
  count = 0;
  late: LateSamples | undefined;
  /** The batch that looked at this series last, and its newest sample there. */
  batch = 0;
  batchMs = 0;
  batchKind: SampleKind = 'float';
  batchValue = 0;

  constructor(id: number, metric: number, labels: Labels) {
    this.id = id;
    this.metric = metric;
    this.labels = labels;
  }

  get hasHead(): boolean {
    return this.count > 0 || this.late !== undefined;
  }

  get hasDisk(): boolean {
    return this.diskMinMs <= this.diskMaxMs;
  }

  /** Time of the oldest sample, Infinity without one. */
  get oldestMs(): number {
    const lateMs = this.late?.sorted(this.late.count).times[0] ?? Number.POSITIVE_INFINITY;
    const headMs = this.count > 0 ? (this.columns.times[0] as number) : Number.POSITIVE_INFINITY;
    return Math.min(this.diskMinMs, headMs, lateMs);
  }

  /** Memory of its samples, in units of 16 bytes. */
  get units(): number {
    let units = this.count + (this.late?.count ?? 0) * UNITS_PER_LATE;
    for (const bodies of [this.columns.bodies, this.late?.bodies]) for (const body of bodies?.values() ?? []) units += unitsOf(body);
    return units;
  }

  view(): HeadView {
    return { columns: this.columns, count: this.count, late: this.late, lateCount: this.late?.count ?? 0 };
  }

  isNewest(timestampMs: number, { kind, value }: Newest): boolean {
    return timestampMs === this.lastMs && kind === this.lastKind && Object.is(value, this.lastValue);
  }

  /** Adds sample `i` of a batch, where its time belongs. Returns its memory in units of 16 bytes, 0 when it was not stored. */
  push(samples: Omit<SampleColumns, 'series'>, i: number, memory: HeadMemory): number {
    const timestampMs = samples.times[i] as number;
    const body = samples.bodies?.get(i);
    const bodyUnits = body ? unitsOf(body) : 0;
    if (body) this.hasHistograms = true;
    if (timestampMs <= this.lastMs) {
      this.late ??= new LateSamples();
      return this.late.add(timestampMs, samples.bits, i, body) ? UNITS_PER_LATE + bodyUnits : 0;
    }
    if (this.count === this.columns.times.length) this.columns = memory.grown(this.columns, this.count);
    if (body && !this.columns.bodies) this.columns = { ...this.columns, bodies: new Map() };
    const { times, bits, bodies } = this.columns;
    times[this.count] = timestampMs;
    copyValue(samples.bits, i, bits, this.count);
    if (body) bodies?.set(this.count, body);
    this.count++;
    // Without an object for each sample: this is the hot path.
    this.lastMs = timestampMs;
    this.lastKind = body ? 'histogram' : isStaleAt(samples.bits, i) ? 'stale' : 'float';
    this.lastValue = body ? crc32(body) : (samples.values[i] as number);
    return 1 + bodyUnits;
  }

  /** Forgets what `view` has seen: the engine has it now, from minMs to maxMs. */
  handOver(view: HeadView, minMs: number, maxMs: number): void {
    this.diskMinMs = Math.min(this.diskMinMs, minMs);
    this.diskMaxMs = Math.max(this.diskMaxMs, maxMs);
    const { times, values, bodies } = this.columns;
    if (view.count === this.count) this.columns = NO_COLUMNS;
    else if (view.count > 0) {
      const rest = values.slice(view.count);
      const restBodies = bodies && shifted(bodies, view.count, this.count);
      this.columns = { times: times.slice(view.count), values: rest, bits: bitsOf(rest), bodies: restBodies };
    }
    this.count -= view.count;
    if (view.lateCount > 0) this.late = this.late?.after(view.lateCount);
  }

  /** Forgets what memory holds of the span, both ends included; the caller knows the newest sample that is left. */
  deleteHead(startMs: number, endMs: number): void {
    const { times } = this.columns;
    if (lowerBound(times, this.count, startMs) < lowerBound(times, this.count, endMs + 0.5)) {
      const rest = filterRun({ ...this.columns, count: this.count }, (time) => time < startMs || time > endMs);
      this.count = rest.count;
      this.columns = rest.count > 0 ? { ...rest, bodies: rest.bodies && new Map(rest.bodies) } : NO_COLUMNS;
    }
    this.late = this.late?.outside(startMs, endMs);
  }

  /** Finds the newest sample anew, `disk` being the newest that the engine shows. */
  refreshNewest(disk: (Newest & { readonly timestampMs: number }) | undefined): void {
    this.lastMs = Number.NEGATIVE_INFINITY;
    if (disk) this.setNewest(disk.timestampMs, disk);
    const late = this.late?.sorted(this.late.count);
    for (const run of [{ ...this.columns, count: this.count }, late]) {
      const last = (run?.count ?? 0) - 1;
      const timestampMs = run?.times[last] ?? Number.NEGATIVE_INFINITY;
      if (run && timestampMs >= this.lastMs) this.setNewest(timestampMs, newestAt(run, last));
    }
  }

  /** Notes what is the newest sample now. */
  setNewest(timestampMs: number, { kind, value }: Newest): void {
    this.lastMs = timestampMs;
    this.lastKind = kind;
    this.lastValue = value;
  }
}

/** All samples that `view` has seen, in order. */
export function runOf({ columns, count, late, lateCount }: HeadView): Run {
  const inOrder = { ...columns, count };
  return late ? mergeRuns(inOrder, late.sorted(lateCount)) : inOrder;
}

function unitsOf(body: Uint8Array): number {
  return UNITS_PER_BODY + Math.ceil(body.length / UNIT_BYTES);
}

/**
 * Where columns get their memory from. Small ones share arrays: for eight samples an array of its own costs several times its contents,
 * and more work for the collector than all else. What a series outgrows stays until its neighbours go as well, at the latest with a flush.
 */
export class HeadMemory {
  #buffer = new ArrayBuffer(0);
  #used = 0;

  /** A copy of the columns, which are full with `count` samples, with room for as many more. */
  grown(columns: HeadColumns, count: number): HeadColumns {
    const capacity = Math.max(FIRST_CAPACITY, count * 2);
    const bytes = capacity * UNIT_BYTES;
    const isSmall = bytes <= SHARED_BYTES / 16;
    const start = isSmall ? this.#take(bytes) : 0;
    const buffer = isSmall ? this.#buffer : new ArrayBuffer(bytes);
    const times = new Float64Array(buffer, start, capacity);
    const values = new Float64Array(buffer, start + bytes / 2, capacity);
    const bits = bitsOf(values);
    times.set(columns.times);
    bits.set(columns.bits);
    return { times, values, bits, bodies: columns.bodies };
  }

  #take(bytes: number): number {
    if (this.#used + bytes > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(SHARED_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes;
    return start;
  }
}
