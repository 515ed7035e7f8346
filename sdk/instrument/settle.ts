import { types } from 'node:util';

/** How one tracked call ended. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/**
 * Calls `run` and reports how it ended exactly once, whether it returns, throws, or returns a promise that settles later. The result,
 * the promise or the error reaches the caller unchanged, and so a tracked function is used like the bare one.
 */
export function settle<R>(run: () => R, report: (outcome: Outcome<Awaited<R>>) => void): R {
  let result: R;
  try {
    result = run();
  } catch (error) {
    report({ ok: false, error });
    throw error;
  }
  if (!types.isPromise(result)) {
    report({ ok: true, value: result as Awaited<R> });
    return result;
  }
  const settled = (result as Promise<Awaited<R>>).then(
    (value) => {
      report({ ok: true, value });
      return value;
    },
    (error: unknown) => {
      report({ ok: false, error });
      throw error;
    },
  );
  return settled as R;
}

/** Starts a monotonic stopwatch; the returned function gives the seconds since. */
export function startTimer(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
