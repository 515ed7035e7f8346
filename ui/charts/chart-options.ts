// ChartSeries → uPlot's options. Pure except for reading tokens of the theme in force.
import uPlot from 'uplot';
import { resolvedColor, withOpacity } from '../format/color.ts';
import { tickText } from '../format/date.ts';
import { tokenValue } from '../kit/theme.ts';
import { tickIncrements, tickTexts, valueRange } from './axis.ts';
import type { AxisOptions, ChartSeries, ThresholdLayer } from './chart-series.ts';
import { drawLinesOver, drawMinorTicks, drawThresholds } from './layers.ts';

export interface ChartPlan {
  readonly series: readonly ChartSeries[];
  readonly isShown: readonly boolean[];
  readonly bands: readonly (readonly [number, number])[];
  readonly left: AxisOptions;
  readonly right: AxisOptions | undefined;
  readonly thresholds: ThresholdLayer | undefined;
  readonly syncKey: string | undefined;
  readonly isBare: boolean;
}

const FONT_PX = 11;

/** Options for `new uPlot(…)`; hooks and plugins of the wrapper are added by the caller. */
export function chartOptions(plan: ChartPlan, width: number, height: number): uPlot.Options {
  const font = `${FONT_PX}px ${tokenValue('font')}`;
  const ink = tokenValue('ink-3');
  const line = tokenValue('line-strong');
  const isFilled = plan.series.some(
    ({ style }, index) => plan.isShown[index] && (style.fillOpacity > 0 || style.draw === 'bars' || style.stack.mode !== 'none'),
  );
  const scales: uPlot.Scales = {
    x: { time: true },
    y: valueScale(plan.left, isFilled),
    ...(plan.right && { right: valueScale(plan.right, isFilled) }),
  };
  return {
    width,
    height,
    ms: 1,
    padding: plan.isBare ? [2, 0, 2, 0] : [8, plan.right ? 0 : 12, 0, 0],
    legend: { show: false },
    focus: { alpha: 0.18 },
    cursor: {
      points: { size: 7, width: 1.5, stroke: () => tokenValue('surface'), fill: (u, index) => strokeOf(u, index) },
      drag: { x: true, y: false, setScale: false },
      focus: { prox: -1 },
      ...(plan.syncKey !== undefined && {
        sync: {
          key: plan.syncKey,
          setSeries: false,
          scales: ['x', null] as [string, null],
          filters: { pub: (type: string) => type === 'mousemove' || type === 'mouseleave', sub: () => true },
        },
      }),
    },
    scales,
    axes: plan.isBare ? [{ show: false }, { show: false }] : axesOf(plan, font, ink, line),
    series: [{}, ...plan.series.map((one, index) => seriesOptions(one, plan.isShown[index] ?? true))],
    bands: [...plan.bands.map(([upper, lower]) => band(plan.series, upper, lower)), ...fillBands(plan.series)],
    hooks: {
      drawClear: [(u) => plan.thresholds && drawThresholds(u, plan.thresholds, 'area', 'y')],
      drawAxes: [(u) => !plan.isBare && drawMinorTicks(u, splitsOf(u), line)],
      draw: [
        (u) => drawLinesOver(u, (index) => isOverdrawn(plan.series[index - 1])),
        (u) => plan.thresholds && drawThresholds(u, plan.thresholds, 'line', 'y'),
      ],
    },
  };
}

/** Areas of later series lie over this line. */
function isOverdrawn(one: ChartSeries | undefined): boolean {
  return one !== undefined && one.style.draw === 'line' && one.style.fillOpacity > 0 && one.style.lineWidth > 0;
}

function strokeOf(u: uPlot, index: number): string {
  const stroke = u.series[index]?.stroke;
  return typeof stroke === 'function' ? String(stroke(u, index)) : tokenValue('ink');
}

function splitsOf(u: uPlot): readonly number[] {
  // uPlot keeps the chosen ticks on the axis; its types leave that out.
  const axis = u.axes[0] as (uPlot.Axis & { _splits?: readonly number[] | null }) | undefined;
  return axis?._splits ?? [];
}

function valueScale(axis: AxisOptions, isFilled: boolean): uPlot.Scale {
  if (axis.logBase > 0) return { distr: 3, log: axis.logBase === 2 ? 2 : 10 };
  return { range: (_, min, max) => valueRange(min, max, axis, isFilled) };
}

function axesOf(plan: ChartPlan, font: string, ink: string, line: string): uPlot.Axis[] {
  const x: uPlot.Axis = {
    font,
    stroke: ink,
    size: 28,
    gap: 4,
    space: 84,
    grid: { show: false },
    ticks: { show: true, size: 6, width: 1, stroke: line },
    border: { show: true, width: 1, stroke: line },
    values: (u, splits, _, __, step) => splits.map((split) => fittingText(u, split, tickText(split, step), font)),
  };
  const axes = [x, valueAxis(plan.left, 'y', 3, font, ink)];
  if (plan.right) axes.push(valueAxis(plan.right, 'right', 1, font, ink));
  return axes;
}

/** Nothing instead of a text that the edge of the chart would cut. */
function fittingText(u: uPlot, timeMs: number, text: string, font: string): string {
  u.ctx.save();
  u.ctx.font = font;
  const half = u.ctx.measureText(text).width / 2;
  u.ctx.restore();
  const at = u.bbox.left / devicePixelRatio + u.valToPos(timeMs, 'x');
  return at + half > u.width ? '' : text;
}

