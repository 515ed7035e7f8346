// Frames → named, configured series, the same way for every panel type.
import type { FieldConfig, Panel } from '@alidade/sdk/schema';
import { alignFrames, type Frame } from '../data/frames.ts';
import { cssColor, seriesColor } from '../format/color.ts';
import { activeThreshold, fieldFor } from '../format/field.ts';
import { reduceValues } from '../format/reducers.ts';

export interface PanelSeries {
  readonly key: string;
  readonly name: string;
  readonly refId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null | undefined)[];
  readonly field: FieldConfig;
  /** CSS colour of the series as such (lines, slices). */
  readonly color: string;
}

export interface PanelData {
  readonly times: readonly number[];
  readonly series: readonly PanelSeries[];
}

/** Series of all frames on one time axis, with overrides applied, names made and colours given out. */
export function panelSeries(panel: Panel, frames: readonly Frame[], defaultColorMode = 'palette-classic'): PanelData {
  const { times, series } = alignFrames(frames);
  const seen = new Map<string, number>();
  return {
    times,
    series: series.map((one, index) => {
      const plainName = one.name === '' ? one.refId : one.name;
      const field = fieldFor(panel.fieldConfig, { name: plainName, refId: one.refId });
      const name = displayName(field.displayName, plainName, one.labels);
      const base = `${one.refId}/${JSON.stringify(one.labels)}/${name}`;
      const count = seen.get(base) ?? 0;
      seen.set(base, count + 1);
      const key = count === 0 ? base : `${base}#${count}`;
      return {
        key,
        name,
        refId: one.refId,
        labels: one.labels,
        values: one.values,
        field,
        color: colorOf(field, index, one.values, defaultColorMode),
      };
    }),
  };
}

function displayName(pattern: string | undefined, name: string, labels: Readonly<Record<string, string>>): string {
  if (pattern === undefined || pattern === '') return name;
  return pattern.replace(/\$\{__(field|series)\.(name|labels\.([^}]+)|labels)\}/g, (_, __, what: string, label?: string) => {
    if (label !== undefined) return labels[label] ?? '';
    return what === 'name' ? name : Object.values(labels).join(' ');
  });
}

function colorOf(field: FieldConfig, index: number, values: PanelSeries['values'], defaultMode: string): string {
  const mode = field.color?.mode ?? defaultMode;
  if ((mode === 'fixed' || mode === 'shades') && field.color?.fixedColor) return cssColor(field.color.fixedColor);
  if (mode !== 'thresholds') return seriesColor(index);
  const last = reduceValues('lastNotNull', values);
  const step = last === null ? undefined : activeThreshold(field, last);
  return step ? cssColor(step.color) : seriesColor(index);
}

/** A member of a free-form options object, when it is an object itself. */
export function optionGroup(options: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const value = options[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

/** A text member, or the fallback. */
export function optionText<T extends string>(options: Readonly<Record<string, unknown>>, name: string, fallback: T): T | string {
  const value = options[name];
  return typeof value === 'string' ? value : fallback;
}

/** A number member, or undefined. */
export function optionNumber(options: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = options[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A list of texts; anything else is the fallback. */
export function optionTexts(options: Readonly<Record<string, unknown>>, name: string, fallback: readonly string[]): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : fallback;
}

/** The calc of reduceOptions, Grafana's default lastNotNull. */
export function reduceCalc(panel: Panel): string {
  return optionTexts(optionGroup(panel.options, 'reduceOptions'), 'calcs', [])[0] ?? 'lastNotNull';
}
