// What goes between the main thread and the worker: label sets as flat arrays, numbers in transferred buffers.
import { AppError, messageOf } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import type { LogBlock } from '../../storage/store.ts';
import type { LogQueryValue } from '../query.ts';
import type { EvaluationRequest } from './evaluation.ts';
import type { ReadStats } from './line-reader.ts';

/** To the worker; `id` names the evaluation. */
export type ToWorker =
  | { readonly type: 'start'; readonly id: number; readonly request: EvaluationRequest }
  | { readonly type: 'block'; readonly id: number; readonly read: number; readonly block: PackedBlock }
  | { readonly type: 'finish'; readonly id: number }
  | { readonly type: 'drop'; readonly id: number };

/** From the worker: one answer to each start, block and finish. */
export type FromWorker =
  | { readonly type: 'taken'; readonly id: number; readonly isEnough: boolean }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown; readonly stats: ReadStats }
  | { readonly type: 'error'; readonly id: number; readonly code: string; readonly message: string };

export interface PackedBlock extends Omit<LogBlock, 'streams'> {
  readonly streams: readonly (readonly string[])[];
}

/** The block for a message, and the buffers that go with it: the block is of no use afterwards. */
export function packBlock(block: LogBlock): { block: PackedBlock; transfer: ArrayBuffer[] } {
  const { streamOf, timesNs, lineBytes, lineOffsets, lineSizes } = block;
  const buffers = [streamOf, timesNs, lineBytes, lineOffsets, lineSizes].map(({ buffer }) => buffer as ArrayBuffer);
  const transfer = [...new Set(buffers)].filter((buffer) => buffer.byteLength > 0);
  return { block: { ...block, streams: block.streams.map(({ flat }) => flat) }, transfer };
}

/** Makes blocks of messages again; equal label sets become the same object. */
export class BlockUnpacker {
  readonly #labels = new Map<string, Labels>();

  unpack(packed: PackedBlock): LogBlock {
    return { ...packed, streams: packed.streams.map((flat) => this.#intern(Labels.fromSortedFlat(flat))) };
  }

  #intern(labels: Labels): Labels {
    const known = this.#labels.get(labels.key());
    if (!known) this.#labels.set(labels.key(), labels);
    return known ?? labels;
  }
}

/** A value with flat label sets. */
export function packValue(value: LogQueryValue): unknown {
  return mapLabels(value, (labels) => (labels as Labels).flat);
}

export function unpackValue(packed: unknown): LogQueryValue {
  return mapLabels(packed as LogQueryValue, (flat) => Labels.fromSortedFlat(flat as unknown as string[])) as LogQueryValue;
}

function mapLabels(value: LogQueryValue, map: (labels: Labels) => unknown): unknown {
  switch (value.type) {
    case 'scalar':
      return value;
    case 'streams':
      return {
        ...value,
        streams: value.streams.map(({ labels, entries }) => ({
          labels: map(labels),
          entries: entries.map((entry) => ({ ...entry, metadata: map(entry.metadata), parsed: map(entry.parsed) })),
        })),
      };
    default:
      return { ...value, labels: value.labels.map(map) };
  }
}

/** An error for a message. */
export function packError(error: unknown): { code: string; message: string } {
  return { code: error instanceof AppError ? error.code : 'logql.execution', message: messageOf(error) };
}
