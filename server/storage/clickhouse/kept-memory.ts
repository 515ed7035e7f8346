// Bounded memory for what is read again and again. Those not used for longest go first, but only for what is used more often: questions that
// come round in turns, and together need a little more than there is, would else push each other out, so that nothing is ever found.
import { LRUCache } from 'lru-cache';

/** More uses than this count for nothing, so that what was popular is soon forgotten. */
const MOST_USES = 15;
/** After so many uses for each name, all counts are halved. */
const USES_PER_NAME = 10;
/** Of names whose turn comes equally often, those that had theirs in this round are this much ahead. */
const TURN = 1;
/** Names that are counted even if few are kept. */
const LEAST_NAMES = 100;

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
  #usesSinceHalved = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.#entries = new LRUCache({ maxSize: Math.max(1, maxBytes), sizeCalculation: ({ kept }) => kept.sizeBytes });
  }

  /** Bytes in use. */
  get sizeBytes(): number {
    return this.#entries.calculatedSize;
  }

  /** Counts a use, whether it is kept or not. */
  use(name: string): void {
    this.#uses.set(name, Math.min(MOST_USES, this.#usesOf(name) + 1));
    if (++this.#usesSinceHalved >= USES_PER_NAME * Math.max(LEAST_NAMES, this.#uses.size)) this.#halve();
  }

  get(key: string): Kept | undefined {
    return this.#entries.get(key)?.kept;
  }

  /** Keeps it in place of what is used less often, if that makes room enough. */
  set(key: string, name: string, kept: Kept): void {
    this.#entries.delete(key);
    if (this.#makeRoom(kept.sizeBytes, this.#usesOf(name))) this.#entries.set(key, { name, kept });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  #makeRoom(sizeBytes: number, uses: number): boolean {
    let missing = this.#entries.calculatedSize + sizeBytes - this.maxBytes;
    const victims: string[] = [];
    for (const [key, { name, kept }] of this.#entries.rentries() as Iterable<[string, Entry]>) {
      if (missing <= 0) break;
      if (this.#usesOf(name) + TURN >= uses) continue;
      victims.push(key);
      missing -= kept.sizeBytes;
    }
    if (missing > 0) return false;
    for (const key of victims) this.#entries.delete(key);
    return true;
  }

  #usesOf(name: string): number {
    return this.#uses.get(name) ?? 0;
  }

  #halve(): void {
    this.#usesSinceHalved = 0;
    for (const [name, uses] of this.#uses)
      if (uses > 1) this.#uses.set(name, uses >> 1);
      else this.#uses.delete(name);
  }
}
