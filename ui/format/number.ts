// Grafana's rounding of numbers: three significant digits unless decimals are given.

/** Decimals that Grafana would show: 123 → 0, 12.3 → 1, 1.23 → 2, 0.123 → 3; whole numbers none. */
export function autoDecimals(value: number): number {
  const size = Math.abs(value);
  if (value % 1 === 0 || !Number.isFinite(value)) return 0;
  const log10 = Math.floor(Math.log10(size));
  const decimals = 1 - log10;
  const isRoomy = size / 10 ** -decimals > 2.25;
  return Math.max(0, isRoomy ? decimals + 1 : decimals);
}

/** Rounds half up to `decimals`, keeping trailing zeros; very small and very large numbers come out as exponents. */
export function toFixed(value: number, decimals: number = autoDecimals(value)): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return (0).toFixed(Math.min(decimals, 20));
  const places = Math.min(decimals, 20);
  const factor = 10 ** places;
  const rounded = String(Math.round(value * factor) / factor);
  if (rounded.includes('e')) return rounded;
  const point = rounded.indexOf('.');
  const has = point === -1 ? 0 : rounded.length - point - 1;
  if (has >= places) return rounded;
  return `${rounded}${has === 0 ? '.' : ''}${'0'.repeat(places - has)}`;
}

/** A count in the reader's own grouping: 12,345. */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString() : toFixed(value);
}
