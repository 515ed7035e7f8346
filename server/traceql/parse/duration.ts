const UNITS_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  y: 31_536_000_000_000_000n,
};
const PART = /(\d+)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h|d|w|y)/y;
const FRACTION_DIGITS = 18;

/**
 * Nanoseconds of `1h30m`, `1.5s`, `200µs`: Go's units and Prometheus' days, weeks and years. Undefined when it is no duration.
 */
export function parseDurationNs(text: string): bigint | undefined {
  let total = 0n;
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (!match) return undefined;
    const [whole, integer = '', fraction = '', unit = ''] = match;
    const unitNs = UNITS_NS[unit] as bigint;
    const digits = fraction.slice(0, FRACTION_DIGITS);
    total += BigInt(integer) * unitNs + (digits === '' ? 0n : (BigInt(digits) * unitNs) / 10n ** BigInt(digits.length));
    at += whole.length;
  }
  return at === 0 ? undefined : total;
}
