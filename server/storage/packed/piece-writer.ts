import { alignedTo8, HEAD_BYTES, PIECE } from './packed-series.ts';

/** What the pieces of some samples take. */
export function plainBytes(samples: number): number {
  return HEAD_BYTES + 16 * samples;
}

/** What the piece of a block takes, with so many runs and bytes of differences … */
export function wholeBytes(runs: number, deltaBytes: number): number {
  return HEAD_BYTES + 8 + 8 * runs + 8 + alignedTo8(deltaBytes);
}

/** … or so many values. */
export function floatBytes(runs: number, values: number): number {
  return HEAD_BYTES + 8 + 8 * runs + 8 * values;
}

/** Samples of a block: either whole numbers, or `floats`. */
export interface BlockPiece {
  readonly firstMs: number;
  readonly samples: number;
  /** How many of the block come before. */
  readonly skipped: number;
  readonly steps: Uint32Array;
  readonly repeats: Uint16Array;
  readonly first: number;
  /** From the block's first sample on, signed numbers of `width` bytes wherever they lie. */
  readonly deltas: Uint8Array;
  readonly width: number;
  /** Those that are wanted. */
  readonly floats: Float64Array | undefined;
}

/** Writes pieces one after the other. */
export class PieceWriter {
  /** Where the next one goes. */
  at = 0;
  /** The memory as numbers, and as words of which each number has two. */
  readonly numbers: Float64Array;
  readonly words: Uint32Array;
  readonly #bytes: Uint8Array;

  /** Into `memory`, whose size is a multiple of 8. */
  constructor(memory: ArrayBuffer | SharedArrayBuffer) {
    this.#bytes = new Uint8Array(memory);
    this.words = new Uint32Array(memory);
    this.numbers = new Float64Array(memory);
  }

  /** Pieces that were written before. */
  copy(pieces: Uint8Array): void {
    this.#bytes.set(pieces, this.at);
    this.at += pieces.length;
  }

  /** An outline of `samples` samples, bytes from … to-1 of `encoded`. */
  outline(encoded: Uint8Array, from: number, to: number, firstMs: number, samples: number): void {
    const body = this.#begin(PIECE.outline, alignedTo8(HEAD_BYTES + to - from), { firstMs, samples, skipped: 0 });
    this.#bytes.set(encoded.subarray(from, to), body);
  }

  block(piece: BlockPiece): void {
    const { steps, repeats, first, deltas, width, floats } = piece;
    const sizeBytes = floats ? floatBytes(steps.length, floats.length) : wholeBytes(steps.length, deltas.length);
    let body = this.#begin(floats ? PIECE.floats : PIECE.whole, sizeBytes, piece);
    this.words[body / 4] = steps.length;
    this.words[body / 4 + 1] = width;
    body += 8;
    for (let run = 0; run < steps.length; run++) {
      this.words[body / 4] = steps[run] as number;
      this.words[body / 4 + 1] = repeats[run] as number;
      body += 8;
    }
    if (floats) {
      this.numbers.set(floats, body / 8);
    } else {
      this.numbers[body / 8] = first;
      this.#bytes.set(deltas, body + 8);
    }
  }

  /** Room for times and then values, to be filled at once; answers the place of the first in numbers. */
  plain(samples: number): number {
    return this.#begin(PIECE.plain, plainBytes(samples), { firstMs: 0, samples, skipped: 0 }) / 8;
  }

  /** Answers where what comes after the head goes. */
  #begin(kind: number, sizeBytes: number, { firstMs, samples, skipped }: Pick<BlockPiece, 'firstMs' | 'samples' | 'skipped'>): number {
    const word = this.at / 4;
    this.words[word] = kind;
    this.words[word + 1] = sizeBytes;
    this.words[word + 2] = samples;
    this.words[word + 3] = skipped;
    this.numbers[word / 2 + 2] = firstMs;
    const body = this.at + HEAD_BYTES;
    this.at += sizeBytes;
    return body;
  }
}
