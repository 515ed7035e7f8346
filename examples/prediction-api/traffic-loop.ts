import { setTimeout as sleep } from 'node:timers/promises';
import { drawCustomer } from './churn-process.ts';
import type { Random } from './random.ts';

/** What the generator needs. */
export interface TrafficDeps {
  /** Address of the service, e.g. `http://127.0.0.1:5000`. */
  readonly target: URL;
  /** Requests a second on average. */
  readonly rate: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Called when the service begins to answer, or has ceased to (twice in a row), not for every request. */
  readonly onChange: (isAnswering: boolean, reason: string) => void;
}

const REQUEST_TIMEOUT_MS = 5000;

/**
 * Sends valid predictions, each about another customer, to v1, v2 and the default model, until the signal aborts. Waits between
 * requests vary by half around `1 / rate` seconds. A service that is down is simply asked again at the next turn.
 */
export async function generateTraffic(deps: TrafficDeps): Promise<void> {
  let wasAnswering: boolean | undefined;
  let failures = 0;
  while (!deps.signal.aborted) {
    const { isAnswering, reason } = await send(deps);
    if (deps.signal.aborted) return;
    failures = isAnswering ? 0 : failures + 1;
    // One failure is a restart in progress; the second is worth a word.
    if (isAnswering !== wasAnswering && failures !== 1) {
      deps.onChange(isAnswering, reason);
      wasAnswering = isAnswering;
    }
    const pauseMs = (1000 / deps.rate) * (0.5 + deps.random.next());
    await sleep(pauseMs, undefined, { signal: deps.signal }).catch(() => undefined); // an abort ends the loop above
  }
}

async function send({ target, random }: TrafficDeps): Promise<{ isAnswering: boolean; reason: string }> {
  const path = random.pick({ '/v1/predict': 4, '/v2/predict': 5, '/predict': 1 });
  try {
    const response = await fetch(new URL(path, target), {
      method: 'POST',
      // An answer that is unpacked never ends in Node 20 when its request is aborted meanwhile.
      headers: { 'content-type': 'application/json', 'accept-encoding': 'identity' },
      body: JSON.stringify(drawCustomer(random)),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const answer = await response.text();
    return response.ok
      ? { isAnswering: true, reason: 'ok' }
      : { isAnswering: false, reason: `HTTP ${response.status} ${answer.slice(0, 200)}` };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    return { isAnswering: false, reason: cause?.message || message };
  }
}
