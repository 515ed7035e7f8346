// Samples that the engine has not taken over yet, in memory: columns for each series. They only grow at their end; a flush replaces
// them by their remainder, a deletion by a copy of what it leaves. A reader therefore keeps a reference and a count, never a copy.
import { crc32 } from 'node:zlib';
import type { Labels } from '../../model/labels.ts';
import { isStaleAt } from '../../model/stale.ts';
import { HeadColumns, type HeadMemory } from './head-columns.ts';
import { LateSamples } from './late-samples.ts';
import type { SampleColumns } from './metric-log.ts';
import { filterRun, mergeRuns, type Newest, newestAt, type Run, type SampleKind } from './run.ts';
import type { Indexed } from './series-index.ts';
import { SeriesNumbers } from './series-numbers.ts';
import { NO_TOMBSTONES, type Tombstone } from './tombstones.ts';

/** Memory is counted in samples of so many bytes. */
export const UNIT_BYTES = 16;
const UNITS_PER_BODY = 6;
const UNITS_PER_LATE = 4;

/** The samples of a series at one moment; later ones do not show in it. */
export interface HeadView {
  readonly columns: HeadColumns;
  readonly count: number;
  readonly late: LateSamples | undefined;
  readonly lateCount: number;
}

/** One series, known for as long as the process lives. */
export class Series extends SeriesNumbers implements Indexed {
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
  /** Kind of the newest sample. */
  lastKind: SampleKind = 'float';
  tombstones: readonly Tombstone[] = NO_TOMBSTONES;
  columns = HeadColumns.NONE;
  count = 0;
  late: LateSamples | undefined;
  /** The batch that looked at this series last, and the number of its newest sample there. */
  batch = 0;
  batchAt = 0;

  constructor(id: number, metric: number, labels: Labels) {
    super();
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
    return Math.min(this.diskMinMs, this.headOldestMs);
  }

  /** Time of the oldest sample that the engine has not taken over, Infinity without one. */
  get headOldestMs(): number {
    const lateMs = this.late?.sorted(this.late.count).times[0] ?? Number.POSITIVE_INFINITY;
    return Math.min(this.count > 0 ? this.columns.timeAt(0) : Number.POSITIVE_INFINITY, lateMs);
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
    if (this.count === this.columns.capacity) this.columns = memory.grown(this.columns);
    this.columns.write(this.count, timestampMs, samples.bits, i);
    if (body) {
      this.columns.bodies ??= new Map();
      this.columns.bodies.set(this.count, body);
    }
    this.count++;
    // Without an object for each sample: this is the hot path.
    this.lastMs = timestampMs;
    this.lastKind = body ? 'histogram' : isStaleAt(samples.bits, i) ? 'stale' : 'float';
    this.lastValue = body ? crc32(body) : (samples.values[i] as number);
    return 1 + bodyUnits;
  }

  /** Forgets what `view` has seen: the engine has it now, from minMs to maxMs. */
  handOver(view: HeadView, minMs: number, maxMs: number, memory: HeadMemory): void {
    this.diskMinMs = Math.min(this.diskMinMs, minMs);
    this.diskMaxMs = Math.max(this.diskMaxMs, maxMs);
    this.columns = memory.copy(this.columns, view.count, this.count);
    this.count -= view.count;
    if (view.lateCount > 0) this.late = this.late?.after(view.lateCount);
  }

  /** Forgets what memory holds of the span, both ends included; the caller knows the newest sample that is left. */
  deleteHead(startMs: number, endMs: number, memory: HeadMemory): void {
    const { columns, count } = this;
    if (columns.lowerBound(count, startMs) < columns.lowerBound(count, endMs + 0.5)) {
      const rest = filterRun(columns.run(0, count), (time) => time < startMs || time > endMs);
      this.columns = rest.count > 0 ? memory.of(rest) : HeadColumns.NONE;
      this.count = rest.count;
    }
    this.late = this.late?.outside(startMs, endMs);
  }

  /** Finds the newest sample anew, `disk` being the newest that the engine shows. */
  refreshNewest(disk: (Newest & { readonly timestampMs: number }) | undefined): void {
    this.lastMs = Number.NEGATIVE_INFINITY;
    if (disk) this.setNewest(disk.timestampMs, disk);
    const late = this.late?.sorted(this.late.count);
    for (const run of [this.columns.run(Math.max(0, this.count - 1), this.count), late]) {
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
  const inOrder = columns.run(0, count);
  return late ? mergeRuns(inOrder, late.sorted(lateCount)) : inOrder;
}

function unitsOf(body: Uint8Array): number {
  return UNITS_PER_BODY + Math.ceil(body.length / UNIT_BYTES);
}
