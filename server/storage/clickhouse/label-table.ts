// Entries by their labels: an open hash table with linear probing, whose slots hold the entries themselves. A Map would hold a text of all
// labels for each of them, which is larger than the labels.
import { FNV_OFFSET, fnvText, fnvUnit } from '../../model/fnv.ts';
import type { Labels } from '../../model/labels.ts';

const FIRST_SLOTS = 64;
const MAX_LOAD = 0.7;

interface Labelled {
  readonly labels: Labels;
}

/** Entries, of which no two have the same labels. */
export class LabelTable<T extends Labelled> {
  #slots: (T | undefined)[] = new Array(FIRST_SLOTS).fill(undefined);
  #hashes = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The entry with these labels. */
  get(labels: Labels): T | undefined {
    return this.#slots[this.#find(hashOf(labels), labels)];
  }

  /** Puts an entry in the place of the one with its labels. */
  set(entry: T): void {
    if (this.#size >= MAX_LOAD * this.#slots.length) this.#grow();
    const hash = hashOf(entry.labels);
    const at = this.#find(hash, entry.labels);
    if (this.#slots[at] === undefined) this.#size++;
    this.#slots[at] = entry;
    this.#hashes[at] = hash;
  }

  /** Takes out the entry with these labels. */
  delete(labels: Labels): void {
    const mask = this.#slots.length - 1;
    let hole = this.#find(hashOf(labels), labels);
    if (this.#slots[hole] === undefined) return;
    this.#size--;
    // What stands behind it moves up, unless it stands where it belongs: searches end at the first empty slot.
    for (let at = (hole + 1) & mask; this.#slots[at] !== undefined; at = (at + 1) & mask) {
      const home = (this.#hashes[at] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#slots[hole] = this.#slots[at];
      this.#hashes[hole] = this.#hashes[at] as number;
      hole = at;
    }
    this.#slots[hole] = undefined;
  }

  /** All entries, in no order. */
  values(): T[] {
    return this.#slots.filter((entry) => entry !== undefined);
  }

  /** The slot of the labels, or the empty one where they would go. */
  #find(hash: number, labels: Labels): number {
    const mask = this.#slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = this.#slots[at];
      if (entry === undefined || (this.#hashes[at] === hash && hasSame(entry.labels.flat, labels.flat))) return at;
    }
  }

  #grow(): void {
    const [slots, hashes] = [this.#slots, this.#hashes];
    const mask = 2 * slots.length - 1;
    this.#slots = new Array(mask + 1).fill(undefined);
    this.#hashes = new Uint32Array(mask + 1);
    for (let i = 0; i < slots.length; i++) {
      if (slots[i] === undefined) continue;
      let at = (hashes[i] as number) & mask;
      while (this.#slots[at] !== undefined) at = (at + 1) & mask;
      this.#slots[at] = slots[i];
      this.#hashes[at] = hashes[i] as number;
    }
  }
}

/** FNV-1a over the code units, each text closed by a unit that no text has, and mixed so that low bits depend on all. */
function hashOf({ flat }: Labels): number {
  let hash = FNV_OFFSET;
  for (const text of flat) hash = fnvUnit(fnvText(hash, text), 0xd800);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function hasSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
