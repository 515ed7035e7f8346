import type { Json } from './json.ts';

/** How several values become one. */
export type Calc =
  | 'lastNotNull'
  | 'last'
  | 'mean'
  | 'max'
  | 'min'
  | 'sum'
  | 'count'
  | 'range'
  | 'delta'
  | 'diff'
  | 'first'
  | 'firstNotNull';

/** Where the names of series stand; a list of calculations makes it a table with these columns. */
export type Legend =
  | 'hidden'
  | 'list'
  | 'table'
  | readonly Calc[]
  | { readonly calcs?: readonly Calc[]; readonly placement?: 'bottom' | 'right'; readonly mode?: 'list' | 'table' };

/** Grafana's `reduceOptions`. */
export function reduceOf(calc: Calc = 'lastNotNull'): Json {
  return { calcs: [calc], fields: '', values: false };
}

/** Grafana's `legend`. */
export function legendOf(legend: Legend): Json {
  if (legend === 'hidden') return { displayMode: 'hidden', placement: 'bottom', showLegend: false, calcs: [] };
  if (typeof legend === 'string') return { displayMode: legend, placement: 'bottom', showLegend: true, calcs: [] };
  if (isCalcs(legend)) return { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: legend };
  const { calcs = [], placement = 'bottom', mode = calcs.length > 0 ? 'table' : 'list' } = legend;
  return { displayMode: mode, placement, showLegend: true, calcs };
}

function isCalcs(legend: Exclude<Legend, string>): legend is readonly Calc[] {
  return Array.isArray(legend);
}
