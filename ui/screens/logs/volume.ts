// The volume of lines as bars over time.
import type { LogLevel, LogVolume } from '@alidade/sdk/schema';
import { type ChartSeries, PLAIN_STYLE, type SeriesStyle } from '../../charts/chart-series.ts';
import { formatCount } from '../../format/number.ts';
import { levelLook } from './levels.ts';

export interface LevelCount {
  readonly level: LogLevel;
  readonly count: number;
}

const BARS: SeriesStyle = {
  ...PLAIN_STYLE,
  draw: 'bars',
  lineWidth: 0,
  fillOpacity: 100,
  barShare: 0.86,
  stack: { mode: 'normal', group: 'A' },
};

/** The middle of each bucket, Unix milliseconds: a bar stands over its span. */
export function bucketTimes({ startMs, stepMs, levels }: LogVolume): readonly number[] {
  const buckets = Math.max(0, ...levels.map(({ counts }) => counts.length));
  return Array.from({ length: buckets }, (_, index) => startMs + (index + 0.5) * stepMs);
}

/** The most severe at the bottom, where it can be compared; levels that are not wanted are faded. */
export function volumeSeries({ levels }: LogVolume, wanted: readonly LogLevel[]): readonly ChartSeries[] {
  return levels
    .filter(({ counts }) => counts.some((count) => count > 0))
    .map(({ level, counts }) => {
      const { word, color } = levelLook(level);
      const isFaded = wanted.length > 0 && !wanted.includes(level);
      return {
        key: level,
        name: word,
        labels: {},
        color,
        values: counts,
        style: isFaded ? { ...BARS, fillOpacity: 22 } : BARS,
        unit: 'short',
        decimals: 0,
        format: (value: number | null) => (value === null ? '' : formatCount(value)),
        hideFrom: { tooltip: false, legend: false, viz: false },
      };
    });
}

/** Lines of each level that occurs. */
export function levelCounts({ levels }: LogVolume): readonly LevelCount[] {
  return levels
    .map(({ level, counts }) => ({ level, count: counts.reduce((sum, count) => sum + count, 0) }))
    .filter(({ count }) => count > 0);
}

/** A click on a level: it alone, with a modifier it too; the same again shows all. */
export function toggleLevel(wanted: readonly LogLevel[], level: LogLevel, isAdding: boolean): readonly LogLevel[] {
  if (!isAdding) return wanted.length === 1 && wanted[0] === level ? [] : [level];
  return wanted.includes(level) ? wanted.filter((one) => one !== level) : [...wanted, level];
}
