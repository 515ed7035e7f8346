import { setImmediate } from 'node:timers/promises';
import { startStopwatch } from '../telemetry/stopwatch.ts';

/** A piece of work takes no longer before others get the thread. */
const TURN_SECONDS = 0.004;

/** Lets long work give way: `await pace.rest()` between small steps. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  #sinceTurn = startStopwatch();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time to rest; asking is cheap. Throws the signal's reason once it is aborted. */
  get isDue(): boolean {
    this.#signal?.throwIfAborted();
    return this.#sinceTurn() >= TURN_SECONDS;
  }

  /** Returns at once, or when others have had their turn. */
  async rest(): Promise<void> {
    if (!this.isDue) return;
    await setImmediate();
    this.#sinceTurn = startStopwatch();
  }
}
