// How many shards a queue should have, as Prometheus reckons: enough for what comes in and for a twentieth of what has piled up in each
// second, judged by how long a sample takes. Small differences change nothing.

const TICK_SECONDS = 10;
const WEIGHT = 0.2;
const TOLERANCE = 0.3;
const CATCH_UP = 0.05;
const SCALE_DOWN_DELAY_SECONDS = 10;

/** A rate per second, smoothed over ticks of ten seconds. */
class SmoothedRate {
  #events = 0;
  #isStarted = false;
  rate = 0;

  add(events: number): void {
    this.#events += events;
  }

  tick(): void {
    const now = this.#events / TICK_SECONDS;
    this.#events = 0;
    this.rate = this.#isStarted ? this.rate + WEIGHT * (now - this.rate) : now;
    this.#isStarted = true;
  }
}

/** Observes a queue and says how many shards it should have. */
export class ShardCalculation {
  readonly #in = new SmoothedRate();
  readonly #dropped = new SmoothedRate();
  readonly #out = new SmoothedRate();
  readonly #seconds = new SmoothedRate();

  /** How often `desired` is to be asked. */
  static readonly everyMs = TICK_SECONDS * 1000;

  /** Samples that were read from the log, of which some are not sent. */
  addRead(samples: number, dropped: number): void {
    this.#in.add(samples);
    this.#dropped.add(dropped);
  }

  /** Samples that were delivered, and how long that took. */
  addSent(samples: number, seconds: number): void {
    this.#out.add(samples);
    this.#seconds.add(seconds);
  }

  /** `delaySeconds` is how far the newest sample that was sent is behind the newest of all. */
  desired(shards: number, delaySeconds: number, { min, max }: { readonly min: number; readonly max: number }): number {
    for (const rate of [this.#in, this.#dropped, this.#out, this.#seconds]) rate.tick();
    const out = this.#out.rate;
    if (out <= 0) return shards;
    const kept = out / (this.#dropped.rate + out);
    const coming = this.#in.rate * kept;
    const secondsPerSample = this.#seconds.rate / out;
    const wanted = secondsPerSample * (coming + CATCH_UP * Math.max(0, delaySeconds) * coming);
    const isNear = wanted >= shards * (1 - TOLERANCE) && wanted <= shards * (1 + TOLERANCE);
    const desired = Math.ceil(wanted);
    // With a delay, fewer shards would let it grow.
    if (isNear || (desired < shards && delaySeconds > SCALE_DOWN_DELAY_SECONDS)) return shards;
    return Math.min(max, Math.max(min, desired));
  }
}
