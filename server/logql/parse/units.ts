// Durations and sizes as LogQL writes them.

const DURATION_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
  y: 31_536_000e9,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w|y)/gy;

/** Go holds durations in 64 bits: about 292 years. */
const MAX_DURATION_NS = 2 ** 63;

/** Nanoseconds of `1h30m`, `1.5s`, `250ms`; Go's units and Prometheus'. Undefined when `text` is none, or too long. */
export function parseDurationNs(text: string): number | undefined {
  const isNegative = text.startsWith('-');
  const digits = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (digits === '0') return 0;
  if (digits === '') return undefined;
  let total = 0;
  let at = 0;
  PART.lastIndex = 0;
  for (let match = PART.exec(digits); match; match = PART.exec(digits)) {
    total += Number(match[1]) * (DURATION_NS[match[2] as string] as number);
    at = PART.lastIndex;
  }
  if (at !== digits.length || total >= MAX_DURATION_NS) return undefined;
  return Math.round(isNegative ? -total : total);
}

const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  pb: 1e15,
  eb: 1e18,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  pib: 2 ** 50,
  eib: 2 ** 60,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  p: 1e15,
  e: 1e18,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
  pi: 2 ** 50,
  ei: 2 ** 60,
  '': 1,
};

/** Bytes of `42MB`, `1.5 KiB`, `10`; undefined when `text` is none. */
export function parseBytes(text: string): number | undefined {
  const match = /^([\d,]*\.?\d+|\d[\d,]*\.?)\s*([a-zA-Z]*)$/.exec(text.trim());
  const size = SIZES[match?.[2]?.toLowerCase() ?? '-'];
  if (!match || size === undefined) return undefined;
  const count = Number((match[1] as string).replaceAll(',', ''));
  return Number.isFinite(count * size) ? Math.trunc(count * size) : undefined;
}