function valueAxis(axis: AxisOptions, scale: string, side: 1 | 3, font: string, ink: string): uPlot.Axis {
  return {
    scale,
    side,
    font,
    stroke: ink,
    gap: 6,
    space: 30,
    size: (u, values) => axisSize(u, values, font),
    ticks: { show: false },
    grid: { show: side === 3, width: 1, stroke: tokenValue('grid') },
    incrs: tickIncrements(axis.unit),
    ...(axis.label !== '' && { label: axis.label, labelFont: font, labelSize: 18, labelGap: 0 }),
    ...(axis.logBase === 0 && { values: (_: uPlot, splits: number[]) => tickTexts(splits, axis.unit, axis.decimals) }),
    ...(axis.logBase > 0 && { values: (_: uPlot, splits: (number | null)[]) => tickTexts(splits, axis.unit, axis.decimals) }),
  } as uPlot.Axis;
}

/** Wide enough for the longest text, in steps of 8 px so that it does not twitch on every refresh. */
function axisSize(u: uPlot, values: readonly string[] | null, font: string): number {
  if (values === null || values.length === 0) return 40;
  u.ctx.save();
  u.ctx.font = font;
  const widest = Math.max(...values.map((text) => u.ctx.measureText(text ?? '').width));
  u.ctx.restore();
  return Math.max(40, Math.ceil((widest + 16) / 8) * 8);
}

function seriesOptions({ name, color, style }: ChartSeries, isShown: boolean): uPlot.Series {
  const stroke = () => resolvedColor(color);
  const fill =
    style.fillOpacity > 0 && style.draw !== 'points' ? () => withOpacity(resolvedColor(color), style.fillOpacity / 100) : undefined;
  const paths = pathsOf(style);
  return {
    label: name,
    show: isShown,
    scale: style.axis === 'right' ? 'right' : 'y',
    stroke,
    width: style.draw === 'points' ? 0 : style.lineWidth,
    spanGaps: style.spanNulls === true,
    ...(fill && { fill }),
    ...(paths && { paths }),
    ...(style.dash && { dash: [...style.dash] }),
    points: pointsOf(style),
    ...(typeof style.spanNulls === 'number' && { gaps: longGaps(style.spanNulls) }),
  };
}

function pathsOf(style: ChartSeries['style']): uPlot.Series.PathBuilder | undefined {
  const { paths } = uPlot;
  if (style.draw === 'points') return () => null;
  if (style.draw === 'bars') return paths.bars?.({ size: style.barShare === undefined ? [0.7, 60] : [style.barShare, Infinity], align: 0 });
  if (style.interpolation === 'smooth') return paths.spline?.();
  if (style.interpolation === 'stepAfter') return paths.stepped?.({ align: 1 });
  return style.interpolation === 'stepBefore' ? paths.stepped?.({ align: -1 }) : paths.linear?.();
}

/** A sample between two gaps would be no line at all: it is drawn as a point whatever the dashboard says. */
function pointsOf({ draw, points, pointSize, lineWidth }: ChartSeries['style']): uPlot.Series.Points {
  const size = Math.max(pointSize, lineWidth + 2);
  // uPlot fills points with the ground colour unless told otherwise.
  const fill: uPlot.Series.Points['fill'] = (u, index) => strokeOf(u, index);
  if (draw === 'points' || points === 'always') return { show: true, size, fill };
  if (draw === 'bars') return { show: false };
  return {
    show: true,
    fill,
    size: Math.max(4, lineWidth + 2),
    filter: (u, index) => isolatedSteps(u.data[index] ?? [], u.series[index]?.idxs ?? [0, 0]),
  };
}

function isolatedSteps(values: ArrayLike<number | null | undefined>, [from, to]: readonly [number, number] | number[]): number[] {
  const found: number[] = [];
  const isAbsent = (value: number | null | undefined) => value === null || value === undefined;
  for (let at = from ?? 0; at <= (to ?? 0); at++) {
    if (isAbsent(values[at]) || !isGapBeside(values, at, -1) || !isGapBeside(values, at, 1)) continue;
    found.push(at);
  }
  return found;
}

/** The next step with a meaning is missing; `undefined` steps belong to other queries. */
function isGapBeside(values: ArrayLike<number | null | undefined>, at: number, direction: 1 | -1): boolean {
  for (let next = at + direction; next >= 0 && next < values.length; next += direction) {
    if (values[next] !== undefined) return values[next] === null;
  }
  return true;
}

function longGaps(limitMs: number): uPlot.Series.GapsRefiner {
  return (u, _, __, ___, gaps) => gaps.filter(([from, to]) => u.posToVal(to, 'x', true) - u.posToVal(from, 'x', true) > limitMs);
}

function band(series: readonly ChartSeries[], upper: number, lower: number): uPlot.Band {
  const one = series[upper];
  const opacity = one === undefined ? 0 : Math.max(one.style.fillOpacity, 0) / 100;
  return { series: [upper + 1, lower + 1], fill: () => withOpacity(resolvedColor(one?.color ?? ''), opacity) };
}

function fillBands(series: readonly ChartSeries[]): uPlot.Band[] {
  return series.flatMap((one, upper) => {
    const lower =
      one.style.fillDownTo === undefined
        ? -1
        : series.findIndex(({ key, name }) => key === one.style.fillDownTo || name === one.style.fillDownTo);
    return lower < 0 ? [] : [band(series, upper, lower)];
  });
}
