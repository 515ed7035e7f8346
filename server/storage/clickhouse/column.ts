// Growing columns, in the encoding of the Native format (native.ts), so that a batch is ready to be written without an object for each row.
import type { NativeColumn } from './native.ts';
import { arrayColumn, bytesOf, type FixedType, fixedColumn, writeVarUint } from './native.ts';

type ColumnArray = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array | BigInt64Array | BigUint64Array;
const FIRST_CAPACITY = 64;
const FIRST_TEXT_BYTES = 1024;
const MAX_VARUINT_BYTES = 5;

/** A growing typed array. */
export class Column<T extends ColumnArray> {
  data: T;
  length = 0;
  readonly #allocate: (length: number) => T;

  constructor(allocate: (length: number) => T) {
    this.#allocate = allocate;
    this.data = allocate(FIRST_CAPACITY);
  }

  /** Makes room for `count` more and returns where they go. */
  grow(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.data.length) {
      const bigger = this.#allocate(Math.max(this.length, this.data.length * 2));
      bigger.set(this.data as never);
      this.data = bigger;
    }
    return at;
  }

  /** Forgets everything but the memory. */
  clear(): void {
    this.length = 0;
  }

  filled(): T {
    return this.data.subarray(0, this.length) as T;
  }

  /** The column to insert; `type` is that of the array. */
  native(name: string, type: FixedType): NativeColumn {
    return fixedColumn(name, type, this.filled());
  }
}

/** A growing column of texts, in UTF-8. */
export class TextColumn {
  #bytes = Buffer.allocUnsafe(FIRST_TEXT_BYTES);
  #length = 0;

  /** Bytes of all texts with their lengths. */
  get sizeBytes(): number {
    return this.#length;
  }

  push(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#length + length + MAX_VARUINT_BYTES > this.#bytes.length) this.#grow(length + MAX_VARUINT_BYTES);
    const at = writeVarUint(this.#bytes, this.#length, length);
    this.#length = at + this.#bytes.write(text, at);
  }

  native(name: string): NativeColumn {
    return { name, type: 'String', parts: [this.filled()] };
  }

  filled(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(more: number): void {
    const bigger = Buffer.allocUnsafe(Math.max(this.#length + more, this.#bytes.length * 2));
    this.#bytes.copy(bigger, 0, 0, this.#length);
    this.#bytes = bigger;
  }
}

/** A growing column of bytes (type String). */
export class BytesColumn {
  #bytes = Buffer.allocUnsafe(FIRST_TEXT_BYTES);
  #length = 0;

  /** Appends a row of all `parts`, one after the other. */
  push(parts: readonly Uint8Array[]): void {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (this.#length + length + MAX_VARUINT_BYTES > this.#bytes.length) this.#grow(length + MAX_VARUINT_BYTES);
    this.#length = writeVarUint(this.#bytes, this.#length, length);
    for (const part of parts) {
      this.#bytes.set(part, this.#length);
      this.#length += part.length;
    }
  }

  /** Forgets everything but the memory. */
  clear(): void {
    this.#length = 0;
  }

  native(name: string): NativeColumn {
    return { name, type: 'String', parts: [this.#bytes.subarray(0, this.#length)] };
  }

  #grow(more: number): void {
    const bigger = Buffer.allocUnsafe(Math.max(this.#length + more, this.#bytes.length * 2));
    this.#bytes.copy(bigger, 0, 0, this.#length);
    this.#bytes = bigger;
  }
}

/** Where each row of array columns ends; columns of the same shape share one. */
export class EndColumn {
  readonly #ends = new Column((n) => new BigUint64Array(n));

  push(end: number): void {
    const at = this.#ends.grow(1);
    this.#ends.data[at] = BigInt(end);
  }

  texts(name: string, elements: TextColumn): NativeColumn {
    return { name, type: 'Array(String)', parts: [bytesOf(this.#ends.filled()), elements.filled()] };
  }

  numbers<T extends ColumnArray>(name: string, type: FixedType, elements: Column<T>): NativeColumn {
    return arrayColumn(name, type, this.#ends.filled(), elements.filled());
  }
}

/** Appends a number. */
export function push(column: Column<Float64Array | Uint32Array | Uint16Array | Uint8Array>, value: number): void {
  const at = column.grow(1);
  column.data[at] = value;
}

/** Appends an integer of 64 bits. */
export function pushBig(column: Column<BigInt64Array | BigUint64Array>, value: bigint): void {
  const at = column.grow(1);
  column.data[at] = value;
}
