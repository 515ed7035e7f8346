// One function for each kind of panel: title, queries, options.
import { lokiSource } from '../datasources.ts';
import type { Json } from './json.ts';
import { type Calc, type Legend, legendOf, reduceOf } from './legend.ts';
import { type Panel, type PanelKind, type PanelOptions, panelOf } from './panel.ts';
import { listQueries, type Queries } from './query.ts';

export interface TimeseriesOptions extends PanelOptions {
  readonly style?: 'line' | 'bars' | 'points';
  /** Series on top of each other; `percent`: as shares of 100. */
  readonly stack?: boolean | 'percent';
  /** Area under lines, 0 to 100. */
  readonly fill?: number;
  readonly lineWidth?: number;
  readonly points?: boolean;
  readonly steps?: boolean;
  readonly legend?: Legend;
  readonly axisLabel?: string;
  /** Logarithmic axis with this base. */
  readonly log?: 2 | 10;
  /** Whether thresholds are drawn, and how. */
  readonly showThresholds?: 'line' | 'dashed' | 'area' | 'dashed+area';
  /** Whether gaps are bridged. */
  readonly connect?: boolean;
}

/** Lines, bars or points over time. */
export function timeseries(title: string, queries: Queries, options: TimeseriesOptions = {}): Panel {
  const { style = 'line', stack, fill = 10, lineWidth = 1, points, steps, axisLabel, log, showThresholds, connect } = options;
  const custom = {
    drawStyle: style,
    lineWidth,
    fillOpacity: style === 'bars' && options.fill === undefined ? 80 : fill,
    showPoints: points ? 'always' : style === 'points' ? 'always' : 'never',
    lineInterpolation: steps ? 'stepAfter' : 'linear',
    spanNulls: connect ?? false,
    ...(stack && { stacking: { mode: stack === 'percent' ? 'percent' : 'normal', group: 'A' } }),
    ...(axisLabel !== undefined && { axisLabel }),
    ...(log && { scaleDistribution: { type: 'log', log } }),
    ...(showThresholds && { thresholdsStyle: { mode: showThresholds } }),
  };
  const kind = { legend: legendOf(options.legend ?? 'list'), tooltip: { mode: 'multi', sort: 'desc' } };
  return panelOf({ type: 'timeseries', width: 12, height: 8, options: kind, custom }, title, queries, options);
}

export interface StatOptions extends PanelOptions {
  readonly calc?: Calc;
  /** What the colour of a threshold paints. */
  readonly paint?: 'value' | 'background' | 'none';
  /** Whether the past is drawn behind the value; not where a query is asked only for its newest value. */
  readonly sparkline?: boolean;
  readonly show?: 'auto' | 'value' | 'value_and_name' | 'name';
}

/** One large value. */
export function stat(title: string, queries: Queries, options: StatOptions = {}): Panel {
  const { calc, paint = 'value', sparkline = true, show = 'auto' } = options;
  const kind = {
    reduceOptions: reduceOf(calc),
    colorMode: paint,
    graphMode: sparkline ? 'area' : 'none',
    textMode: show,
    justifyMode: 'auto',
    orientation: 'auto',
  };
  return panelOf({ type: 'stat', width: 6, height: 4, options: kind, color: 'thresholds' }, title, queries, options);
}

export interface GaugeOptions extends PanelOptions {
  readonly calc?: Calc;
}

/** A value on an arc between `min` and `max`. */
export function gauge(title: string, queries: Queries, options: GaugeOptions = {}): Panel {
  const kind = { reduceOptions: reduceOf(options.calc), showThresholdLabels: false, showThresholdMarkers: true, orientation: 'auto' };
  return panelOf({ type: 'gauge', width: 6, height: 6, options: kind, color: 'thresholds' }, title, queries, options);
}

export interface BargaugeOptions extends PanelOptions {
  readonly calc?: Calc;
  readonly direction?: 'horizontal' | 'vertical';
  readonly bars?: 'gradient' | 'lcd' | 'basic';
}

/** Values as bars beside each other. */
export function bargauge(title: string, queries: Queries, options: BargaugeOptions = {}): Panel {
  const { calc, direction = 'horizontal', bars = 'gradient' } = options;
  const kind = { reduceOptions: reduceOf(calc), displayMode: bars, orientation: direction, showUnfilled: true };
  return panelOf({ type: 'bargauge', width: 12, height: 8, options: kind, target: NEWEST, color: 'thresholds' }, title, queries, options);
}

export interface PieOptions extends PanelOptions {
  readonly donut?: boolean;
  readonly legend?: 'hidden' | 'list' | 'table';
}

/** Shares of a whole. */
export function piechart(title: string, queries: Queries, options: PieOptions = {}): Panel {
  const { donut = false, legend = 'table' } = options;
  const legendOptions = { displayMode: legend, placement: 'right', showLegend: legend !== 'hidden', values: ['value', 'percent'] };
  const kind = {
    reduceOptions: reduceOf(undefined),
    pieType: donut ? 'donut' : 'pie',
    legend: legendOptions,
    tooltip: { mode: 'single', sort: 'none' },
  };
  return panelOf(
    { type: 'piechart', width: 8, height: 8, options: kind, target: NEWEST, color: 'palette-classic' },
    title,
    queries,
    options,
  );
}

