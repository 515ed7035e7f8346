import { crc32 } from 'node:zlib';

/** Bytes before the body of a record. */
export const HEADER_BYTES = 8;
const FIRST_CAPACITY = 64 * 1024;
/** Memory of a larger rush is given back. */
const KEPT_CAPACITY = 4 * 1024 * 1024;

/** Records that wait for the disk, one behind the other, in memory that is used again. */
export class WalQueue {
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies a record whose body is put together from `parts`. */
  push(parts: readonly Uint8Array[]): void {
    const start = this.#length + HEADER_BYTES;
    const bodyBytes = parts.reduce((sum, part) => sum + part.length, 0);
    this.#reserve(start + bodyBytes);
    let at = start;
    for (const part of parts) {
      this.#bytes.set(part, at);
      at += part.length;
    }
    this.#bytes.writeUInt32LE(bodyBytes, this.#length);
    this.#bytes.writeUInt32LE(crc32(this.#bytes.subarray(start, at)), this.#length + 4);
    this.#length = at;
  }

  /** All records; valid until `clear`. */
  filled(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    if (this.#bytes.length > KEPT_CAPACITY) this.#bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
    this.#length = 0;
  }

  #reserve(capacity: number): void {
    if (capacity <= this.#bytes.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, capacity));
    this.#bytes.copy(bigger, 0, 0, this.#length);
    this.#bytes = bigger;
  }
}
