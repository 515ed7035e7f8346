import { messageOf } from '../model/app-error.ts';
import type { Clock, Timer } from '../model/clock.ts';

/** A job that runs at once, then every `intervalMs`, and whenever it is poked; never twice at the same time. */
export interface RefreshLoop {
  /** Runs soon: several pokes within `settleMs` are one run. */
  poke(): void;
  /** Aborts the run under way and waits for its end. */
  stop(): Promise<void>;
}

/** How long a burst of pokes (an editor's write, rename, chmod) may go on before the run. */
const SETTLE_MS = 100;
/** An interval of 0 is no busy loop. */
const SHORTEST_INTERVAL_MS = 100;

/** Starts a loop around `run`, which must end soon after its signal is aborted. `onProblem` hears why a run failed, and undefined when one works again. */
export function startRefreshLoop(
  clock: Clock,
  intervalMs: number,
  run: (signal: AbortSignal) => Promise<void>,
  onProblem: (message: string | undefined) => void,
): RefreshLoop {
  const controller = new AbortController();
  let timer: Timer | undefined;
  let dueMs = Number.POSITIVE_INFINITY;
  let running: Promise<void> | undefined;
  let isDueAgain = false;
  let isFailing = false;

  const runOnce = async (): Promise<void> => {
    let message: string | undefined;
    try {
      await run(controller.signal);
    } catch (error) {
      message = messageOf(error);
    }
    if (controller.signal.aborted || (message === undefined && !isFailing)) return;
    isFailing = message !== undefined;
    onProblem(message);
  };
  const schedule = (delayMs: number) => {
    if (controller.signal.aborted || clock.nowMs() + delayMs >= dueMs) return;
    timer?.cancel();
    dueMs = clock.nowMs() + delayMs;
    timer = clock.after(delayMs, fire);
  };
  const fire = () => {
    dueMs = Number.POSITIVE_INFINITY;
    isDueAgain = running !== undefined;
    if (running) return;
    running = runOnce().finally(() => {
      running = undefined;
      schedule(isDueAgain ? 0 : Math.max(intervalMs, SHORTEST_INTERVAL_MS));
    });
  };
  fire();
  return {
    poke: () => schedule(SETTLE_MS),
    async stop() {
      controller.abort();
      timer?.cancel();
      await running;
    },
  };
}