export interface TableOptions extends PanelOptions {
  /** The labels to show, with their headings; others are hidden. `Value` is the value of the first query, `Value #B` of the second. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly sortBy?: { readonly column: string; readonly descending?: boolean };
}

/** Series as rows, with their labels as columns. */
export function table(title: string, queries: Queries, options: TableOptions = {}): Panel {
  const { columns, sortBy } = options;
  const sort = sortBy && [{ displayName: sortBy.column, desc: sortBy.descending ?? false }];
  const kind = { showHeader: true, cellHeight: 'sm', ...(sort && { sortBy: sort }) };
  const target = { ...NEWEST, format: 'table' };
  const transformations = columns && columnsOf(columns);
  return panelOf(
    { type: 'table', width: 12, height: 8, options: kind, target, ...(transformations && { transformations }) },
    title,
    queries,
    options,
  );
}

export interface HeatmapOptions extends PanelOptions {
  /** A colour scheme of Grafana. */
  readonly scheme?: 'Oranges' | 'Blues' | 'Greens' | 'Reds' | 'Purples' | 'Spectral' | 'Viridis' | (string & {});
}

/** The buckets of a histogram over time: `heatmap('Latency', latency.distribution())`. */
export function heatmap(title: string, queries: Queries, options: HeatmapOptions = {}): Panel {
  const { unit = listQueries(queries)[0]?.unit } = options;
  const kind = {
    calculate: false,
    cellGap: 1,
    color: { mode: 'scheme', scheme: options.scheme ?? 'Oranges', steps: 64, exponent: 0.5, fill: 'dark-orange', reverse: false },
    yAxis: { axisPlacement: 'left', ...(unit !== undefined && { unit }) },
    legend: { show: true },
    tooltip: { mode: 'single', yHistogram: true, showColorScale: false },
    rowsFrame: { layout: 'auto' },
    showValue: 'never',
  };
  return panelOf(
    { type: 'heatmap', width: 12, height: 8, options: kind, target: { format: 'heatmap', legendFormat: '{{le}}' } },
    title,
    queries,
    // The unit is that of the axis; what cells hold are numbers of observations.
    { ...options, unit: 'short' },
  );
}

export interface LogsOptions extends PanelOptions {
  readonly wrap?: boolean;
  readonly newestFirst?: boolean;
  readonly showLabels?: boolean;
  readonly prettify?: boolean;
}

/** Log lines by a LogQL query. */
export function logs(title: string, queries: Queries, options: LogsOptions = {}): Panel {
  const { wrap = true, newestFirst = true, showLabels = false, prettify = false } = options;
  const kind = {
    showTime: true,
    showLabels,
    showCommonLabels: false,
    wrapLogMessage: wrap,
    prettifyLogMessage: prettify,
    enableLogDetails: true,
    dedupStrategy: 'none',
    sortOrder: newestFirst ? 'Descending' : 'Ascending',
  };
  return panelOf(
    { type: 'logs', width: 24, height: 8, options: kind, target: { queryType: 'range' }, datasource: lokiSource() },
    title,
    queries,
    options,
  );
}

/** Markdown. */
export function text(title: string, markdown: string, options: PanelOptions = {}): Panel {
  return panelOf({ type: 'text', width: 12, height: 4, options: { mode: 'markdown', content: markdown } }, title, [], options);
}

export interface AlertListOptions extends PanelOptions {
  readonly states?: readonly ('firing' | 'pending' | 'noData' | 'normal' | 'error')[];
  readonly maxItems?: number;
  /** Part of the names of alerts. */
  readonly alertName?: string;
  /** Label matchers in Grafana's form: `{severity="critical"}`. */
  readonly matching?: string;
}

/** Alerts that are pending or firing. */
export function alertlist(title: string, options: AlertListOptions = {}): Panel {
  const { states = ['firing', 'pending', 'error'], maxItems = 20, alertName = '', matching = '' } = options;
  const stateFilter = Object.fromEntries((['firing', 'pending', 'noData', 'normal', 'error'] as const).map((s) => [s, states.includes(s)]));
  const kind = {
    viewMode: 'list',
    maxItems,
    sortOrder: 1,
    alertName,
    alertInstanceLabelFilter: matching,
    dashboardAlerts: false,
    stateFilter,
  };
  return panelOf({ type: 'alertlist', width: 8, height: 8, options: kind }, title, [], options);
}

export interface StateTimelineOptions extends PanelOptions {
  readonly rowHeight?: number;
  readonly mergeValues?: boolean;
}

/** States over time, a bar for each series. */
export function stateTimeline(title: string, queries: Queries, options: StateTimelineOptions = {}): Panel {
  const { rowHeight = 0.9, mergeValues = true } = options;
  const kind = {
    rowHeight,
    mergeValues,
    showValue: 'auto',
    alignValue: 'left',
    legend: legendOf('hidden'),
    tooltip: { mode: 'single', sort: 'none' },
  };
  return panelOf(
    { type: 'state-timeline', width: 24, height: 6, options: kind, custom: { fillOpacity: 70, lineWidth: 0 }, color: 'thresholds' },
    title,
    queries,
    options,
  );
}

/** A panel of any other type of Grafana; `options` below `options` are Grafana's own. */
export function panel(type: string, title: string, queries: Queries, options: PanelOptions & { readonly custom?: Json } = {}): Panel {
  const kind: PanelKind = { type, width: 12, height: 8, options: {}, ...(options.custom && { custom: options.custom }) };
  return panelOf(kind, title, queries, options);
}

/** Asked for its newest value only. */
const NEWEST: Json = { instant: true, range: false };

/** The order of the columns, their headings, and nothing else. */
function columnsOf(columns: Readonly<Record<string, string>>): NonNullable<PanelOptions['transformations']> {
  const names = Object.keys(columns);
  const hasSeveralQueries = names.some((name) => name.startsWith('Value #'));
  return [
    ...(hasSeveralQueries ? [{ id: 'merge', options: {} }] : []),
    { id: 'filterFieldsByName', options: { include: { names } } },
    { id: 'organize', options: { indexByName: Object.fromEntries(names.map((name, i) => [name, i])), renameByName: columns } },
  ];
}
