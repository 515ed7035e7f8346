// FNV-1a, 32 bits, for hashes that are taken again and again while data comes in. Each function goes on from `hash`, which begins with
// FNV_OFFSET, or with something that nobody knows where a sender must not be able to make equal hashes.

/** The hash of nothing. */
export const FNV_OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** Goes on with bytes start … end-1. */
export function fnvBytes(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let result = hash;
  for (let i = start; i < end; i++) result = Math.imul(result ^ (bytes[i] as number), PRIME);
  return result;
}

/** Goes on with the UTF-16 units of a text. */
export function fnvText(hash: number, text: string): number {
  let result = hash;
  for (let i = 0; i < text.length; i++) result = Math.imul(result ^ text.charCodeAt(i), PRIME);
  return result;
}

/** Goes on with one number, e.g. one that no unit of a text has and that stands between texts. */
export function fnvUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, PRIME);
}

/** 30 bits of a hash, for numbers that V8 does not put into boxes. */
export function toSmallHash(hash: number): number {
  return (hash ^ (hash >>> 15)) & 0x3fffffff;
}
