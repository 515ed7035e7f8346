import { type Clock, sleep } from '../../model/clock.ts';

const FIRST_MS = 800;
const LONGEST_MS = 30_000;

/** Growing, jittered pauses between attempts. */
export interface Backoff {
  /** Waits 0.8 s to 1.6 s, doubled with each further call up to 30 s to 60 s; returns early when `signal` is aborted. */
  wait(signal: AbortSignal): Promise<void>;
  /** The next pause is a short one again. */
  reset(): void;
}

/** Pauses as client-go makes them. */
export function createBackoff(clock: Clock): Backoff {
  let pauseMs = FIRST_MS;
  return {
    async wait(signal) {
      const jittered = pauseMs * (1 + Math.random());
      pauseMs = Math.min(pauseMs * 2, LONGEST_MS);
      await sleep(clock, jittered, signal).catch(() => undefined);
    },
    reset() {
      pauseMs = FIRST_MS;
    },
  };
}
