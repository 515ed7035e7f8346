// React around uPlot: uPlot is made anew when the structure changes (series, styles, theme); new data, size and range are only set.
import { type JSX, type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { AbsoluteRange } from '../data/time-range.ts';
import { useTheme } from '../kit/theme.ts';
import { chartOptions } from './chart-options.ts';
import type { AxisOptions, ChartSeries, ThresholdLayer } from './chart-series.ts';
import { ExemplarTooltip } from './exemplar-tooltip.tsx';
import { type ChartExemplar, drawExemplars, type ExemplarPlace, nearestExemplar } from './exemplars.ts';
import { stackSeries } from './stack.ts';
import styles from './time-chart.module.css';
import { ChartTooltip, type CursorPlace } from './tooltip.tsx';
import { useSize } from './use-size.ts';

export interface TimeChartProps {
  /** Read aloud in place of the picture. */
  readonly label: string;
  /** Unix milliseconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly range: AbsoluteRange;
  readonly left: AxisOptions;
  readonly right?: AxisOptions | undefined;
  readonly thresholds?: ThresholdLayer | undefined;
  /** Keys of series that the reader has switched off. */
  readonly hidden?: ReadonlySet<string>;
  /** Key of the series to stand out while the reader points at its legend. */
  readonly emphasis?: string | undefined;
  /** Charts with the same key share their crosshair. */
  readonly syncKey?: string | undefined;
  readonly tooltip?: 'all' | 'nearest' | 'none';
  /** Single observations, as diamonds over the lines. */
  readonly exemplars?: readonly ChartExemplar[] | undefined;
  /** The reader clicked an exemplar. */
  readonly onExemplar?: ((exemplar: ChartExemplar) => void) | undefined;
  /** How the tooltip writes a time of `times`; default: date and time. */
  readonly timeText?: (timeMs: number) => string;
  /** The reader dragged across a span. */
  readonly onZoom?: ((range: AbsoluteRange) => void) | undefined;
  /** No axes: a small chart inside text. */
  readonly bare?: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/** Lines, areas, bars and points over time. Fills its parent. Arrow keys move the crosshair. */
export function TimeChart(props: TimeChartProps): JSX.Element {
  const { label, times, series, range, hidden = NONE, emphasis, tooltip = 'all' } = props;
  const [box, size] = useSize<HTMLDivElement>();
  const [place, setPlace] = useState<CursorPlace>();
  const [near, setNear] = useState<ExemplarPlace>();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  const isShown = useMemo(
    () => series.map(({ key, style, hideFrom }) => !hidden.has(key) && style.axis !== 'hidden' && !hideFrom.viz),
    [series, hidden],
  );
  const stacked = useMemo(() => stackSeries(series, isShown, times.length), [series, isShown, times.length]);
  const data = useMemo(() => [times, ...stacked.values] as unknown as uPlot.AlignedData, [times, stacked]);
  const structure = structureKey(props, isShown, stacked.bands, theme);
  const isLaidOut = size.width > 0 && size.height > 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `structure` stands for everything that makes a new chart necessary
  useEffect(() => {
    if (host.current === null || !isLaidOut) return;
    const made = makeChart({
      props: latest.current,
      isShown,
      bands: stacked.bands,
      size,
      data,
      host: host.current,
      setPlace,
      setNear,
      latest,
    });
    chart.current = made;
    return () => {
      made.destroy();
      chart.current = undefined;
    };
  }, [structure, isLaidOut]);

  useEffect(() => {
    const { current } = chart;
    if (current === undefined) return;
    current.batch(() => {
      if (current.data !== data) current.setData(data, false);
      current.setScale('x', { min: range.fromMs, max: range.toMs });
    });
  }, [data, range.fromMs, range.toMs]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chart draws the latest exemplars
  useEffect(() => chart.current?.redraw(false), [props.exemplars]);

  useEffect(() => {
    if (isLaidOut) chart.current?.setSize(size);
  }, [size, isLaidOut]);

  useEffect(() => {
    const index = series.findIndex(({ key }) => key === emphasis);
    chart.current?.setSeries(index < 0 ? null : index + 1, { focus: index >= 0 });
  }, [emphasis, series]);

  return (
    <div
      ref={box}
      className={styles.chart}
      role="img"
      aria-label={label}
      tabIndex={props.bare ? undefined : 0}
      onKeyDown={(event) => moveCursor(event, chart.current, setPlace, series)}
      onBlur={() => setPlace(undefined)}
    >
      <div ref={host} className={styles.canvas} />
      {near !== undefined && <ExemplarTooltip place={near} />}
      {near === undefined && place !== undefined && tooltip !== 'none' && (
        <ChartTooltip place={place} series={shownOf(series, isShown)} mode={tooltip} timeText={props.timeText} />
      )}
    </div>
  );
}

/** Series that are switched off keep their place, so that indexes stay true, but show nothing. */
function shownOf(series: readonly ChartSeries[], isShown: readonly boolean[]): readonly ChartSeries[] {
  return series.map((one, index) => (isShown[index] ? one : { ...one, hideFrom: { ...one.hideFrom, tooltip: true } }));
}

/** Two charts with the same key can share one uPlot. */
function structureKey(
  { series, left, right, thresholds, syncKey, bare }: TimeChartProps,
  isShown: readonly boolean[],
  bands: unknown,
  theme: string,
): string {
  const parts = series.map(({ key, color, style }, index) => [key, color, style, isShown[index]]);
  return JSON.stringify([parts, bands, left, right, thresholds, syncKey, bare, theme]);
}

interface ChartMaking {
  readonly props: TimeChartProps;
  readonly isShown: readonly boolean[];
  readonly bands: readonly (readonly [number, number])[];
  readonly size: { readonly width: number; readonly height: number };
  readonly data: uPlot.AlignedData;
  readonly host: HTMLElement;
  readonly setPlace: (place: CursorPlace | undefined) => void;
  readonly setNear: (place: ExemplarPlace | undefined) => void;
  readonly latest: { readonly current: TimeChartProps };
}

function makeChart({ props, isShown, bands, size, data, host, setPlace, setNear, latest }: ChartMaking): uPlot {
  const { series, left, right, thresholds, syncKey, bare = false, range } = props;
  const options = chartOptions({ series, isShown, bands, left, right, thresholds, syncKey, isBare: bare }, size.width, size.height);
  const onZoom = (u: uPlot) => {
    if (u.select.width < 4) return;
    const zoomed = {
      fromMs: Math.round(u.posToVal(u.select.left, 'x')),
      toMs: Math.round(u.posToVal(u.select.left + u.select.width, 'x')),
    };
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    props.onZoom?.(zoomed);
  };
  const onCursor = (u: uPlot) => {
    const isHere = u.over.matches(':hover') || document.activeElement === host.parentElement;
    setPlace(isHere ? placeOf(u) : undefined);
    const near = isHere && u.over.matches(':hover') ? nearestExemplar(u, latest.current.exemplars) : undefined;
    u.over.style.cursor = near && latest.current.onExemplar ? 'pointer' : '';
    setNear(near);
  };
  const onReady = (u: uPlot) =>
    u.over.addEventListener('click', () => {
      const near = nearestExemplar(u, latest.current.exemplars);
      if (near) latest.current.onExemplar?.(near.exemplar);
    });
  const hooks: uPlot.Hooks.Arrays = {
    ...options.hooks,
    draw: [...(options.hooks?.draw ?? []), (u: uPlot) => drawExemplars(u, latest.current.exemplars ?? [])],
    ready: [onReady],
    setCursor: [onCursor],
    setSelect: [onZoom],
  } as uPlot.Hooks.Arrays;
  const made = new uPlot({ ...options, hooks }, data, host);
  made.setScale('x', { min: range.fromMs, max: range.toMs });
  return made;
}

const NEAR_PX = 28;

function placeOf(u: uPlot): CursorPlace | undefined {
  const { idx, left = -1, top = -1 } = u.cursor;
  if (idx === null || idx === undefined || left < 0) return undefined;
  const timeMs = u.data[0][idx];
  if (timeMs === undefined) return undefined;
  const box = u.over.getBoundingClientRect();
  return { step: idx, timeMs, left: box.left + left, top: box.top + top, nearest: nearestSeries(u, idx, top) };
}

function nearestSeries(u: uPlot, step: number, top: number): number {
  let best = -1;
  let distance = NEAR_PX;
  for (let index = 1; index < u.series.length; index++) {
    const value = u.data[index]?.[step];
    if (!u.series[index]?.show || typeof value !== 'number') continue;
    const away = Math.abs(u.valToPos(value, u.series[index]?.scale ?? 'y') - top);
    if (away < distance) [best, distance] = [index - 1, away];
  }
  return best;
}

function moveCursor(
  event: KeyboardEvent,
  u: uPlot | undefined,
  setPlace: (place: CursorPlace | undefined) => void,
  series: readonly ChartSeries[],
): void {
  if (u === undefined || series.length === 0) return;
  if (event.key === 'Escape') setPlace(undefined);
  const direction = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (direction === 0) return;
  event.preventDefault();
  const last = u.data[0].length - 1;
  const step = Math.min(last, Math.max(0, (u.cursor.idx ?? (direction > 0 ? -1 : last + 1)) + direction * (event.shiftKey ? 10 : 1)));
  const time = u.data[0][step];
  if (time === undefined) return;
  u.setCursor({ left: u.valToPos(time, 'x'), top: u.over.clientHeight / 2 });
}
