// Jobs and outcomes on their way between threads. Label sets travel as a list of texts and numbers that point into
// it, because cloning texts is slow and instances of Labels do not survive it. Number arrays of jobs are transferred, not copied. Those of outcomes
// are copied unless they are large: a thread that has given memory away has V8 ask of every array whether it is still there, for good, and a
// worker's loops over samples take a quarter longer.
import { AppError } from '../../model/app-error.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { Labels } from '../../model/labels.ts';
import type { HistogramColumn } from '../../storage/store.ts';
import { promqlError } from '../errors.ts';
import type { Matrix } from '../query.ts';
import type { Job, Outcome, ReducedRows } from './job.ts';
import { packHistograms, unpackHistograms } from './wire-histograms.ts';

/** What is copied at most. */
const COPIED_BYTES = 4 << 20;
/** Texts whose place is remembered while labels are packed. */
const MOST_REMEMBERED = 16_384;

/** Label sets in a form that is cheap to clone. */
interface WireLabels {
  readonly texts: readonly string[];
  /** For each label set in turn, its names and values as indices of `texts`. */
  readonly indices: Uint32Array;
  /** How many indices belong to each set. */
  readonly sizes: Uint32Array;
}

/** What has labels, and may have histograms: by sample as values, or in bytes as storage answers them. */
interface Labelled {
  readonly labels: readonly Labels[];
  readonly histograms?: readonly (FloatHistogram | undefined)[] | HistogramColumn | undefined;
}

/** A structure whose `labels` are in wire form, and its histograms when they were values. */
type Wire<T> = T extends Labelled
  ? Omit<T, 'labels'> & { readonly labels: WireLabels; readonly packedHistograms?: HistogramColumn | undefined }
  : T;

export interface JobMessage {
  readonly id: number;
  readonly interrupt: SharedArrayBuffer;
  readonly job: unknown;
}

export type OutcomeMessage =
  | { readonly id: number; readonly outcome: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

/** A job in a form that can be posted, and the buffers to transfer with it. The job's arrays are gone from this thread afterwards. */
export function packJob(job: Job): { readonly message: unknown; readonly transfer: ArrayBuffer[] } {
  if (job.kind === 'join') {
    const parts = job.parts.map(packLabelled);
    return packed({ ...job, parts }, [...parts, job]);
  }
  if (job.kind === 'drop') return { message: job, transfer: [] };
  if (job.kind === 'stream') {
    const rows = job.rows.map(packRows);
    return packed({ ...job, rows }, [...rows, job]);
  }
  if (job.kind === 'combine') {
    const rows = job.rows.map(packRows);
    // Several threads look at the same parts: what is not shared is copied.
    return packed({ ...job, rows, parts: job.parts.map(packLabelled) }, [...rows, job]);
  }
  const sets = (job.kind === 'reduce' ? [job.set] : job.sets).map(packLabelled);
  return packed(job.kind === 'reduce' ? { ...job, set: sets[0] } : { ...job, sets }, [...sets, job]);
}

/** The job that `packJob` packed. */
export function unpackJob(message: unknown): Job {
  type Item = Wire<Labelled>;
  const job = message as { kind: string; parts?: Wire<Matrix>[]; sets?: Item[]; set?: Item };
  return {
    ...job,
    parts: job.parts?.map(unpackLabelled),
    sets: job.sets?.map(unpackLabelled),
    set: job.set && unpackLabelled(job.set),
  } as unknown as Job;
}

/** Rows of a reduction as a worker has answered them: their labels are unpacked where they are needed, which may be in another worker. */
export type PassedRows = Wire<ReducedRows>;

function packRows(rows: ReducedRows | PassedRows): PassedRows {
  return isPassed(rows) ? rows : packLabelled(rows);
}

function isPassed(rows: ReducedRows | PassedRows): rows is PassedRows {
  return 'texts' in rows.labels;
}

/** Rows as evaluations have them. */
export function unpackRows(rows: ReducedRows | PassedRows): ReducedRows {
  return isPassed(rows) ? unpackLabelled<ReducedRows>(rows) : rows;
}

export function packOutcome(outcome: Outcome): { readonly message: unknown; readonly transfer: ArrayBuffer[] } {
  const { value, json, rows } = outcome;
  if (rows) {
    const wireRows = rows.map(packRows);
    return packed({ ...outcome, rows: wireRows }, wireRows, COPIED_BYTES);
  }
  const wireValue = value && 'labels' in value ? packLabelled<Labelled>(value) : value;
  return packed({ ...outcome, value: wireValue }, [wireValue, json], COPIED_BYTES);
}

export function unpackOutcome(message: unknown): Outcome {
  const outcome = message as Outcome;
  const { value } = outcome;
  return value && 'labels' in value ? { ...outcome, value: unpackLabelled(value as never) } : outcome;
}

/** An error as code and text; what is no AppError becomes `promql.execution`. */
export function packError(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: 'promql.execution', message: `unexpected error: ${error instanceof Error ? error.message : String(error)}` };
}

