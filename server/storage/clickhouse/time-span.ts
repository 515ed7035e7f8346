const MIN_NS = -(1n << 63n);
const MAX_NS = (1n << 63n) - 1n;

/** A span of time; the first nanosecond is included, the last is not. */
export interface NsSpan {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** The nearest time that the engine's integers can hold. */
export function clampNs(timeNs: bigint): bigint {
  return least(most(timeNs, MIN_NS), MAX_NS);
}

export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
