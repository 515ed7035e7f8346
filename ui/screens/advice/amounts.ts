import { formatCount, toFixed } from '../../format/number.ts';
import { formatUnit } from '../../format/units.ts';

/** 1.2 GB. */
export function bytesText(bytes: number): string {
  return formatUnit('decbytes', bytes);
}

/** Dollars; fractions of a cent are "under $0.01". */
export function moneyText(dollars: number): string {
  const size = Math.abs(dollars);
  if (size > 0 && size < 0.01) return dollars < 0 ? 'over −$0.01' : 'under $0.01';
  return `${dollars < 0 ? '−' : ''}$${size >= 1_000 ? formatCount(size) : toFixed(size, 2)}`;
}

/** 1 series, 2 series; 1 metric, 2 metrics. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** How far back: hours below two days. */
export function backText(days: number): string {
  if (days <= 0) return '';
  const hours = days * 24;
  if (hours < 1) return `${Math.max(1, Math.round(hours * 60))} min`;
  return days < 2 ? `${toFixed(hours, hours < 10 && hours % 1 !== 0 ? 1 : 0)} h` : `${Math.round(days)} d`;
}
