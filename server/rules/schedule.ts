// When a group is evaluated: at whole multiples of its interval plus an offset of its own, so that groups do not all run at once
// and a restart does not move them.

/** FNV-1a with 64 bits over the UTF-8 of `text`. */
export function hash64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

/** Milliseconds after each multiple of the interval; fixed for a file and a name. */
export function groupOffsetMs(file: string, name: string, intervalMs: number): number {
  return Number(hash64(`${file};${name}`) % BigInt(intervalMs));
}

/** The latest slot that is not after `nowMs`. */
export function slotBefore(nowMs: number, intervalMs: number, offsetMs: number): number {
  return Math.floor((nowMs - offsetMs) / intervalMs) * intervalMs + offsetMs;
}

/** The slot after `lastMs` that is due next, and how many were skipped because evaluations took too long. */
export function nextSlot(lastMs: number, nowMs: number, intervalMs: number): { slotMs: number; missed: number } {
  const missed = Math.max(0, Math.floor((nowMs - lastMs) / intervalMs) - 1);
  return { slotMs: lastMs + (missed + 1) * intervalMs, missed };
}
