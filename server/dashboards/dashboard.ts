import type { Dashboard, DashboardVariable } from '@alidade/sdk/schema';
import type { DatasourceConfig } from '../config/grafana.ts';
import { DatasourceReader } from './datasources.ts';
import { dashboardError } from './errors.ts';
import { countPanels, placePanels } from './layout.ts';
import { asList, asNumber, asRecord, asRecords, asText, asWord, defined, type JsonRecord } from './loose-json.ts';
import { PanelIds, readPanel } from './panel.ts';

const MAX_PANELS = 1_000;

/** What a dashboard takes from its surroundings. */
export interface DashboardSource {
  readonly datasources: readonly DatasourceConfig[];
  /** Used when the file names none. */
  readonly uid: string;
  readonly title: string;
}

/** A dashboard in the form that the UI draws, and what was assumed on the way. */
export interface ReadDashboard {
  readonly dashboard: Dashboard;
  readonly notes: readonly string[];
}

/** Reads Grafana's dashboard JSON of any age. Throws `dashboards.not_a_dashboard` or `dashboards.too_large`. */
export function readDashboard(json: unknown, source: DashboardSource): ReadDashboard {
  const raw = unwrapDashboard(json);
  const count = countPanels(raw);
  if (count > MAX_PANELS) throw dashboardError('dashboards.too_large', `has ${count} panels; at most ${MAX_PANELS} are shown`);
  const notes = new Set<string>();
  const placed = placePanels(raw);
  const context = { datasources: new DatasourceReader(source.datasources, notes), notes, ids: new PanelIds(placed) };
  const time = asRecord(raw.time);
  const annotations = asRecords(asRecord(raw.annotations).list).flatMap(readAnnotation);
  const dashboard: Dashboard = {
    uid: asText(raw.uid) || source.uid,
    title: asText(raw.title) || source.title,
    description: asText(raw.description),
    tags: asList(raw.tags).filter((tag) => typeof tag === 'string'),
    refresh: asText(raw.refresh),
    time: { from: asWord(time.from, 'now-6h'), to: asWord(time.to, 'now') },
    timezone: asText(raw.timezone, 'browser'),
    graphTooltip: asNumber(raw.graphTooltip) ?? (raw.sharedCrosshair === true ? 1 : 0),
    schemaVersion: asNumber(raw.schemaVersion) ?? 0,
    panels: placed.map((panel) => readPanel(panel, context)),
    variables: [...inputVariables(raw), ...asRecords(asRecord(raw.templating).list).flatMap(readVariable)],
    ...(annotations.length > 0 && { annotations }),
  };
  return { dashboard, notes: [...notes] };
}

/** Takes the dashboard out of `{"dashboard": …}` (the HTTP API's form) or a Kubernetes-style resource. */
function unwrapDashboard(json: unknown): JsonRecord {
  const outer = asRecord(json);
  if (isDashboard(outer)) return outer;
  if (isDashboard(asRecord(outer.dashboard))) return asRecord(outer.dashboard);
  if (outer.kind === 'Dashboard' && asText(outer.apiVersion).startsWith('dashboard.grafana.app/')) {
    const spec = asRecord(outer.spec);
    if (isDashboard(spec)) return { uid: asRecord(outer.metadata).name, ...spec };
    throw dashboardError(
      'dashboards.not_a_dashboard',
      `"${asText(outer.apiVersion)}" is a newer form of dashboards; export it as classic JSON`,
    );
  }
  throw dashboardError('dashboards.not_a_dashboard', 'is JSON but no Grafana dashboard: it has neither "panels" nor "rows"');
}

function isDashboard(raw: JsonRecord): boolean {
  return Array.isArray(raw.panels) || Array.isArray(raw.rows);
}

function readAnnotation(raw: JsonRecord): { name: string; expr: string }[] {
  const expr = asText(raw.expr).trim();
  const type = asText(asRecord(raw.datasource).type, 'prometheus');
  return expr === '' || type !== 'prometheus' ? [] : [{ name: asText(raw.name), expr }];
}

const VALUE_TYPES = new Set(['query', 'custom', 'constant', 'interval', 'textbox', 'datasource', 'adhoc', 'switch']);

function readVariable(raw: JsonRecord): DashboardVariable[] {
  const name = asText(raw.name);
  const type = asText(raw.type, 'query');
  if (name === '' || !VALUE_TYPES.has(type)) return [];
  const options = optionsOf(raw, type);
  const chosen = valuesOf(asRecord(raw.current).value).filter((value) => value !== '');
  const fallback = raw.includeAll === true ? ['$__all'] : options.slice(0, 1);
  return [
    {
      name,
      type,
      label: asText(raw.label),
      current: chosen.length > 0 ? chosen : fallback,
      options,
      ...defined({
        query: type === 'query' ? queryOf(raw.query) : undefined,
        regex: asText(raw.regex) || undefined,
        multi: raw.multi === true || undefined,
        includeAll: raw.includeAll === true || undefined,
        allValue: asText(raw.allValue) || undefined,
        hidden: asNumber(raw.hide) === 2 || undefined,
      }),
    },
  ];
}

/** Choices that stand in the file; those of a query are asked for when the dashboard is opened. */
function optionsOf(raw: JsonRecord, type: string): string[] {
  const listed = asRecords(raw.options)
    .flatMap((option) => valuesOf(option.value))
    .filter((value) => value !== '$__all');
  if (listed.length > 0 || type === 'query') return listed;
  const text = asText(raw.query);
  if (type === 'custom' || type === 'interval') return splitChoices(text);
  return text === '' ? [] : [text];
}

/** `a, b\,c, label : value` → a; b,c; value. */
function splitChoices(text: string): string[] {
  const parts = text.match(/(?:\\,|[^,])+/g) ?? [];
  return parts
    .map((part) =>
      part
        .replaceAll('\\,', ',')
        .replace(/^.+?\s:\s/, '')
        .trim(),
    )
    .filter((part) => part !== '' && part !== 'auto');
}

function queryOf(value: unknown): string {
  return typeof value === 'string' ? value : asText(asRecord(value).query);
}

function valuesOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((item) => asWord(item));
}

/** Constants of a dashboard that was exported for sharing (`__inputs`). */
function inputVariables(raw: JsonRecord): DashboardVariable[] {
  const constants = asRecords(raw.__inputs).filter((input) => input.type === 'constant');
  return constants.map((input) => {
    const value = [asWord(input.value)];
    return { name: asText(input.name), type: 'constant', label: asText(input.label), current: value, options: value, hidden: true };
  });
}
