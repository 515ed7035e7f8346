import { cancelled, timedOut } from '../errors.ts';

const RUNNING = 0;
const CANCELLED = 1;
const TIMED_OUT = 2;

/** A flag in shared memory that stops an evaluation in another thread. */
export class Interrupt {
  readonly #flag: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#flag = new Int32Array(buffer);
  }

  /** For the constructor in the other thread. */
  get buffer(): SharedArrayBuffer {
    return this.#flag.buffer as SharedArrayBuffer;
  }

  stop(reason: 'cancelled' | 'timeout'): void {
    Atomics.compareExchange(this.#flag, 0, RUNNING, reason === 'timeout' ? TIMED_OUT : CANCELLED);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#flag, 0) !== RUNNING;
  }

  /** Throws `promql.cancelled` or `promql.timeout` once stopped. Cheap: call it for every series. */
  check(): void {
    if (Atomics.load(this.#flag, 0) !== RUNNING) throw this.reason();
  }

  /** The error of what was stopped. */
  reason(): Error {
    return Atomics.load(this.#flag, 0) === TIMED_OUT ? timedOut() : cancelled();
  }
}
