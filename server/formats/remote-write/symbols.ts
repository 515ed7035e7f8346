// The texts of remote write 2.0. Each text has a number for as long as its generation lasts; a request says its own texts in the order in
// which they first occur. Which of them have occurred is told by a stamp, so that nothing has to be cleared for a request.
import { RequestBytes } from './request-bytes.ts';

const FIRST_CAPACITY = 1024;
const SYMBOL_TAG = 0x22;

/** Numbers of texts, and the symbols of one request after the other. */
export class Symbols {
  readonly #maxTexts: number;
  #numbers = new Map<string, number>();
  #texts: Uint8Array[] = [];
  /** By number: the request that has it, and where. */
  #stamps = new Uint32Array(FIRST_CAPACITY);
  #places = new Uint32Array(FIRST_CAPACITY);
  #request = 0;
  #count = 0;
  readonly #bytes = new RequestBytes();
  /** Numbers of an older generation mean nothing. */
  generation = 0;

  constructor(maxTexts = 200_000) {
    this.#maxTexts = maxTexts;
  }

  /** Begins the symbols of a request. */
  begin(): void {
    if (this.#texts.length > this.#maxTexts) {
      this.#numbers = new Map();
      this.#texts = [];
      this.#stamps = new Uint32Array(FIRST_CAPACITY);
      this.#places = new Uint32Array(FIRST_CAPACITY);
      this.#request = 0;
      this.generation++;
    }
    this.#request++;
    this.#bytes.clear();
    // The first is always empty.
    this.#count = 1;
    this.#bytes.field(SYMBOL_TAG, new Uint8Array());
  }

  /** The number of a text. */
  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.length;
    this.#numbers.set(text, number);
    this.#texts.push(Buffer.from(text));
    if (number >= this.#stamps.length) {
      this.#stamps = doubled(this.#stamps);
      this.#places = doubled(this.#places);
    }
    return number;
  }

  /** Where the text of this number stands in the request. */
  place(number: number): number {
    if (this.#stamps[number] === this.#request) return this.#places[number] as number;
    this.#stamps[number] = this.#request;
    this.#places[number] = this.#count;
    this.#bytes.field(SYMBOL_TAG, this.#texts[number] as Uint8Array);
    return this.#count++;
  }

  /** Where a text stands in the request; 0 for the empty one. */
  placeOf(text: string): number {
    return text === '' ? 0 : this.place(this.number(text));
  }

  /** The fields of the request's symbols; valid until `begin`. */
  view(): Uint8Array {
    return this.#bytes.view();
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(array.length * 2);
  bigger.set(array);
  return bigger;
}
