const CHUNK_BYTES = 64 * 1024;

/** Puts bytes one after the other into chunks that are never written again, but for what was rewound. */
export class KeyWriter {
  /** Where the current key lies: bytes[start … end]. */
  bytes: Uint8Array;
  start = 0;
  end = 0;

  /** `expected` bytes will do, as far as is known. */
  constructor(expected: number) {
    this.bytes = new Uint8Array(Math.min(CHUNK_BYTES, expected));
  }

  /** Begins a key of at most `size` bytes behind the last one. */
  begin(size: number): void {
    if (this.end + size > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(CHUNK_BYTES, size));
      this.end = 0;
    }
    this.start = this.end;
  }

  byte(value: number): void {
    this.bytes[this.end++] = value;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) this.bytes[this.end++] = source[i] as number;
  }

  /** The room of the current key is free again. */
  rewind(): void {
    this.end = this.start;
  }

  /** Whether the current key is `known[start … end]`. */
  isKey(known: Uint8Array, start: number, end: number): boolean {
    const length = this.end - this.start;
    if (end - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.bytes[this.start + i] !== known[start + i]) return false;
    return true;
  }
}
