import type { LabelBytes } from './label-bytes.ts';

const FIRST_CAPACITY = 256;
const MAX_SHOWN_REFS = 64;

/** The symbols of a request as places in its body: text is only made of those that are asked for. */
export class SymbolTable {
  readonly #body: Uint8Array;
  readonly #texts = new Map<number, string>();
  /** Symbol i lies at places[2i] … places[2i+1]-1. */
  #places = new Uint32Array(2 * FIRST_CAPACITY);
  #size = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  add(start: number, end: number): void {
    if (2 * this.#size === this.#places.length) {
      const grown = new Uint32Array(this.#places.length * 2);
      grown.set(this.#places);
      this.#places = grown;
    }
    this.#places[2 * this.#size] = start;
    this.#places[2 * this.#size + 1] = end;
    this.#size++;
  }

  /** The text of a reference, '' when there is none. */
  text(ref: number): string {
    if (ref === 0 || ref >= this.#size) return '';
    let text = this.#texts.get(ref);
    if (text === undefined) {
      text = Buffer.from(this.#body.buffer, this.#body.byteOffset, this.#body.byteLength).toString(
        'utf8',
        this.#places[2 * ref],
        this.#places[2 * ref + 1],
      );
      this.#texts.set(ref, text);
    }
    return text;
  }

  /** Whether a symbol has exactly these bytes. */
  equals(ref: number, bytes: Uint8Array): boolean {
    const start = this.#places[2 * ref] as number;
    if ((this.#places[2 * ref + 1] as number) - start !== bytes.length) return false;
    return bytes.every((byte, i) => byte === this.#body[start + i]);
  }

  /** Puts the labels that `refs` name into `out`; what is wrong with the references, in Prometheus' words. */
  addLabels(refs: readonly number[], out: LabelBytes): string | undefined {
    if (refs.length % 2 !== 0) return `parsing labels for series [${refsText(refs)}]: invalid labelRefs length ${refs.length}`;
    const places = this.#places;
    for (let i = 0; i < refs.length; i += 2) {
      const name = refs[i] as number;
      const value = refs[i + 1] as number;
      if (name >= this.#size || value >= this.#size)
        return `parsing labels for series [${refsText(refs)}]: labelRefs ${name} (name) = ${value} (value) outside of symbols table (size ${this.#size})`;
      out.addLabel(
        this.#body,
        places[2 * name] as number,
        places[2 * name + 1] as number,
        places[2 * value] as number,
        places[2 * value + 1] as number,
      );
    }
    return undefined;
  }
}

function refsText(refs: readonly number[]): string {
  return refs.length > MAX_SHOWN_REFS ? `${refs.slice(0, MAX_SHOWN_REFS).join(' ')} …` : refs.join(' ');
}
