// Sensible ticks: steps that suit the unit, texts with no more decimals than the step needs.
import { formatUnit, unitFormatter, unitScale } from '../format/units.ts';

const DECIMAL = Array.from({ length: 36 }, (_, exponent) => [1, 2, 2.5, 5].map((factor) => Number(`${factor}e${exponent - 15}`))).flat();
const BINARY = Array.from({ length: 61 }, (_, exponent) => 2 ** exponent);
const SECONDS = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000];

/** Allowed distances between ticks, ascending. */
export function tickIncrements(unit: string | undefined): number[] {
  switch (unitScale(unit)) {
    case 'binary':
      return [...DECIMAL.filter((step) => step < 1), ...BINARY];
    case 'seconds':
      return [...DECIMAL.filter((step) => step < 30), 30, ...SECONDS];
    case 'milliseconds':
      return [...DECIMAL.filter((step) => step < 30_000), 30_000, ...SECONDS.map((step) => step * 1_000)];
    default:
      return DECIMAL;
  }
}

/** Texts of the ticks: those with the same suffix share the same number of decimals. */
export function tickTexts(ticks: readonly (number | null)[], unit: string | undefined, decimals: number | undefined): string[] {
  if (decimals !== undefined) return ticks.map((tick) => (tick === null ? '' : formatUnit(unit, tick, decimals)));
  const format = unitFormatter(unit);
  const needed = new Map<string, number>();
  for (const tick of ticks) {
    if (tick === null) continue;
    const { suffix } = format(tick);
    needed.set(suffix, Math.max(needed.get(suffix) ?? 0, neededDecimals(format(tick, 6).text)));
  }
  const smallest = ticks.reduce<number>(
    (found, tick) => (tick !== null && tick !== 0 && (found === 0 || Math.abs(tick) < Math.abs(found)) ? tick : found),
    0,
  );
  return ticks.map((tick) => {
    if (tick === null) return '';
    if (tick === 0) return zeroText(unit, smallest);
    return formatUnit(unit, tick, needed.get(format(tick).suffix) ?? 0);
  });
}

/** Zero in the unit of the tick beside it: "0 ms" below "50 ms". */
function zeroText(unit: string | undefined, beside: number): string {
  const { prefix, suffix } = unitFormatter(unit)(beside, 0);
  return `${prefix}0${suffix}`;
}

/** Places after the point once trailing zeros are gone, at most 4. */
function neededDecimals(text: string): number {
  const point = text.indexOf('.');
  return point === -1 || text.includes('e') ? 0 : Math.min(4, text.slice(point + 1).replace(/0+$/, '').length);
}

/** How many parts the space between two time ticks has: minor graduations fall on round times too. */
export function minorParts(stepMs: number): number {
  const minute = 60_000;
  const hour = 60 * minute;
  const table: readonly (readonly [number, number])[] = [
    [864e5, 4],
    [12 * hour, 4],
    [6 * hour, 6],
    [3 * hour, 3],
    [2 * hour, 4],
    [hour, 4],
    [30 * minute, 3],
    [15 * minute, 3],
    [10 * minute, 5],
    [5 * minute, 5],
    [2 * minute, 4],
    [minute, 4],
    [30_000, 3],
    [15_000, 3],
  ];
  return table.find(([size]) => stepMs % size === 0)?.[1] ?? 5;
}

/** The ends of a value axis. Filled charts begin at zero; others when zero is near. A flat line gets room around it. */
export function valueRange(
  dataMin: number | null,
  dataMax: number | null,
  limits: {
    readonly min: number | undefined;
    readonly max: number | undefined;
    readonly softMin: number | undefined;
    readonly softMax: number | undefined;
  },
  isFilled: boolean,
): [number, number] {
  let low = Math.min(dataMin ?? 0, limits.softMin ?? Number.POSITIVE_INFINITY);
  let high = Math.max(dataMax ?? 0, limits.softMax ?? Number.NEGATIVE_INFINITY);
  const isNearZero = low >= 0 && (isFilled || low < 0.4 * high);
  const isBelowZero = high <= 0 && (isFilled || high > 0.4 * low);
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.5;
    if (low > 0) [low, high] = [isFilled ? 0 : low - room, high + room];
    else if (low < 0) [low, high] = [low - room, isFilled ? 0 : high + room];
    else high = 1;
  } else {
    const room = (high - low) * 0.08;
    low = isNearZero ? 0 : low - room;
    high = isBelowZero && !isNearZero ? 0 : high + room;
  }
  const min = limits.min ?? low;
  const max = limits.max ?? high;
  return min < max ? [min, max] : [min, min + Math.max(1, Math.abs(min) * 0.1)];
}
