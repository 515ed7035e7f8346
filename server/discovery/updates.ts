import type { Clock, Timer } from '../model/clock.ts';

// What is followed is never still: what changes within this time is passed on at once.
const SETTLE_MS = 100;
const UPDATE_EVERY_MS = 5_000;

/** Where changes are told one by one, to be passed on together. */
export interface Updates {
  /** Something has changed. */
  request(): void;
  /** Waits for the update under way; no other follows. */
  stop(): Promise<void>;
}

/** Passes changes on: soon when it was quiet, else every five seconds, as upstream. `update` must not throw. */
export function createUpdates(clock: Clock, update: () => Promise<void>): Updates {
  let timer: Timer | undefined;
  let running: Promise<void> | undefined;
  let isDueAgain = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  const request = () => {
    if (isStopped) return;
    if (running) isDueAgain = true;
    else timer ??= clock.after(Math.max(SETTLE_MS, lastMs + UPDATE_EVERY_MS - clock.nowMs()), run);
  };
  const run = () => {
    timer = undefined;
    isDueAgain = false;
    lastMs = clock.nowMs();
    running = update().finally(() => {
      running = undefined;
      if (isDueAgain) request();
    });
  };
  return {
    request,
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}
