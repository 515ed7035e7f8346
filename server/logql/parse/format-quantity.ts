// Numbers, durations and sizes as LogQL reads them again, to the last digit.

const DURATIONS: readonly (readonly [unit: string, ns: bigint])[] = [
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['us', 1_000n],
  ['ns', 1n],
];
const SIZES: readonly (readonly [unit: string, bytes: number])[] = [
  ['EiB', 2 ** 60],
  ['EB', 1e18],
  ['PiB', 2 ** 50],
  ['PB', 1e15],
  ['TiB', 2 ** 40],
  ['TB', 1e12],
  ['GiB', 2 ** 30],
  ['GB', 1e9],
  ['MiB', 2 ** 20],
  ['MB', 1e6],
  ['KiB', 2 ** 10],
  ['KB', 1e3],
];

/** A number; infinite ones as a literal that is too large. */
export function formatNumber(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return value < 0 ? '-1e999' : '1e999';
}

/** `1h30m` of nanoseconds. */
export function formatDuration(ns: bigint): string {
  if (ns < 0n) return `-${formatDuration(-ns)}`;
  if (ns === 0n) return '0s';
  // Larger ones are read as doubles, which the sum of parts may miss.
  if (ns > BigInt(Number.MAX_SAFE_INTEGER)) return `${ns}ns`;
  let text = '';
  let rest = ns;
  for (const [unit, size] of DURATIONS) {
    if (rest >= size) text += `${rest / size}${unit}`;
    rest %= size;
  }
  return text;
}

/** `20MB` of bytes: in the largest unit that leaves no fraction. */
export function formatBytes(bytes: number): string {
  if (bytes < 0) return `-${formatBytes(-bytes)}`;
  const [unit, size] = SIZES.find(([, each]) => bytes >= each && bytes % each === 0) ?? ['B', 1];
  return `${BigInt(bytes / size)}${unit}`;
}
