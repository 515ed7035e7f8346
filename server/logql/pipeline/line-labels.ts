// The labels of the line that is being processed. One object is used for all lines of a query: `reset` begins a line.
// Three layers: the stream's labels, the line's structured metadata, and what stages set; a later one hides an earlier one.
// What stages set is in slots, one for each name ever met. A slot counts when it has the number of the current line, so that nothing
// is cleared between lines, and parsers keep the slots of their fields instead of looking names up.
import { Labels } from '../../model/labels.ts';
import { DUPLICATE_SUFFIX } from './label-key.ts';
import { LabelPlan, type Layers } from './label-plan.ts';

export const ERROR = '__error__';
export const ERROR_DETAILS = '__error_details__';

/** The place of one name. */
export interface Slot {
  readonly name: string;
  /** '' means that a stage removed the label. */
  value: string;
  /** The line that `value` is of. */
  line: number;
  /** Whether a stage that is no parser set it: a parser may overwrite it. */
  isAssigned: boolean;
}

const MAX_SLOTS = 50_000;
const MAX_CACHED = 10_000;

export class LineLabels {
  #stream: Labels = Labels.EMPTY;
  #metadata: readonly string[] = [];
  #line = 1;
  #slots = new Map<string, Slot>();
  #epoch = 1;
  /** The slots of the current line, the first `#count` of them. */
  readonly #touched: Slot[] = [];
  #count = 0;
  readonly #error: Slot;
  readonly #details: Slot;
  readonly #plan = new LabelPlan('all');
  readonly #parsedPlan = new LabelPlan('slots');
  /** Label sets by their key: lines of a stream share most of them. */
  readonly #cache = new Map<string, Labels>();
  #hits = 0;
  #misses = 0;

  constructor() {
    this.#error = this.slotOf(ERROR);
    this.#details = this.slotOf(ERROR_DETAILS);
  }

  /** Begins a line; `metadata` is [name1, value1, …]. */
  reset(stream: Labels, metadata: readonly string[]): void {
    this.#stream = stream;
    this.#metadata = metadata;
    this.#line++;
    this.#count = 0;
    // Names that are data would fill the memory.
    if (this.#slots.size > MAX_SLOTS) this.#forgetSlots();
  }

  /** The stream's labels. */
  get stream(): Labels {
    return this.#stream;
  }

  get hasMetadata(): boolean {
    return this.#metadata.length > 0;
  }

  /** Changes when slots are given anew: those from `slotOf` before are void then. Only `reset` changes it. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The slot of a name, for `extractInto`. */
  slotOf(name: string): Slot {
    const known = this.#slots.get(name);
    if (known) return known;
    const slot: Slot = { name, value: '', line: 0, isAssigned: false };
    this.#slots.set(name, slot);
    return slot;
  }

  /** The value, '' when there is none. */
  get(name: string): string {
    const slot = this.#slots.get(name);
    if (slot !== undefined && slot.line === this.#line) return slot.value;
    const metadata = this.#metadata;
    for (let i = 0; i < metadata.length; i += 2) if (metadata[i] === name) return metadata[i + 1] as string;
    return this.#stream.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== '';
  }

  /** Whether the stream or the metadata has the label: what parsers extract under such a name gets the suffix `_extracted`. */
  hasBase(name: string): boolean {
    const metadata = this.#metadata;
    for (let i = 0; i < metadata.length; i += 2) if (metadata[i] === name) return true;
    return this.#stream.has(name);
  }

  /** Whether a stage of this line set the label. */
  isSet(name: string): boolean {
    return this.#slots.get(name)?.line === this.#line;
  }

  set(name: string, value: string): void {
    this.#put(this.slotOf(name), value, true);
  }

  /** What a parser found; of a name that parsers find twice the first value is kept, as Loki documents. */
  extractInto(slot: Slot, value: string): void {
    if (slot.line !== this.#line || slot.isAssigned) this.#put(slot, value, false);
  }

  /** `extractInto` under `name`, or with the suffix `_extracted` where the stream or the metadata has such a label. */
  extractField(name: string, value: string): void {
    this.extractInto(this.slotOf(this.hasBase(name) ? name + DUPLICATE_SUFFIX : name), value);
  }

  delete(name: string): void {
    const slot = this.slotOf(name);
    if (slot.line === this.#line || this.get(name) !== '') this.#put(slot, '', false);
  }

  /** Notes the error of a stage (`JSONParserErr`, …) as Loki does, in labels; the last one of a line stays. */
  fail(error: string, details: string): void {
    this.#put(this.#error, error, true);
    if (details !== '') this.#put(this.#details, details, true);
  }

  hasError(): boolean {
    return this.#error.line === this.#line ? this.#error.value !== '' : this.get(ERROR) !== '';
  }

  /** All names that have a value now. */
  names(): string[] {
    const names = new Set<string>();
    for (const [name] of this.#stream) names.add(name);
    for (let i = 0; i < this.#metadata.length; i += 2) names.add(this.#metadata[i] as string);
    for (let i = 0; i < this.#count; i++) names.add((this.#touched[i] as Slot).name);
    return [...names].filter((name) => this.get(name) !== '');
  }

  /** All labels. The same object for lines with the same labels, as far as the cache goes. */
  labels(): Labels {
    if (this.#count === 0 && this.#metadata.length === 0) return this.#stream;
    return this.#intern(Labels.fromSortedFlat(this.#plan.flat(this.#layers())));
  }

  /** The part of `labels()` that is structured metadata, unchanged by stages. */
  metadata(): Labels {
    if (this.#metadata.length === 0) return Labels.EMPTY;
    const entries: [string, string][] = [];
    for (let i = 0; i < this.#metadata.length; i += 2) {
      const name = this.#metadata[i] as string;
      if (!this.isSet(name)) entries.push([name, this.#metadata[i + 1] as string]);
    }
    return this.#intern(Labels.fromEntries(entries));
  }

  /** The part of `labels()` that stages set. */
  parsed(): Labels {
    return this.#count === 0 ? Labels.EMPTY : Labels.fromSortedFlat(this.#parsedPlan.flat(this.#layers()));
  }

  #layers(): Layers {
    return { stream: this.#stream, metadata: this.#metadata, slots: this.#touched, count: this.#count };
  }

  #put(slot: Slot, value: string, isAssigned: boolean): void {
    if (slot.line !== this.#line) {
      slot.line = this.#line;
      this.#touched[this.#count++] = slot;
    }
    slot.value = value;
    slot.isAssigned = isAssigned;
  }

  #forgetSlots(): void {
    this.#slots = new Map([
      [ERROR, this.#error],
      [ERROR_DETAILS, this.#details],
    ]);
    this.#touched.length = 0;
    this.#epoch++;
  }

  #intern(labels: Labels): Labels {
    // Where nearly every line has labels of its own, such as an id, looking them up costs more than it saves.
    if (this.#misses > 1000 && this.#hits < this.#misses / 10) return labels;
    const key = labels.key();
    const known = this.#cache.get(key);
    if (known) {
      this.#hits++;
      return known;
    }
    this.#misses++;
    if (this.#cache.size > MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, labels);
    return labels;
  }
}
