/** A timer that can be cancelled. */
export interface Timer {
  cancel(): void;
}

/** The only source of time in the server, so that tests can turn it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Runs `callback` once after `delayMs`; the timer never keeps the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

// Beyond it (24.8 days) Node's own timer fires at once, which made a 30-day interval a busy loop.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Real time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, callback) {
    let handle: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const isLast = leftMs <= LONGEST_TIMEOUT_MS;
      handle = setTimeout(() => (isLast ? callback() : wait(leftMs - LONGEST_TIMEOUT_MS)), Math.min(leftMs, LONGEST_TIMEOUT_MS));
      handle.unref();
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs` on `clock`, or rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
