import { type JSX, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { dateTimeText } from '../format/date.ts';
import { classNames } from '../kit/class-names.ts';
import type { ChartSeries } from './chart-series.ts';
import { Swatch } from './swatch.tsx';
import styles from './time-chart.module.css';
import { placeTooltip } from './tooltip-place.ts';

/** Where the cursor is: a step of the data and a place in the window (px). */
export interface CursorPlace {
  readonly step: number;
  readonly timeMs: number;
  readonly left: number;
  readonly top: number;
  /** Index of the series nearest to the pointer, -1 for none. */
  readonly nearest: number;
}

const MOST_ROWS = 16;

/** All series at one instant, the largest first; kept inside the window. */
export function ChartTooltip({
  place,
  series,
  mode,
  timeText = dateTimeText,
}: {
  place: CursorPlace;
  series: readonly ChartSeries[];
  mode: 'all' | 'nearest';
  timeText?: ((timeMs: number) => string) | undefined;
}): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    placeTooltip(box.current, place);
  });
  const rows = series
    .map((one, index) => ({ one, index, value: valueAt(one.values, place.step) }))
    .filter(({ one, index, value }) => value !== undefined && !one.hideFrom.tooltip && (mode === 'all' || index === place.nearest))
    .toSorted((a, b) => order(b.value) - order(a.value));
  if (rows.length === 0) return null;
  const shown = rows.slice(0, MOST_ROWS);
  const near = rows.find(({ index }) => index === place.nearest);
  if (near !== undefined && !shown.includes(near)) shown[MOST_ROWS - 1] = near;
  return createPortal(
    <div ref={box} className={styles.tooltip} role="presentation">
      <div className={styles.tooltipTime}>{timeText(place.timeMs)}</div>
      {shown.map(({ one, index, value }) => (
        <div key={one.key} className={classNames(styles.tooltipRow)} data-near={rows.length > 1 && index === place.nearest}>
          <Swatch color={one.color} />
          <span className={styles.tooltipName}>{one.name}</span>
          <span className={styles.tooltipValue}>{one.format(value ?? null)}</span>
        </div>
      ))}
      {rows.length > shown.length && <div className={styles.tooltipMore}>and {rows.length - shown.length} more series</div>}
    </div>,
    document.body,
  );
}

/** The value at a step; for a query with a coarser step the one in force, for a gap undefined. */
export function valueAt(values: ChartSeries['values'], step: number): number | undefined {
  for (let at = step; at >= 0; at--) {
    const value = values[at];
    if (value !== undefined) return value ?? undefined;
  }
  return undefined;
}

function order(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}
