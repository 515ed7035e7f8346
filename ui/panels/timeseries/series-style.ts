// Grafana's `custom` field options → our series style.
import type { FieldConfig } from '@alidade/sdk/schema';
import { type AxisOptions, type ChartSeries, PLAIN_STYLE, type SeriesStyle, type ThresholdLayer } from '../../charts/chart-series.ts';
import { cssColor } from '../../format/color.ts';
import { displayText, thresholdValue } from '../../format/field.ts';
import { optionGroup, optionNumber, optionText, type PanelSeries } from '../panel-series.ts';

/** A series ready for the time chart. */
export function chartSeries(series: PanelSeries): ChartSeries {
  const { field } = series;
  const hidden = optionGroup(field.custom, 'hideFrom');
  return {
    key: series.key,
    name: series.name,
    labels: series.labels,
    color: series.color,
    values: series.values,
    style: seriesStyle(field.custom),
    unit: field.unit,
    decimals: field.decimals,
    format: (value) => displayText(field, value),
    hideFrom: { tooltip: hidden.tooltip === true, legend: hidden.legend === true, viz: hidden.viz === true },
  };
}

/** Absent options have Grafana's defaults. */
export function seriesStyle(custom: Readonly<Record<string, unknown>>): SeriesStyle {
  const stacking = optionGroup(custom, 'stacking');
  const mode = optionText(stacking, 'mode', 'none');
  const lineStyle = optionGroup(custom, 'lineStyle');
  return {
    draw: oneOf(custom.drawStyle, ['line', 'bars', 'points'], 'line'),
    interpolation: oneOf(custom.lineInterpolation, ['linear', 'smooth', 'stepBefore', 'stepAfter'], 'linear'),
    lineWidth: optionNumber(custom, 'lineWidth') ?? 1,
    fillOpacity: optionNumber(custom, 'fillOpacity') ?? 0,
    points: oneOf(custom.showPoints, ['auto', 'always', 'never'], 'auto'),
    pointSize: optionNumber(custom, 'pointSize') ?? PLAIN_STYLE.pointSize,
    dash: dashOf(lineStyle),
    spanNulls: typeof custom.spanNulls === 'number' ? custom.spanNulls : custom.spanNulls === true,
    axis: oneOf(custom.axisPlacement, ['left', 'right', 'hidden'], 'left') as SeriesStyle['axis'],
    stack: { mode: mode === 'normal' || mode === 'percent' ? mode : 'none', group: optionText(stacking, 'group', 'A') },
    negate: custom.transform === 'negative-Y',
    fillDownTo: typeof custom.fillBelowTo === 'string' ? custom.fillBelowTo : undefined,
  };
}

function oneOf<T extends string>(value: unknown, choices: readonly T[], fallback: T): T {
  return choices.find((choice) => choice === value) ?? fallback;
}

function dashOf(lineStyle: Readonly<Record<string, unknown>>): readonly number[] | undefined {
  const given = Array.isArray(lineStyle.dash) ? lineStyle.dash.filter((part): part is number => typeof part === 'number') : [];
  if (lineStyle.fill === 'dash') return given.length > 0 ? given : [10, 6];
  return lineStyle.fill === 'dot' ? [1, 4] : undefined;
}

/** Axis options of the first series on that side; undefined when there is none. */
export function axisOf(series: readonly PanelSeries[], side: 'left' | 'right'): AxisOptions | undefined {
  const found = series.find(
    ({ field }) => (field.custom.axisPlacement === 'right') === (side === 'right') && field.custom.axisPlacement !== 'hidden',
  );
  return found && axisOptions(found.field);
}

/** How the axis of a field looks; stacking to 100 % brings its own unit and ends. */
export function axisOptions(field: FieldConfig): AxisOptions {
  const { custom } = field;
  const isPercent = optionGroup(custom, 'stacking').mode === 'percent';
  const scale = optionGroup(custom, 'scaleDistribution');
  return {
    unit: isPercent ? 'percentunit' : field.unit,
    decimals: isPercent ? undefined : field.decimals,
    min: isPercent ? 0 : field.min,
    max: isPercent ? 1 : field.max,
    softMin: optionNumber(custom, 'axisSoftMin'),
    softMax: optionNumber(custom, 'axisSoftMax'),
    logBase: scale.type === 'log' ? (optionNumber(scale, 'log') ?? 10) : 0,
    label: optionText(custom, 'axisLabel', ''),
  };
}

/** Lines and areas of thresholdsStyle; undefined when they are off. */
export function thresholdLayer(field: FieldConfig): ThresholdLayer | undefined {
  const mode = optionText(optionGroup(field.custom, 'thresholdsStyle'), 'mode', 'off');
  const { thresholds } = field;
  if (mode === 'off' || thresholds === undefined) return undefined;
  const steps = thresholds.steps.map((step, index) => {
    const next = thresholds.steps[index + 1];
    return {
      from: thresholdValue(field, thresholds, step),
      to: next ? thresholdValue(field, thresholds, next) : Number.POSITIVE_INFINITY,
      color: cssColor(step.color),
    };
  });
  return { steps, line: /line|dashed/.test(mode), dashed: mode.startsWith('dashed'), area: mode.includes('area') };
}
