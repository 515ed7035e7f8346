// Bounded memory for what is read again and again. Those not used for longest go first, but only for what is worth more: questions that come
// round in turns, and together need a little more than there is, would else push each other out, so that nothing is ever found. Worth counts
// uses, and for each byte what it saves: a question to the engine has a price of its own, so a hundred small answers save more than a large one.
import { LRUCache } from 'lru-cache';

/** More uses than this count for nothing, so that what was popular is soon forgotten. */
const MOST_USES = 15;
/** After so many uses for each entry, all counts are halved. */
const USES_PER_ENTRY = 10;
/** Of names whose turn comes equally often, those that had theirs in this round are this much ahead. */
const TURN = 1;
/** To ask the engine at all costs as much as reading so many bytes. */
const QUESTION_BYTES = 8_000_000;
/** As if there were at least so many entries. */
const LEAST_ENTRIES = 100;
/** How many entries are looked at to make room: of small ones there may be many. */
const MOST_LOOKED_AT = 1_000;

export interface Kept {
  readonly sizeBytes: number;
}

interface Entry {
  /** What its uses are counted by. */
  readonly name: string;
  readonly kept: Kept;
}

export class KeptMemory {
  readonly maxBytes: number;
  readonly #entries: LRUCache<string, Entry>;
  readonly #uses = new Map<string, number>();
  /** What is kept under each name. */
  readonly #bytes = new Map<string, number>();
  /** The most that was kept or wanted under each name of late: of what was given up in part, the rest alone saves no question. */
  readonly #mostBytes = new Map<string, number>();
  #usesSinceHalved = 0;

  constructor(maxBytes: number) {
    this.maxBytes = Math.floor(maxBytes);
    this.#entries = new LRUCache({ maxSize: Math.max(1, this.maxBytes), sizeCalculation: ({ kept }) => kept.sizeBytes });
  }

  /** Bytes in use. */
  get sizeBytes(): number {
    return this.#entries.calculatedSize;
  }

  /** Counts a use, whether it is kept or not. */
  use(name: string): void {
    this.#uses.set(name, Math.min(MOST_USES, this.#usesOf(name) + 1));
    if (++this.#usesSinceHalved >= USES_PER_ENTRY * Math.max(LEAST_ENTRIES, this.#entries.size)) this.#halve();
  }

  get(key: string): Kept | undefined {
    return this.#entries.get(key)?.kept;
  }

  /** Whether so many bytes would be kept under a name, for which what is kept under it already may go. */
  hasRoom(name: string, sizeBytes: number): boolean {
    this.#noteBytes(name, sizeBytes);
    return this.#victims(sizeBytes - (this.#bytes.get(name) ?? 0), name) !== undefined;
  }

  /** Keeps it in place of what is used less often, if that makes room enough; else what was kept under the key stays. */
  set(key: string, name: string, kept: Kept): void {
    const before = this.#entries.peek(key)?.kept.sizeBytes ?? 0;
    this.#noteBytes(name, (this.#bytes.get(name) ?? 0) + kept.sizeBytes - before);
    const victims = this.#victims(kept.sizeBytes - before, name);
    if (!victims) return;
    for (const victim of [...victims, key]) this.delete(victim);
    this.#entries.set(key, { name, kept });
    this.#bytes.set(name, (this.#bytes.get(name) ?? 0) + kept.sizeBytes);
  }

  delete(key: string): void {
    const entry = this.#entries.peek(key);
    if (!entry) return;
    const { name, kept } = entry;
    this.#entries.delete(key);
    const left = (this.#bytes.get(name) ?? 0) - kept.sizeBytes;
    if (left > 0) this.#bytes.set(name, left);
    else this.#bytes.delete(name);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes.clear();
  }

  /** Entries that make room for so many bytes more under a name, longest not used first; undefined when they do not suffice. */
  #victims(sizeBytes: number, name: string): string[] | undefined {
    let missing = this.#entries.calculatedSize + sizeBytes - this.maxBytes;
    const victims: string[] = [];
    let looked = 0;
    for (const [key, entry] of this.#entries.rentries() as Iterable<[string, Entry]>) {
      if (missing <= 0 || looked++ >= MOST_LOOKED_AT) break;
      if (!this.#isLess(entry, name)) continue;
      victims.push(key);
      missing -= entry.kept.sizeBytes;
    }
    return missing <= 0 ? victims : undefined;
  }

  /** Whether an entry is worth less than a name. */
  #isLess(entry: Entry, name: string): boolean {
    return (this.#usesOf(entry.name) + TURN) * this.#savedByUse(entry.name) < this.#usesOf(name) * this.#savedByUse(name);
  }

  /** What a use saves for each byte that is kept, in bytes read. */
  #savedByUse(name: string): number {
    return 1 + QUESTION_BYTES / Math.max(1, this.#mostBytes.get(name) ?? 0);
  }

  #noteBytes(name: string, sizeBytes: number): void {
    this.#mostBytes.set(name, Math.max(sizeBytes, this.#mostBytes.get(name) ?? 0));
  }

  #usesOf(name: string): number {
    return this.#uses.get(name) ?? 0;
  }

  #halve(): void {
    this.#usesSinceHalved = 0;
    for (const [name, uses] of this.#uses)
      if (uses > 1) this.#uses.set(name, uses >> 1);
      else this.#uses.delete(name);
    // What once was wanted of a name may not be any more.
    this.#mostBytes.clear();
    for (const [name, bytes] of this.#bytes) this.#mostBytes.set(name, bytes);
  }
}
