// Panels that Grafana has since replaced, in today's terms: graph → timeseries, singlestat → stat or gauge, the old text, pie and
// fieldOptions forms. Works on the raw JSON, so that the rest of the reader knows one form only.
import { asList, asNumber, asRecord, asRecords, asText, asWord, defined, type JsonRecord } from './loose-json.ts';

/** The panel as today's Grafana would save it, and what changed, '' when nothing did. */
export function modernisePanel(panel: JsonRecord): { panel: JsonRecord; note: string } {
  const type = asText(panel.type);
  const modern = MODERN[type];
  if (modern) {
    const moved = modern(panel);
    return { panel: moved, note: `panel type "${type}" is shown as "${asText(moved.type)}"` };
  }
  if (type === 'text' && panel.content !== undefined && asRecord(panel.options).content === undefined)
    return { panel: { ...panel, options: { mode: asText(panel.mode, 'markdown'), content: panel.content } }, note: '' };
  if (asRecord(panel.options).fieldOptions !== undefined) return { panel: liftFieldOptions(panel), note: '' };
  return { panel, note: '' };
}

const MODERN: Readonly<Record<string, (panel: JsonRecord) => JsonRecord>> = {
  graph: fromGraph,
  singlestat: fromSingleStat,
  'grafana-singlestat-panel': fromSingleStat,
  'grafana-piechart-panel': fromPie,
  'table-old': (panel) => ({ ...panel, type: 'table' }),
};

function fromGraph(panel: JsonRecord): JsonRecord {
  const axis = asRecord(asList(panel.yaxes)[0]);
  const isStacked = panel.stack === true;
  const style = panel.bars === true ? 'bars' : panel.lines === false && panel.points === true ? 'points' : 'line';
  const custom = defined({
    drawStyle: style,
    lineWidth: asNumber(panel.linewidth) ?? 1,
    fillOpacity: (asNumber(panel.fill) ?? 1) * 10,
    showPoints: panel.points === true ? 'always' : 'never',
    spanNulls: panel.nullPointMode === 'connected' ? true : undefined,
    lineInterpolation: panel.steppedLine === true ? 'stepAfter' : undefined,
    stacking: isStacked ? { mode: panel.percentage === true ? 'percent' : 'normal', group: 'A' } : undefined,
    axisLabel: axis.label === null ? undefined : axis.label,
    thresholdsStyle: asRecords(panel.thresholds).length > 0 ? { mode: 'line' } : undefined,
  });
  const defaults = defined({
    unit: axis.format,
    min: asNumber(axis.min),
    max: asNumber(axis.max),
    decimals: asNumber(axis.decimals) ?? asNumber(panel.decimals),
    thresholds: graphThresholds(panel.thresholds),
    custom,
  });
  return {
    ...panel,
    type: 'timeseries',
    fieldConfig: { defaults, overrides: colorOverrides(asRecord(panel.aliasColors)) },
    options: {
      legend: graphLegend(asRecord(panel.legend)),
      tooltip: { mode: asRecord(panel.tooltip).shared === false ? 'single' : 'multi' },
    },
  };
}

function graphLegend(legend: JsonRecord): JsonRecord {
  const calcs = { min: 'min', max: 'max', avg: 'mean', current: 'lastNotNull', total: 'sum' };
  const shown = legend.values === true ? Object.entries(calcs).flatMap(([name, calc]) => (legend[name] === true ? [calc] : [])) : [];
  return {
    showLegend: legend.show !== false,
    displayMode: legend.alignAsTable === true ? 'table' : 'list',
    placement: legend.rightSide === true ? 'right' : 'bottom',
    calcs: shown,
  };
}

const GRAPH_COLORS: Readonly<Record<string, string>> = { critical: 'red', warning: 'orange', ok: 'green' };

