// What a series keeps as numbers, in arrays that many share. In a field each would be an object of its own, for a number that is not small and
// whole: with the pointer to it three times as large, and a hundred thousand more for the collector to visit.

const LAST_MS = 0;
const LAST_VALUE = 1;
const DISK_MIN_MS = 2;
const DISK_MAX_MS = 3;
const NUMBERS = 4;
/** Series in one array. It goes with the last of them. */
const SHARED_BY = 512;

let shared = new Float64Array(0);
let used = 0;

/** The numbers of one series. */
export class SeriesNumbers {
  readonly #numbers: Float64Array;
  readonly #at: number;

  constructor() {
    if (used === shared.length) {
      shared = new Float64Array(SHARED_BY * NUMBERS);
      used = 0;
    }
    this.#numbers = shared;
    this.#at = used;
    used += NUMBERS;
    this.lastMs = Number.NEGATIVE_INFINITY;
    this.diskMinMs = Number.POSITIVE_INFINITY;
    this.diskMaxMs = Number.NEGATIVE_INFINITY;
  }

  /** Time of the newest sample, -Infinity when there is none. */
  get lastMs(): number {
    return this.#numbers[this.#at + LAST_MS] as number;
  }

  set lastMs(timestampMs: number) {
    this.#numbers[this.#at + LAST_MS] = timestampMs;
  }

  /** Its value; of a histogram the checksum. */
  get lastValue(): number {
    return this.#numbers[this.#at + LAST_VALUE] as number;
  }

  set lastValue(value: number) {
    this.#numbers[this.#at + LAST_VALUE] = value;
  }

  /** The oldest of the samples that the engine shows; after `diskMaxMs` when it shows none. */
  get diskMinMs(): number {
    return this.#numbers[this.#at + DISK_MIN_MS] as number;
  }

  set diskMinMs(timestampMs: number) {
    this.#numbers[this.#at + DISK_MIN_MS] = timestampMs;
  }

  /** The newest of them. */
  get diskMaxMs(): number {
    return this.#numbers[this.#at + DISK_MAX_MS] as number;
  }

  set diskMaxMs(timestampMs: number) {
    this.#numbers[this.#at + DISK_MAX_MS] = timestampMs;
  }
}
