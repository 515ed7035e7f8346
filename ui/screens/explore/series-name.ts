// Names of series in a legend: what they share is said once, what tells them apart stands in the name.
import type { LabelMap } from '../../data/prometheus.ts';

/** Labels that all series have with the same value, metric name apart; none when there is only one series. */
export function commonLabels(series: readonly LabelMap[]): LabelMap {
  const [first, ...others] = series;
  if (first === undefined || others.length === 0) return {};
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => name !== '__name__' && others.every((labels) => labels[name] === value)),
  );
}

/** `up{job="api"}` without the labels in `common`; `fallback` for a series without any. */
export function seriesName(labels: LabelMap, common: LabelMap, fallback: string): string {
  const { __name__: metric = '' } = labels;
  const own = Object.entries(labels)
    .filter(([name]) => name !== '__name__' && !Object.hasOwn(common, name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  if (own.length === 0) return metric === '' ? fallback : metric;
  return `${metric}{${own.join(', ')}}`;
}

/** All label names of these series in order, metric name first. */
export function labelColumns(series: readonly LabelMap[]): readonly string[] {
  const names = new Set(series.flatMap((labels) => Object.keys(labels)));
  const rest = [...names].filter((name) => name !== '__name__').sort();
  return names.has('__name__') ? ['__name__', ...rest] : rest;
}
