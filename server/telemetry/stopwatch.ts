/** Starts measuring; the returned function tells the seconds since. Monotonic: for measuring only, never for deciding when something is due. */
export function startStopwatch(): () => number {
  const startMs = performance.now();
  return () => (performance.now() - startMs) / 1000;
}
