import type { Labels } from '../../model/labels.ts';
import { DUPLICATE_SUFFIX } from './label-key.ts';
import type { LineLabels, Slot } from './line-labels.ts';

/** A label that a parser sets, with what is known about it for the stream at hand. */
export class Field {
  /** '' when no label can be made of the name in the line. */
  readonly label: string;
  /** Whether anybody wants the label, or what it is called when the stream has one of that name. */
  readonly isWanted: boolean;
  readonly #isPlainWanted: boolean;
  readonly #isClashWanted: boolean;
  #stream: Labels | undefined;
  #epoch = 0;
  #clashes = false;
  #plain: Slot | undefined;
  #clash: Slot | undefined;

  /** `needed`: the labels that are wanted; undefined for all of them. */
  constructor(label: string, needed: ReadonlySet<string> | undefined) {
    this.label = label;
    this.#isPlainWanted = label !== '' && (needed === undefined || needed.has(label));
    this.#isClashWanted = label !== '' && (needed === undefined || needed.has(label + DUPLICATE_SUFFIX));
    this.isWanted = this.#isPlainWanted || this.#isClashWanted;
  }

  /** Sets the label of the current line, or the one with the suffix, unless a parser did already. */
  put(labels: LineLabels, value: string): void {
    if (this.#stream !== labels.stream || this.#epoch !== labels.epoch) this.#meet(labels);
    const clashes = this.#clashes || (labels.hasMetadata && labels.hasBase(this.label));
    if (!(clashes ? this.#isClashWanted : this.#isPlainWanted)) return;
    if (clashes) {
      this.#clash ??= labels.slotOf(this.label + DUPLICATE_SUFFIX);
      labels.extractInto(this.#clash, value);
    } else {
      this.#plain ??= labels.slotOf(this.label);
      labels.extractInto(this.#plain, value);
    }
  }

  #meet(labels: LineLabels): void {
    if (this.#epoch !== labels.epoch) {
      this.#plain = undefined;
      this.#clash = undefined;
      this.#epoch = labels.epoch;
    }
    this.#stream = labels.stream;
    this.#clashes = labels.stream.has(this.label);
  }
}
