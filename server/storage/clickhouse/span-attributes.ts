// Attributes of spans in the table: parallel arrays. Element i has the name names[i] and, by types[i], its value in one of the others;
// the rest of them holds '' and 0 there. Arrays and maps are JSON text (attribute-json.ts), which nothing compares.
import type { Attributes, AttributeValue } from '../../model/span.ts';
import { decodeValue, encodeValue, type Json } from './attribute-json.ts';
import { Column, EndColumn, push, pushBig, TextColumn } from './column.ts';
import type { NativeBlock, NativeColumn } from './native.ts';

/** Types of attribute values by their number in the table. */
export const ATTRIBUTE_TYPES = { string: 1, int: 2, double: 3, bool: 4, json: 5 } as const;

export type AttributeScope = 'span' | 'resource';

/** The columns of one scope, as AttributeColumns fills them. */
export function attributeColumnNames(scope: AttributeScope): string[] {
  return ['names', 'types', 'texts', 'ints', 'doubles'].map((column) => `${scope}_${column}`);
}

/** The attributes of one scope of a batch of spans. */
export class AttributeColumns {
  readonly #scope: AttributeScope;
  readonly #ends = new EndColumn();
  readonly #names = new TextColumn();
  readonly #types = new Column((n) => new Uint8Array(n));
  readonly #texts = new TextColumn();
  readonly #ints = new Column((n) => new BigInt64Array(n));
  readonly #doubles = new Column((n) => new Float64Array(n));

  constructor(scope: AttributeScope) {
    this.#scope = scope;
  }

  get sizeBytes(): number {
    return this.#names.sizeBytes + this.#texts.sizeBytes + 17 * this.#types.length;
  }

  /** Adds the attributes of one span. */
  push(attributes: Attributes): void {
    for (const name in attributes) {
      this.#names.push(name);
      this.#pushValue(attributes[name] as AttributeValue);
    }
    this.#ends.push(this.#types.length);
  }

  columns(): NativeColumn[] {
    const scope = this.#scope;
    return [
      this.#ends.texts(`${scope}_names`, this.#names),
      this.#ends.numbers(`${scope}_types`, 'UInt8', this.#types),
      this.#ends.texts(`${scope}_texts`, this.#texts),
      this.#ends.numbers(`${scope}_ints`, 'Int64', this.#ints),
      this.#ends.numbers(`${scope}_doubles`, 'Float64', this.#doubles),
    ];
  }

  #pushValue(value: AttributeValue): void {
    let type: number = ATTRIBUTE_TYPES.json;
    let text = '';
    let int = 0n;
    let double = 0;
    if (typeof value === 'string') {
      type = ATTRIBUTE_TYPES.string;
      text = value;
    } else if (typeof value === 'bigint') {
      type = ATTRIBUTE_TYPES.int;
      int = value;
    } else if (typeof value === 'number') {
      type = ATTRIBUTE_TYPES.double;
      double = value;
    } else if (typeof value === 'boolean') {
      type = ATTRIBUTE_TYPES.bool;
      int = value ? 1n : 0n;
    } else text = JSON.stringify(encodeValue(value));
    push(this.#types, type);
    this.#texts.push(text);
    pushBig(this.#ints, int);
    push(this.#doubles, double);
  }
}

/** What a query selects for `readAttributes`. */
export function attributeSelection(scope: AttributeScope): string {
  return `CAST(${scope}_names AS Array(String)) AS ${scope}_names_, ${scope}_types, ${scope}_texts, ${scope}_ints, ${scope}_doubles`;
}

/** The attributes of one scope of all spans of a block. */
export function readAttributes(block: NativeBlock, scope: AttributeScope): Attributes[] {
  const texts = block.stringArray(`${scope}_texts`);
  const { ends, elements: types } = block.array(`${scope}_types`, 'UInt8');
  const ints = block.array(`${scope}_ints`, 'Int64').elements;
  const doubles = block.array(`${scope}_doubles`, 'Float64').elements;
  return block.stringArray(`${scope}_names_`).map((names, row) => {
    const start = row === 0 ? 0 : (ends[row - 1] as number);
    const pairs = names.map((name, i): [string, AttributeValue] => {
      const text = texts[row]?.[i] ?? '';
      return [name, attributeValue(types[start + i] as number, text, ints[start + i] as bigint, doubles[start + i] as number)];
    });
    return Object.fromEntries(pairs);
  });
}

/** A value from its columns. */
export function attributeValue(type: number, text: string, int: bigint, double: number): AttributeValue {
  switch (type) {
    case ATTRIBUTE_TYPES.string:
      return text;
    case ATTRIBUTE_TYPES.int:
      return int;
    case ATTRIBUTE_TYPES.double:
      return double;
    case ATTRIBUTE_TYPES.bool:
      return int !== 0n;
    default:
      return decodeValue(JSON.parse(text) as Json);
  }
}
