import { type Clock, sleep } from '../../model/clock.ts';
import type { Flush } from '../flush.ts';
import type { Notification } from '../notification.ts';
import type { Notifier } from '../notify/notifier.ts';

const FIRST_DELAY_MS = 500;
const FACTOR = 1.5;
const MAX_DELAY_MS = 60_000;
const JITTER = 0.5;

/** How a delivery ended. */
export interface Delivered {
  readonly isSent: boolean;
  readonly attempts: number;
  /** The last error; '' when it was sent. */
  readonly reason: string;
}

/** Sends, and tries again with growing pauses until it went out, cannot succeed, or `signal` forbids another attempt. */
export async function deliver(
  notifier: Notifier,
  notification: Notification,
  clock: Clock,
  { signal, attemptSignal }: Pick<Flush, 'signal' | 'attemptSignal'>,
  onRetry: (attempts: number, reason: string) => void,
): Promise<Delivered> {
  let delayMs = FIRST_DELAY_MS;
  for (let attempts = 1; ; attempts++) {
    const result = await notifier.notify(notification, attemptSignal);
    if (result.isSent) return { isSent: true, attempts, reason: '' };
    if (!result.canRetry || signal.aborted) return { isSent: false, attempts, reason: result.reason };
    onRetry(attempts, result.reason);
    const isOver = await pause(clock, delayMs * (1 + JITTER * (2 * Math.random() - 1)), signal);
    if (isOver) return { isSent: false, attempts, reason: result.reason };
    delayMs = Math.min(delayMs * FACTOR, MAX_DELAY_MS);
  }
}

/** True when the signal came first. */
async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(clock, delayMs, signal);
    return false;
  } catch (error) {
    if (signal.aborted) return true;
    throw error;
  }
}
