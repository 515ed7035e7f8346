// What has changed, as two numbers for each change: its version and the oldest time that it touched. Whoever keeps an answer asks which
// times of it still hold. Of two changes the earlier one is forgotten when the later one reaches as far back, so a kept change is newer
// in time than all before it, and a question is a binary search.
import type { Changes } from './store.ts';

const DEFAULT_BOUND = 4_096;

/** Remembers the changes of one store, in bounded memory: of changes long ago only roughly how far back they reached. */
export class ChangeLog implements Changes {
  readonly #bound: number;
  /** Both rise. */
  #versions: number[] = [];
  #oldestMs: number[] = [];
  #version = 0;

  /** Keeps at most `bound` changes apart. */
  constructor(bound = DEFAULT_BOUND) {
    this.#bound = bound;
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Notes that samples became visible, or are gone, of which none is older than `oldestMs` (-Infinity: unknown). To be called in one go
   * with the change itself, or after it; never before.
   */
  record(oldestMs: number): void {
    this.#version++;
    while (this.#oldestMs.length > 0 && (this.#oldestMs.at(-1) as number) >= oldestMs) {
      this.#oldestMs.pop();
      this.#versions.pop();
    }
    this.#oldestMs.push(oldestMs);
    this.#versions.push(this.#version);
    if (this.#versions.length > this.#bound) this.#thin();
  }

  oldestSince(version: number): number {
    let low = 0;
    let high = this.#versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#versions[middle] as number) > version) high = middle;
      else low = middle + 1;
    }
    return this.#oldestMs[low] ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Merges neighbours among the older half until about half of these are left, evenly over the time they span. A merged change has the
   * version of its last and the time of its first: it claims more than is true, never less.
   */
  #thin(): void {
    const half = this.#versions.length >>> 1;
    // The first may be -Infinity, which is far from everything.
    const spanMs = (this.#oldestMs[half - 1] as number) - (this.#oldestMs[1] as number);
    const minGapMs = (2 * spanMs) / half;
    const versions: number[] = [];
    const oldestMs: number[] = [];
    for (let i = 0; i < half; i++) {
      const [version, at] = [this.#versions[i] as number, this.#oldestMs[i] as number];
      if (i > 0 && at - (oldestMs.at(-1) as number) < minGapMs) versions[versions.length - 1] = version;
      else {
        versions.push(version);
        oldestMs.push(at);
      }
    }
    this.#versions = [...versions, ...this.#versions.slice(half)];
    this.#oldestMs = [...oldestMs, ...this.#oldestMs.slice(half)];
  }
}
