// Wrong passwords are counted by address. After so many within a minute the address must wait, right or wrong: else guessing could go on.
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../model/clock.ts';

const MAX_ADDRESSES = 10_000;
const WINDOW_MS = 60_000;
/** Wrong ones in a minute from one address. */
export const MAX_GUESSES = 10;

/** Counts wrong guesses. */
export class GuessThrottle {
  readonly #clock: Clock;
  readonly #guesses = new LRUCache<string, number[]>({ max: MAX_ADDRESSES });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until the address may guess again; 0: now. */
  waitMs(address: string): number {
    const [oldest] = this.#recent(address);
    if (oldest === undefined || this.#recent(address).length < MAX_GUESSES) return 0;
    return oldest + WINDOW_MS - this.#clock.nowMs();
  }

  /** Notes a wrong guess. */
  failed(address: string): void {
    this.#guesses.set(address, [...this.#recent(address), this.#clock.nowMs()].slice(-MAX_GUESSES));
  }

  #recent(address: string): number[] {
    const sinceMs = this.#clock.nowMs() - WINDOW_MS;
    return (this.#guesses.get(address) ?? []).filter((atMs) => atMs > sinceMs);
  }
}
