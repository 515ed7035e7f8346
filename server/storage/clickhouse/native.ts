// ClickHouse's Native format (docs: interfaces/formats/Native), as a file or a result stream carries it: blocks of
//   varuint columns, varuint rows, then for each column: string name, string type, data.
// Data of fixed-width types is the plain little-endian array. Array(T): one UInt64 end offset for each row, then all elements.
// String: varuint length and bytes, row by row.
import { Labels } from '../../model/labels.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One column to insert; `parts` are its bytes in order. */
export interface NativeColumn {
  readonly name: string;
  readonly type: string;
  readonly parts: readonly Uint8Array[];
}

/** Encodes one block; the parts are to be written one after the other. */
export function encodeNativeBlock(rows: number, columns: readonly NativeColumn[]): Uint8Array[] {
  const parts: Uint8Array[] = [encodeVarUint(columns.length), encodeVarUint(rows)];
  for (const column of columns) parts.push(encodeString(column.name), encodeString(column.type), ...column.parts);
  return parts;
}

/** The bytes behind a typed array. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export function fixedColumn(name: string, type: FixedType, values: ArrayBufferView): NativeColumn {
  return { name, type, parts: [bytesOf(values)] };
}

export function stringColumn(name: string, values: readonly string[]): NativeColumn {
  return { name, type: 'String', parts: [encodeStrings(values)] };
}

/** `offsets[i]` is where row i ends within `elements`. */
export function arrayColumn(name: string, type: FixedType, offsets: BigUint64Array, elements: ArrayBufferView): NativeColumn {
  return { name, type: `Array(${type})`, parts: [bytesOf(offsets), bytesOf(elements)] };
}

export function stringArrayColumn(name: string, rows: readonly (readonly string[])[]): NativeColumn {
  const offsets = new BigUint64Array(rows.length);
  let end = 0;
  rows.forEach((row, i) => {
    end += row.length;
    offsets[i] = BigInt(end);
  });
  return { name, type: 'Array(String)', parts: [bytesOf(offsets), encodeStrings(rows.flat())] };
}

function encodeString(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  return Buffer.concat([encodeVarUint(bytes.length), bytes]);
}

function encodeStrings(values: readonly string[]): Uint8Array {
  let size = 0;
  for (const value of values) size += 5 + value.length * 3;
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (const value of values) {
    const length = Buffer.byteLength(value);
    at = writeVarUint(out, at, length);
    at += out.write(value, at);
  }
  return out.subarray(0, at);
}

function encodeVarUint(value: number): Uint8Array {
  const out = new Uint8Array(5);
  return out.subarray(0, writeVarUint(out, 0, value));
}