export function unpackError({ code, message }: { readonly code: string; readonly message: string }): AppError {
  return code.startsWith('promql.') ? promqlError(code as 'promql.execution', message) : new AppError(code, message);
}

/** What is larger than `copied` bytes is transferred. */
function packed(message: unknown, holders: readonly unknown[], copied = 0): { message: unknown; transfer: ArrayBuffer[] } {
  const buffers = new Set<ArrayBuffer>();
  for (const holder of holders) collectBuffers(holder, buffers);
  return { message, transfer: [...buffers].filter(({ byteLength }) => byteLength > copied) };
}

/** The memory of the holder's number arrays, of what is packed, and of columns of histograms. */
function collectBuffers(holder: unknown, buffers: Set<ArrayBuffer>): void {
  for (const [name, field] of Object.entries(holder ?? {})) {
    // A byte for each row, and others may look at the same rows.
    if (name === 'nameDropped') continue;
    if (field instanceof ArrayBuffer) buffers.add(field);
    if (ArrayBuffer.isView(field) && field.buffer instanceof ArrayBuffer && field.byteLength > 0) buffers.add(field.buffer);
    if (name === 'histograms' || name === 'packedHistograms') collectBuffers(field, buffers);
  }
}

function packLabelled<T extends Labelled>(item: T): Wire<T> {
  const labels = packLabels(item.labels);
  const { histograms } = item;
  if (!isByCell(histograms)) return { ...item, labels } as unknown as Wire<T>;
  return { ...item, labels, histograms: undefined, packedHistograms: packHistograms(histograms) } as unknown as Wire<T>;
}

/** Rows mostly share texts with the one before, or with some of the last thousands: no more is remembered, so that a text may be there twice. */
function packLabels(labels: readonly Labels[]): WireLabels {
  const texts: string[] = [];
  const indexOf = new Map<string, number>();
  const sizes = new Uint32Array(labels.length);
  let total = 0;
  for (let row = 0; row < labels.length; row++) total += sizes[row] = (labels[row] as Labels).flat.length;
  const indices = new Uint32Array(total);
  let before: readonly string[] = [];
  let at = 0;
  // A hundred thousand rows have a million texts: an iterator would make an object for each.
  for (let row = 0; row < labels.length; row++) {
    const { flat } = labels[row] as Labels;
    const beforeAt = at - before.length;
    for (let i = 0; i < flat.length; i++) {
      const text = flat[i] as string;
      let index = text === before[i] ? (indices[beforeAt + i] as number) : indexOf.get(text);
      if (index === undefined) {
        if (indexOf.size === MOST_REMEMBERED) indexOf.clear();
        index = texts.push(text) - 1;
        indexOf.set(text, index);
      }
      indices[at++] = index;
    }
    before = flat;
  }
  return { texts, indices, sizes };
}

function isByCell(histograms: Labelled['histograms']): histograms is readonly (FloatHistogram | undefined)[] {
  return Array.isArray(histograms);
}

function unpackLabelled<T extends Labelled>(item: Wire<T>): T {
  const { packedHistograms, ...rest } = item as Wire<Labelled>;
  const { texts, indices, sizes } = rest.labels;
  let at = 0;
  const labels = Array.from(sizes, (size) => {
    const flat = new Array<string>(size);
    for (let i = 0; i < size; i++) flat[i] = texts[indices[at++] as number] as string;
    return Labels.fromSortedFlat(flat);
  });
  return { ...rest, labels, ...(packedHistograms && { histograms: unpackHistograms(packedHistograms) }) } as unknown as T;
}
