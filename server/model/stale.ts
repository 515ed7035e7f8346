// The stale marker is a NaN with the payload 0x7FF0000000000002 (Prometheus, model/value). JavaScript may canonicalise a NaN
// that passes through a variable, so markers are written and recognised by their bits, in place.

const HIGH = 0x7ff00000;
const LOW = 2;

/** A view for `isStaleAt` over the same memory as `values` (little-endian). */
export function bitsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** Whether value number `i` is the stale marker; `bits` comes from `bitsOf`. */
export function isStaleAt(bits: Uint32Array, i: number): boolean {
  return bits[2 * i] === LOW && bits[2 * i + 1] === HIGH;
}

/** Writes the stale marker as value number `i`; `bits` comes from `bitsOf`. */
export function writeStaleAt(bits: Uint32Array, i: number): void {
  bits[2 * i] = LOW;
  bits[2 * i + 1] = HIGH;
}
