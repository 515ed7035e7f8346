import type { ReadPiece } from '../../formats/remote-read/read-answer.ts';
import type { Labels } from '../../model/labels.ts';

export type { ReadPiece } from '../../formats/remote-read/read-answer.ts';

const FIRST_CAPACITY = 64;

/** Collects floats of one series. */
export class FloatPiece {
  readonly labels: Labels;
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  count = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  add(timestampMs: number, value: number): void {
    if (this.count === this.#times.length) {
      this.#times = doubled(this.#times);
      this.#values = doubled(this.#values);
    }
    this.#times[this.count] = timestampMs;
    this.#values[this.count] = value;
    this.count++;
  }

  finish(): ReadPiece {
    const { labels, count } = this;
    return { labels, timestampsMs: this.#times.subarray(0, count), values: this.#values.subarray(0, count) };
  }
}

/** Floats of many series in the order in which they come, gathered into pieces of one series each. */
export class PieceCollector {
  readonly #pieces = new Map<object, FloatPiece>();
  #count = 0;

  /** `key` is the same object for equal labels. */
  add(key: object, labels: Labels, timestampMs: number, value: number): void {
    let piece = this.#pieces.get(key);
    if (!piece) {
      piece = new FloatPiece(labels);
      this.#pieces.set(key, piece);
    }
    piece.add(timestampMs, value);
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** What there is, and begins anew. */
  take(): ReadPiece[] {
    const pieces = [...this.#pieces.values()].map((piece) => piece.finish());
    this.#pieces.clear();
    this.#count = 0;
    return pieces;
  }
}

function doubled(array: Float64Array): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(array.length * 2);
  bigger.set(array);
  return bigger;
}