/** Writes a number of up to 32 bits at `start`; returns where it ends. */
export function writeVarUint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 127) {
    out[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

const FIXED = {
  UInt8: Uint8Array,
  UInt16: Uint16Array,
  UInt32: Uint32Array,
  Int32: Int32Array,
  Float64: Float64Array,
  Int64: BigInt64Array,
  UInt64: BigUint64Array,
} as const;
export type FixedType = keyof typeof FIXED;
type FixedArray<T extends FixedType> = InstanceType<(typeof FIXED)[T]>;

/** An array column: row i owns elements ends[i-1] … ends[i]-1. */
export interface ArrayData<E> {
  readonly ends: Uint32Array;
  readonly elements: E;
}

/** Texts in UTF-8: row i is bytes[offsets[i] … offsets[i+1]), `sizes[i]` long. */
export interface TextData {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly sizes: Uint32Array;
}

/** Texts as they lie in a result: row i is sizes[i] bytes from starts[i] on. */
export interface RawTexts {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly sizes: Uint32Array;
}

interface RawColumn {
  readonly type: string;
  readonly start: number;
  readonly ends?: Uint32Array;
}

/** One decoded block: columns by name, views of the result's memory where alignment allows it. */
export class NativeBlock {
  readonly rows: number;
  readonly #bytes: Uint8Array;
  readonly #columns: ReadonlyMap<string, RawColumn>;

  constructor(rows: number, bytes: Uint8Array, columns: ReadonlyMap<string, RawColumn>) {
    this.rows = rows;
    this.#bytes = bytes;
    this.#columns = columns;
  }

  fixed<T extends FixedType>(name: string, type: T): FixedArray<T> {
    return this.#view(this.#column(name, type).start, this.rows, type);
  }

  array<T extends FixedType>(name: string, type: T): ArrayData<FixedArray<T>> {
    const { start, ends = new Uint32Array(0) } = this.#column(name, `Array(${type})`);
    return { ends, elements: this.#view(start, ends.at(-1) ?? 0, type) };
  }

  /** An array column as `array` has it, but for the elements: where they lie, without a copy, and not aligned to anything. */
  arrayBytes(name: string, type: FixedType): { readonly ends: Uint32Array; readonly bytes: Uint8Array } {
    const { start, ends = new Uint32Array(0) } = this.#column(name, `Array(${type})`);
    return { ends, bytes: this.#bytes.subarray(start, start + (ends.at(-1) ?? 0) * FIXED[type].BYTES_PER_ELEMENT) };
  }

  /** A column of texts as bytes, without a JS string for each: copies, which belong to the caller. */
  texts(name: string): TextData {
    const { start } = this.#column(name, 'String');
    return readTexts(this.#bytes, start, this.rows);
  }

  /** A column of Int64 as doubles, without a bigint for each. */
  wholes(name: string): Float64Array {
    const { buffer, byteOffset } = this.fixed(name, 'Int64');
    const low = new Uint32Array(buffer, byteOffset, 2 * this.rows);
    const high = new Int32Array(buffer, byteOffset, 2 * this.rows);
    const doubles = new Float64Array(this.rows);
    for (let i = 0; i < doubles.length; i++) doubles[i] = (high[2 * i + 1] as number) * 2 ** 32 + (low[2 * i] as number);
    return doubles;
  }

  /** A column of texts without a copy, as long as the result's memory may be kept. */
  rawTexts(name: string): RawTexts {
    const starts = new Uint32Array(this.rows);
    const sizes = new Uint32Array(this.rows);
    let at = this.#column(name, 'String').start;
    for (let i = 0; i < this.rows; i++) {
      const length = readVarUint(this.#bytes, at);
      starts[i] = length.next;
      sizes[i] = length.value;
      at = length.next + length.value;
    }
    return { bytes: this.#bytes, starts, sizes };
  }

  strings(name: string): string[] {
    return readStrings(this.#bytes, this.#column(name, 'String').start, this.rows).values;
  }

  stringArray(name: string): string[][] {
    const { start, ends = new Uint32Array(0) } = this.#column(name, 'Array(String)');
    const all = readStrings(this.#bytes, start, ends.at(-1) ?? 0).values;
    return Array.from(ends, (end, i) => all.slice(i === 0 ? 0 : ends[i - 1], end));
  }

  /** Whether any row of an array column has an element. */
  hasElements(name: string): boolean {
    return (this.#columns.get(name)?.ends?.at(-1) ?? 0) > 0;
  }

  /** A column of label sets as Labels.flat. */
  labelSets(name: string): Labels[] {
    return this.stringArray(name).map((flat) => Labels.fromSortedFlat(Object.freeze(flat)));
  }

  #column(name: string, type: string): RawColumn {
    const column = this.#columns.get(name);
    if (column?.type !== type) throw new Error(`result column ${name} is ${column?.type ?? 'missing'}, expected ${type}`);
    return column;
  }

  #view<T extends FixedType>(start: number, length: number, type: T): FixedArray<T> {
    const ArrayOf = FIXED[type];
    const from = this.#bytes.byteOffset + start;
    const size = ArrayOf.BYTES_PER_ELEMENT;
    const buffer = this.#bytes.buffer as ArrayBuffer;
    const view = from % size === 0 ? new ArrayOf(buffer, from, length) : new ArrayOf(buffer.slice(from, from + length * size));
    return view as FixedArray<T>;
  }
}

/** Decodes the blocks in `bytes`; the blocks keep a reference to it. */
export function decodeNativeBlocks(bytes: Uint8Array): NativeBlock[] {
  const blocks: NativeBlock[] = [];
  let at = 0;
  while (at < bytes.length) {
    const columnCount = readVarUint(bytes, at);
    const rowCount = readVarUint(bytes, columnCount.next);
    at = rowCount.next;
    const columns = new Map<string, RawColumn>();
    for (let i = 0; i < columnCount.value; i++) {
      const name = readStrings(bytes, at, 1);
      const type = readStrings(bytes, name.next, 1);
      const read = readColumn(bytes, type.next, type.values[0] as string, rowCount.value);
      columns.set(name.values[0] as string, read.column);
      at = read.next;
    }
    if (rowCount.value > 0) blocks.push(new NativeBlock(rowCount.value, bytes, columns));
  }
  return blocks;
}

function readColumn(bytes: Uint8Array, at: number, type: string, rows: number): { column: RawColumn; next: number } {
  const inner = /^Array\((.*)\)$/.exec(type)?.[1];
  if (inner === undefined) return { column: { type, start: at }, next: at + dataSize(bytes, at, type, rows) };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, rows * 8);
  const ends = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) ends[i] = view.getUint32(i * 8, true);
  const start = at + rows * 8;
  return { column: { type, start, ends }, next: start + dataSize(bytes, start, inner, ends.at(-1) ?? 0) };
}

function dataSize(bytes: Uint8Array, at: number, type: string, count: number): number {
  if (type === 'String') return readStrings(bytes, at, count, false).next - at;
  const array = FIXED[type as FixedType];
  if (!array) throw new Error(`result type ${type} is not supported`);
  return array.BYTES_PER_ELEMENT * count;
}

function readStrings(bytes: Uint8Array, start: number, count: number, isWanted = true): { values: string[]; next: number } {
  const values: string[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const length = readVarUint(bytes, at);
    at = length.next + length.value;
    if (isWanted) values.push(decoder.decode(bytes.subarray(length.next, at)));
  }
  return { values, next: at };
}

/** Short texts are copied byte by byte, which is faster than a call. */
const SHORT_TEXT = 24;

function readTexts(bytes: Uint8Array, start: number, rows: number): TextData {
  const offsets = new Uint32Array(rows + 1);
  const sizes = new Uint32Array(rows);
  const starts = new Uint32Array(rows);
  let at = start;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const length = readVarUint(bytes, at);
    starts[i] = length.next;
    sizes[i] = length.value;
    at = length.next + length.value;
    total += length.value;
    offsets[i + 1] = total;
  }
  const texts = new Uint8Array(total);
  for (let i = 0; i < rows; i++) {
    const from = starts[i] as number;
    const size = sizes[i] as number;
    const to = offsets[i] as number;
    if (size > SHORT_TEXT) texts.set(bytes.subarray(from, from + size), to);
    else for (let k = 0; k < size; k++) texts[to + k] = bytes[from + k] as number;
  }
  return { bytes: texts, offsets, sizes };
}

function readVarUint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let factor = 1;
  let next = start;
  for (;;) {
    const byte = bytes[next++];
    if (byte === undefined) throw new Error('result block is cut off');
    value += (byte & 127) * factor;
    if (byte < 128) return { value, next };
    factor *= 128;
  }
}
