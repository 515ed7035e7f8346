// Wrong passwords are counted by address. After so many within a minute the address must wait, right or wrong: else guessing could go on.
// The same wrong one again is no guess: a program with an old password keeps nobody else away.
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../model/clock.ts';

const MAX_ADDRESSES = 10_000;
const WINDOW_MS = 60_000;
/** Wrong ones in a minute from one address. */
export const MAX_GUESSES = 10;

interface Guess {
  readonly atMs: number;
  readonly digest: string;
}

/** Counts wrong guesses. */
export class GuessThrottle {
  readonly #clock: Clock;
  readonly #guesses = new LRUCache<string, readonly Guess[]>({ max: MAX_ADDRESSES });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until the address may guess again; 0: now. */
  waitMs(address: string): number {
    const recent = this.#recent(networkOf(address));
    const [oldest] = recent;
    return oldest === undefined || recent.length < MAX_GUESSES ? 0 : oldest.atMs + WINDOW_MS - this.#clock.nowMs();
  }

  /** Whether the address has sent this wrong one within the minute. */
  isKnown(address: string, digest: string): boolean {
    return this.#recent(networkOf(address)).some((one) => one.digest === digest);
  }

  /** Notes a wrong guess. */
  failed(address: string, digest: string): void {
    const network = networkOf(address);
    if (!this.isKnown(address, digest))
      this.#guesses.set(network, [...this.#recent(network), { atMs: this.#clock.nowMs(), digest }].slice(-MAX_GUESSES));
  }

  #recent(network: string): readonly Guess[] {
    const sinceMs = this.#clock.nowMs() - WINDOW_MS;
    return (this.#guesses.get(network) ?? []).filter(({ atMs }) => atMs > sinceMs);
  }
}

/** An address, or of one of IPv6 its first 64 bits: whoever has one has all of these. */
export function networkOf(address: string): string {
  const plain = address.replace(/^\[|\]$/g, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = [], tail = []] = plain.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = plain.includes('::') ? Math.max(0, 8 - head.length - tail.length) : 0;
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].slice(0, 4).join(':').toLowerCase();
}
