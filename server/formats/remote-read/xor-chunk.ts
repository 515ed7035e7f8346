// The chunk of floats. Layout: u16 samples (big-endian); the first time as a varint and the first value whole; the second time as the
// difference to the first, a uvarint; further times as differences of differences; values as what differs from the one before.
import { BitWriter } from './bit-writer.ts';
import { CHUNK_SAMPLES, type Chunk, XOR_ENCODING } from './chunk.ts';
import { XorValue } from './xor-value.ts';

const HEADER_BYTES = 2;
/** How many bits a difference of differences takes, after which prefix. */
const TIME_FORMS = [
  { prefix: 0b10, prefixBits: 2, bits: 14 },
  { prefix: 0b110, prefixBits: 3, bits: 17 },
  { prefix: 0b1110, prefixBits: 4, bits: 20 },
] as const;

/** Collects floats, rising in time. */
export class XorChunk {
  readonly #out = new BitWriter();
  readonly #value = new XorValue();
  #count = 0;
  #firstMs = 0;
  #lastMs = 0;
  #delta = 0;

  constructor() {
    this.#out.bits(0, 8 * HEADER_BYTES);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count >= CHUNK_SAMPLES;
  }

  /** The bits of the value come as halves: a stale marker must stay one. */
  add(timestampMs: number, high: number, low: number): void {
    const out = this.#out;
    const delta = timestampMs - this.#lastMs;
    if (this.#count === 0) {
      out.varint(timestampMs);
      this.#value.first(out, high, low);
      this.#firstMs = timestampMs;
    } else {
      if (this.#count === 1) out.uvarint(delta);
      else this.#writeChange(delta - this.#delta);
      this.#value.next(out, high, low);
      this.#delta = delta;
    }
    this.#lastMs = timestampMs;
    this.#count++;
  }

  finish(): Chunk {
    this.#out.patch(0, this.#count >>> 8);
    this.#out.patch(1, this.#count & 255);
    return { minMs: this.#firstMs, maxMs: this.#lastMs, encoding: XOR_ENCODING, data: this.#out.finish() };
  }

  #writeChange(change: number): void {
    const out = this.#out;
    if (change === 0) {
      out.bit(0);
      return;
    }
    const form = TIME_FORMS.find(({ bits }) => change > -(2 ** (bits - 1)) && change <= 2 ** (bits - 1));
    if (form) {
      out.bits(form.prefix, form.prefixBits);
      out.bits(change, form.bits);
    } else {
      out.bits(0b1111, 4);
      out.signed(change, 64);
    }
  }
}
