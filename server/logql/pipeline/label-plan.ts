// Where the labels of a line come from, in the order of their names. Lines of a query mostly have the same names from the same
// places, so the order is worked out once and then only the values are collected.
import { compareText, type Labels } from '../../model/labels.ts';
import type { Slot } from './line-labels.ts';

/** The three layers of a line: flat labels of the stream, flat metadata, and the first `count` slots. */
export interface Layers {
  readonly stream: Labels;
  readonly metadata: readonly string[];
  readonly slots: readonly Slot[];
  readonly count: number;
}

/** Which layers count: all of them, or only what stages set. */
export type LayerChoice = 'all' | 'slots';

export class LabelPlan {
  readonly #choice: LayerChoice;
  #stream: Labels | undefined;
  #metadataNames: readonly string[] = [];
  #slots: readonly Slot[] = [];
  #names: string[] = [];
  /** Offset of the value in the stream's labels (from 0), in the metadata (from -1 down), or `SLOT` + index of the slot. */
  #sources: number[] = [];

  constructor(choice: LayerChoice) {
    this.#choice = choice;
  }

  /** [name1, value1, …] sorted by name, without empty values and without names that a later layer hides. */
  flat(layers: Layers): string[] {
    if (!this.#fits(layers)) this.#prepare(layers);
    const names = this.#names;
    const flat: string[] = [];
    for (let i = 0; i < names.length; i++) {
      const source = this.#sources[i] as number;
      const value =
        source >= SLOT
          ? (layers.slots[source - SLOT] as Slot).value
          : ((source >= 0 ? layers.stream.flat[source] : layers.metadata[-source]) as string);
      if (value !== '') flat.push(names[i] as string, value);
    }
    return flat;
  }

  #fits({ stream, metadata, slots, count }: Layers): boolean {
    if (count !== this.#slots.length) return false;
    for (let i = 0; i < count; i++) if (slots[i] !== this.#slots[i]) return false;
    if (this.#choice === 'slots') return true;
    if (stream !== this.#stream || metadata.length !== this.#metadataNames.length * 2) return false;
    for (let i = 0; i < metadata.length; i += 2) if (metadata[i] !== this.#metadataNames[i / 2]) return false;
    return true;
  }

  #prepare({ stream, metadata, slots, count }: Layers): void {
    const sources = new Map<string, number>();
    const isAll = this.#choice === 'all';
    if (isAll) {
      for (let i = 0; i < stream.flat.length; i += 2) sources.set(stream.flat[i] as string, i + 1);
      for (let i = 0; i < metadata.length; i += 2) sources.set(metadata[i] as string, -(i + 1));
    }
    for (let i = 0; i < count; i++) sources.set((slots[i] as Slot).name, SLOT + i);
    this.#stream = stream;
    this.#metadataNames = isAll ? metadata.filter((_, i) => i % 2 === 0) : [];
    this.#slots = slots.slice(0, count);
    this.#names = [...sources.keys()].sort(compareText);
    this.#sources = this.#names.map((name) => sources.get(name) as number);
  }
}

const SLOT = 2 ** 24;
