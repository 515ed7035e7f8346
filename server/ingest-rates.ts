import type { Clock, Timer } from './model/clock.ts';
import type { StoreStats } from './storage/store.ts';

const EVERY_MS = 5_000;
/** Rates are averages over this many readings: half a minute. */
const READINGS = 7;

/** What arrives, each second, on average over the last half minute. */
export interface Rates {
  readonly samplesPerSecond: number;
  readonly logLinesPerSecond: number;
  readonly spansPerSecond: number;
}

interface Reading {
  readonly atMs: number;
  readonly stats: StoreStats;
}

/** Reads the store's counters every few seconds; call `stop` at the end. */
export class IngestRates {
  readonly #clock: Clock;
  readonly #read: () => StoreStats;
  #readings: Reading[] = [];
  #timer: Timer;

  constructor(clock: Clock, read: () => StoreStats) {
    this.#clock = clock;
    this.#read = read;
    this.#timer = this.#next();
    this.#take();
  }

  now(): Rates {
    const [first] = this.#readings;
    const last = { atMs: this.#clock.nowMs(), stats: this.#read() };
    const seconds = first ? (last.atMs - first.atMs) / 1000 : 0;
    const rate = (valueOfStats: (stats: StoreStats) => number) =>
      first && seconds >= 1 ? (valueOfStats(last.stats) - valueOfStats(first.stats)) / seconds : 0;
    return {
      samplesPerSecond: rate((stats) => stats.samplesAppended),
      logLinesPerSecond: rate((stats) => stats.logLinesAppended),
      spansPerSecond: rate((stats) => stats.spansAppended),
    };
  }

  stop(): void {
    this.#timer.cancel();
  }

  #take(): void {
    this.#readings.push({ atMs: this.#clock.nowMs(), stats: this.#read() });
    if (this.#readings.length > READINGS) this.#readings = this.#readings.slice(-READINGS);
  }

  #next(): Timer {
    return this.#clock.after(EVERY_MS, () => {
      this.#take();
      this.#timer = this.#next();
    });
  }
}
