// Jobs and outcomes on their way between threads. Label sets travel as one list of texts with a count for each set, because
// cloning many small arrays is slow and instances of Labels do not survive it. Number arrays are transferred, not copied.
import { AppError } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import { promqlError } from '../errors.ts';
import type { Matrix } from '../query.ts';
import type { Job, Outcome } from './job.ts';

/** Label sets in a form that is cheap to clone. */
interface WireLabels {
  readonly texts: readonly string[];
  /** How many texts belong to each set. */
  readonly sizes: Uint32Array;
}

/** A structure whose `labels` are in wire form. */
type Wire<T> = T extends { readonly labels: readonly Labels[] } ? Omit<T, 'labels'> & { readonly labels: WireLabels } : T;

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
  if (job.kind === 'join') return packed({ ...job, parts: job.parts.map(packLabelled) }, job.parts);
  return packed({ ...job, sets: job.sets.map(packLabelled) }, job.sets);
}

/** The job that `packJob` packed. */
export function unpackJob(message: unknown): Job {
  const job = message as { kind: string; parts?: Wire<Matrix>[]; sets?: Wire<{ labels: readonly Labels[] }>[] };
  return { ...job, parts: job.parts?.map(unpackLabelled), sets: job.sets?.map(unpackLabelled) } as unknown as Job;
}

export function packOutcome(outcome: Outcome): { readonly message: unknown; readonly transfer: ArrayBuffer[] } {
  const { value, json } = outcome;
  const wire = value && 'labels' in value ? { ...outcome, value: packLabelled(value) } : outcome;
  return packed(wire, [value, { json }]);
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

function packed(message: unknown, holders: readonly unknown[]): { message: unknown; transfer: ArrayBuffer[] } {
  const buffers = new Set<ArrayBuffer>();
  for (const holder of holders)
    for (const field of Object.values(holder ?? {}))
      if (ArrayBuffer.isView(field) && field.buffer instanceof ArrayBuffer && field.byteLength > 0) buffers.add(field.buffer);
  return { message, transfer: [...buffers] };
}

function packLabelled<T extends { readonly labels: readonly Labels[] }>(item: T): Wire<T> {
  const texts: string[] = [];
  const sizes = Uint32Array.from(item.labels, (labels) => {
    for (const text of labels.flat) texts.push(text);
    return labels.flat.length;
  });
  return { ...item, labels: { texts, sizes } } as unknown as Wire<T>;
}

function unpackLabelled<T extends { readonly labels: readonly Labels[] }>(item: Wire<T>): T {
  const { texts, sizes } = (item as { labels: WireLabels }).labels;
  let at = 0;
  const labels = Array.from(sizes, (size) => {
    at += size;
    return Labels.fromSortedFlat(texts.slice(at - size, at));
  });
  return { ...item, labels } as unknown as T;
}
