// Grafana's reducers ("calcs"): one number out of the values of a series. null = no sample; NaN counts as none, as in Grafana.

/** Samples in time order; `stepMs` apart. */
export type Values = readonly (number | null | undefined)[];

type Reducer = (values: readonly number[], all: Values) => number | null;

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]) => (values.length === 0 ? null : sumOf(values) / values.length);
const minOf = (values: readonly number[]) =>
  values.reduce<number | null>((best, value) => (best === null || value < best ? value : best), null);
const maxOf = (values: readonly number[]) =>
  values.reduce<number | null>((best, value) => (best === null || value > best ? value : best), null);
const firstOf = (values: readonly number[]) => values[0] ?? null;
const lastOf = (values: readonly number[]) => values.at(-1) ?? null;
const numberOr = (value: number | null | undefined) => (value === undefined || value === null || Number.isNaN(value) ? null : value);

function varianceOf(values: readonly number[]): number | null {
  const mean = meanOf(values);
  return mean === null ? null : sumOf(values.map((value) => (value - mean) ** 2)) / values.length;
}

function differenceOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : (lastOf(values) ?? 0) - (firstOf(values) ?? 0);
}

/** Growth of a counter: falls count as resets to zero. */
function deltaOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.slice(1).reduce((sum, value, index) => {
    const before = values[index] ?? value;
    return sum + (value >= before ? value - before : value);
  }, 0);
}

function percentileOf(values: readonly number[], percent: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))] ?? null;
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? null;
  return sorted.length === 0 ? null : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function changesOf(values: readonly number[]): number {
  return values.filter((value, index) => index > 0 && value !== values[index - 1]).length;
}

function smallestStep(values: readonly number[]): number | null {
  return minOf(values.slice(1).map((value, index) => value - (values[index] ?? value)));
}

const REDUCERS: Readonly<Record<string, { readonly label: string; readonly reduce: Reducer }>> = {
  lastNotNull: { label: 'Last *', reduce: lastOf },
  last: { label: 'Last', reduce: (_, all) => numberOr(all.at(-1)) },
  firstNotNull: { label: 'First *', reduce: firstOf },
  first: { label: 'First', reduce: (_, all) => numberOr(all[0]) },
  mean: { label: 'Mean', reduce: meanOf },
  median: { label: 'Median', reduce: medianOf },
  min: { label: 'Min', reduce: minOf },
  max: { label: 'Max', reduce: maxOf },
  sum: { label: 'Total', reduce: (values) => (values.length === 0 ? null : sumOf(values)) },
  count: { label: 'Count', reduce: (_, all) => all.length },
  range: { label: 'Range', reduce: (values) => (values.length === 0 ? null : (maxOf(values) ?? 0) - (minOf(values) ?? 0)) },
  delta: { label: 'Delta', reduce: deltaOf },
  step: { label: 'Step', reduce: smallestStep },
  diff: { label: 'Difference', reduce: differenceOf },
  diffperc: {
    label: 'Difference percent',
    reduce: (values) => (values.length === 0 ? null : (differenceOf(values) ?? 0) / (firstOf(values) ?? 0)),
  },
  logmin: { label: 'Min (above zero)', reduce: (values) => minOf(values.filter((value) => value > 0)) },
  variance: { label: 'Variance', reduce: varianceOf },
  stdDev: {
    label: 'StdDev',
    reduce: (values) => {
      const variance = varianceOf(values);
      return variance === null ? null : Math.sqrt(variance);
    },
  },
  changeCount: { label: 'Change count', reduce: changesOf },
  distinctCount: { label: 'Distinct count', reduce: (values) => new Set(values).size },
  allIsZero: { label: 'All zeros', reduce: (values) => (values.length > 0 && values.every((value) => value === 0) ? 1 : 0) },
  allIsNull: { label: 'All nulls', reduce: (values) => (values.length === 0 ? 1 : 0) },
};

/** Names of dashboards before Grafana 7. */
const ALIASES: Readonly<Record<string, string>> = { current: 'lastNotNull', avg: 'mean', total: 'sum', 'last*': 'lastNotNull' };

/** Applies Grafana's calc `id` ("lastNotNull", "mean", "p95" …); null when there is nothing to reduce or the id is unknown. */
export function reduceValues(id: string, values: Values): number | null {
  const present = values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
  const known = Object.hasOwn(REDUCERS, ALIASES[id] ?? id) ? REDUCERS[ALIASES[id] ?? id] : undefined;
  if (known) return known.reduce(present, values);
  const percentile = /^p(\d{1,2}(?:\.\d+)?)$/.exec(id);
  return percentile ? percentileOf(present, Number(percentile[1])) : null;
}

/** The heading of a calc in a legend. */
export function reducerLabel(id: string): string {
  return REDUCERS[ALIASES[id] ?? id]?.label ?? id;
}

/** True when this calc is in the unit of the series; counts are not. */
export function keepsUnit(id: string): boolean {
  return !/^(count|changeCount|distinctCount|allIsZero|allIsNull|diffperc|variance)$/.test(ALIASES[id] ?? id);
}
