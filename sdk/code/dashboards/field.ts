// How values are shown: Grafana's field options, in the shortest form that says the same.
import { CodeError } from '../errors.ts';
import type { Unit } from '../units.ts';
import { defined, type Json } from './json.ts';

/** A colour of Grafana's palette, or any of CSS. */
export type Color = 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'purple' | 'gray' | 'transparent' | 'text' | (string & {});

/** Colours by value, read as a scale: `['green', [0.25, 'yellow'], [0.5, 'red']]` is green below 0.25 and red from 0.5 on. */
export type Thresholds = readonly [base: Color, ...steps: (readonly [from: number, color: Color])[]];

/** Text, or text and colour, in the place of a value. */
export type MappedText = string | readonly [text: string, color: Color];

/** A range of values that is shown as a text; a missing end is open. */
export interface RangeMapping {
  readonly from?: number;
  readonly to?: number;
  readonly show: MappedText;
}

/** Texts in the place of values: `{ 0: ['DOWN', 'red'], 1: ['UP', 'green'] }`; `null` and `nan` stand for these. Or by ranges. */
export type Mappings = Readonly<Record<string | number, MappedText>> | readonly RangeMapping[];

/** How one series differs from the others of its panel. */
export interface SeriesOptions {
  readonly color?: Color;
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: Thresholds;
  readonly mappings?: Mappings;
  readonly displayName?: string;
  /** The axis of a time series. */
  readonly axis?: 'left' | 'right';
  readonly style?: 'line' | 'bars' | 'points';
  readonly lineWidth?: number;
  /** 0 to 100. */
  readonly fill?: number;
  readonly dashed?: boolean;
  readonly hidden?: boolean;
}

/** How the values of a panel are shown. */
export interface FieldOptions {
  /** Default: that of its first query, where it is known. */
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: Thresholds;
  readonly mappings?: Mappings;
  /** One colour for all series, or one of Grafana's modes: `palette-classic`, `thresholds`, `continuous-GrYlRd` … */
  readonly color?: Color;
  /** Shown where there is no value. */
  readonly noValue?: string;
  /** Series that differ, by their legend; `/…/` is a regular expression. */
  readonly series?: Readonly<Record<string, SeriesOptions>>;
}

const COLOR_MODE = /^(palette-|continuous-|thresholds$|shades$|fixed$)/;

/** Grafana's `fieldConfig`. `custom` are the options of the panel's kind. */
export function fieldConfig(options: FieldOptions, place: string, custom: Json = {}, color?: Color): Json {
  const defaults = defined({
    ...common(options, place),
    color: colorOf(options.color ?? color),
    noValue: options.noValue,
    custom: Object.keys(custom).length > 0 ? custom : undefined,
  });
  const overrides = Object.entries(options.series ?? {}).map(([legend, series]) => ({
    matcher: /^\/.+\/$/.test(legend) ? { id: 'byRegexp', options: legend } : { id: 'byName', options: legend },
    properties: seriesProperties(series, `${place}: series "${legend}"`),
  }));
  return { defaults, overrides };
}

function common(options: FieldOptions | SeriesOptions, place: string): Json {
  const { unit, decimals, min, max } = options;
  return {
    unit,
    decimals,
    min,
    max,
    thresholds: options.thresholds && thresholdsOf(options.thresholds, place),
    mappings: options.mappings && mappingsOf(options.mappings),
  };
}

function thresholdsOf([base, ...steps]: Thresholds, place: string): Json {
  steps.forEach(([from], i) => {
    const before = steps[i - 1]?.[0];
    if (before !== undefined && from <= before)
      throw new CodeError('code.invalid_panel', `${place}: threshold ${from} follows ${before}: write them from the lowest to the highest`);
  });
  return { mode: 'absolute', steps: [{ color: base, value: null }, ...steps.map(([value, color]) => ({ color, value }))] };
}

function mappingsOf(mappings: Mappings): Json[] {
  if (isRanges(mappings)) {
    return mappings.map(({ from = null, to = null, show }, index) => ({
      type: 'range',
      options: { from, to, result: shown(show, index) },
    }));
  }
  const entries = Object.entries(mappings).map(([value, show], index) => ({ value, result: shown(show, index) }));
  const values = entries.filter(({ value }) => !isSpecial(value));
  return [
    ...(values.length === 0 ? [] : [{ type: 'value', options: Object.fromEntries(values.map(({ value, result }) => [value, result])) }]),
    ...entries.filter(({ value }) => isSpecial(value)).map(({ value, result }) => ({ type: 'special', options: { match: value, result } })),
  ];
}

function isRanges(mappings: Mappings): mappings is readonly RangeMapping[] {
  return Array.isArray(mappings);
}

function isSpecial(value: string): boolean {
  return value === 'null' || value === 'nan';
}

function shown(show: MappedText, index: number): Json {
  return typeof show === 'string' ? { text: show, index } : { text: show[0], color: show[1], index };
}

function colorOf(color: Color | undefined): Json | undefined {
  if (color === undefined) return undefined;
  return COLOR_MODE.test(color) ? { mode: color } : { mode: 'fixed', fixedColor: color };
}

function seriesProperties(options: SeriesOptions, place: string): { id: string; value: unknown }[] {
  const { color, displayName, axis, style, lineWidth, fill, dashed, hidden } = options;
  const properties = {
    ...common(options, place),
    color: colorOf(color),
    displayName,
    'custom.axisPlacement': axis,
    'custom.drawStyle': style,
    'custom.lineWidth': lineWidth,
    'custom.fillOpacity': fill,
    'custom.lineStyle': dashed ? { fill: 'dash', dash: [10, 10] } : undefined,
    'custom.hideFrom': hidden ? { viz: true, legend: true, tooltip: true } : undefined,
  };
  return Object.entries(defined(properties)).map(([id, value]) => ({ id, value }));
}
