/** Work that yields wherever it may be interrupted. */
export type Steps<T> = Generator<undefined, T>;

const TURN_MS = 8;

/** Does the work, letting the event loop turn whenever it has been held for a few milliseconds. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  let startMs = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - startMs < TURN_MS) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    startMs = performance.now();
  }
}

/** Does the work at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