/** Lines drawn at values become threshold steps; only upper limits (`gt`) have a counterpart. */
function graphThresholds(value: unknown): JsonRecord | undefined {
  const lines = asRecords(value).filter((line) => line.op !== 'lt' && asNumber(line.value) !== undefined);
  if (lines.length === 0) return undefined;
  const colorOf = (line: JsonRecord) => GRAPH_COLORS[asText(line.colorMode)] ?? asText(line.lineColor, 'red');
  const steps = lines.map((line) => ({ value: asNumber(line.value) as number, color: colorOf(line) })).sort((a, b) => a.value - b.value);
  return { mode: 'absolute', steps: [{ value: null, color: 'transparent' }, ...steps] };
}

function colorOverrides(colors: JsonRecord): JsonRecord[] {
  return Object.entries(colors).map(([name, color]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
  }));
}

const CALCS: Readonly<Record<string, string>> = {
  avg: 'mean',
  current: 'lastNotNull',
  total: 'sum',
  min: 'min',
  max: 'max',
  first: 'first',
  delta: 'delta',
  diff: 'diff',
  range: 'range',
};

function fromSingleStat(panel: JsonRecord): JsonRecord {
  const gauge = asRecord(panel.gauge);
  const isGauge = gauge.show === true;
  const defaults = defined({
    unit: panel.format,
    decimals: asNumber(panel.decimals),
    min: isGauge ? asNumber(gauge.minValue) : undefined,
    max: isGauge ? asNumber(gauge.maxValue) : undefined,
    noValue: panel.nullText === null ? undefined : panel.nullText,
    thresholds: statThresholds(asText(panel.thresholds), asList(panel.colors)),
    mappings:
      panel.mappingType === 2
        ? asRecords(panel.rangeMaps).map((map) => ({ ...map, type: 2 }))
        : asRecords(panel.valueMaps).map((map) => ({ ...map, type: 1 })),
  });
  return {
    ...panel,
    type: isGauge ? 'gauge' : 'stat',
    fieldConfig: { defaults, overrides: [] },
    options: {
      reduceOptions: { calcs: [CALCS[asText(panel.valueName, 'current')] ?? 'lastNotNull'] },
      colorMode: panel.colorBackground === true ? 'background' : panel.colorValue === true ? 'value' : 'none',
      graphMode: asRecord(panel.sparkline).show === true ? 'area' : 'none',
    },
  };
}

/** `"50,80"` with three colours. */
function statThresholds(text: string, colors: readonly unknown[]): JsonRecord | undefined {
  const limits = text.split(',').flatMap((part) => asNumber(part.trim()) ?? []);
  if (limits.length === 0) return undefined;
  const fallback = ['green', 'orange', 'red'];
  const colorAt = (i: number) => asWord(colors[i], fallback[Math.min(i, 2)] as string);
  const steps = [{ value: null, color: colorAt(0) }, ...limits.map((value, i) => ({ value, color: colorAt(i + 1) }))];
  return { mode: 'absolute', steps };
}

function fromPie(panel: JsonRecord): JsonRecord {
  return {
    ...panel,
    type: 'piechart',
    fieldConfig: { defaults: defined({ unit: panel.format }), overrides: colorOverrides(asRecord(panel.aliasColors)) },
    options: {
      pieType: panel.pieType === 'donut' ? 'donut' : 'pie',
      reduceOptions: { calcs: [CALCS[asText(panel.valueName, 'current')] ?? 'lastNotNull'] },
      legend: { showLegend: asRecord(panel.legend).show !== false, placement: panel.legendType === 'Right side' ? 'right' : 'bottom' },
    },
  };
}

/** Grafana 6 kept field options within `options.fieldOptions`. */
function liftFieldOptions(panel: JsonRecord): JsonRecord {
  const { fieldOptions, ...options } = asRecord(panel.options);
  const old = asRecord(fieldOptions);
  const defaults = { ...asRecord(old.defaults) };
  if (defaults.thresholds === undefined && old.thresholds !== undefined) defaults.thresholds = { steps: old.thresholds };
  if (defaults.mappings === undefined && old.mappings !== undefined) defaults.mappings = old.mappings;
  const reduceOptions = defined({ calcs: old.calcs, values: old.values, limit: old.limit });
  return { ...panel, options: { ...options, reduceOptions }, fieldConfig: { defaults, overrides: asList(old.overrides) } };
}
