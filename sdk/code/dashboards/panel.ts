import { type Datasource, prometheusSource } from '../datasources.ts';
import type { Duration } from '../duration.ts';
import { CodeError } from '../errors.ts';
import { type Color, type FieldOptions, fieldConfig } from './field.ts';
import { defined, type Json } from './json.ts';
import { listQueries, type PanelQuery, type Queries, targets } from './query.ts';

/** What every panel may say. */
export interface PanelOptions extends FieldOptions {
  /** What the panel shows, and what to make of it. */
  readonly description?: string;
  /** Columns of 24. */
  readonly width?: number;
  /** In units of 30 px. */
  readonly height?: number;
  /** Default: Prometheus. */
  readonly datasource?: Datasource;
  readonly links?: readonly Link[];
  /** The variable for each of whose values the panel is repeated. */
  readonly repeat?: string;
  /** Least step of its queries. */
  readonly interval?: Duration;
  /** Another span of time than the dashboard's: `24h`. */
  readonly timeFrom?: Duration;
  readonly transparent?: boolean;
  /** Grafana's transformations, as in its JSON. */
  readonly transformations?: readonly { readonly id: string; readonly options: Json }[];
  /** Further members of Grafana's `options`, for what has no option here. */
  readonly options?: Json;
}

/** A link to another page; variables and the time range stay when it leads to a dashboard. */
export interface Link {
  readonly title: string;
  readonly url: string;
  readonly newTab?: boolean;
}

/** A panel as Grafana's JSON has it, but for its id and its place. */
export interface Panel {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly json: Json;
}

/** How a kind of panels is written. */
export interface PanelKind {
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly options: Json;
  /** Of the fields. */
  readonly custom?: Json;
  /** Of each query. */
  readonly target?: Json;
  readonly datasource?: Datasource;
  /** Where the panel names no colour. */
  readonly color?: Color;
  readonly transformations?: PanelOptions['transformations'];
}

/** A panel of any kind, also of those that have no function of their own: `type` and `kind.options` as Grafana has them. */
export function panelOf(kind: PanelKind, title: string, queries: Queries, options: PanelOptions = {}): Panel {
  const place = `panel "${title}"`;
  const list = listQueries(queries);
  const source = options.datasource ?? kind.datasource ?? prometheusSource();
  const { width = kind.width, height = kind.height } = options;
  if (!(Number.isInteger(width) && width >= 1 && width <= 24))
    throw new CodeError('code.invalid_panel', `${place}: width ${width} is not one of 1 to 24 columns`);
  if (!(height >= 1)) throw new CodeError('code.invalid_panel', `${place}: height ${height} is not at least 1`);
  const json = defined({
    type: kind.type,
    title,
    description: options.description,
    transparent: options.transparent,
    datasource: { type: source.type, uid: source.uid },
    interval: options.interval,
    timeFrom: options.timeFrom,
    repeat: options.repeat,
    repeatDirection: options.repeat === undefined ? undefined : 'h',
    links: options.links?.map(({ title, url, newTab = false }) => ({ title, url, targetBlank: newTab })),
    fieldConfig: fieldConfig({ ...withUnit(options, list) }, place, kind.custom, kind.color),
    options: { ...kind.options, ...options.options },
    targets: list.length === 0 ? undefined : targets(list, source, kind.target),
    transformations: options.transformations ?? kind.transformations,
  });
  return { title, width, height, json };
}

function withUnit(options: PanelOptions, queries: readonly PanelQuery[]): PanelOptions {
  const unit = options.unit ?? queries.find((query) => query.unit !== undefined)?.unit;
  return unit === undefined ? options : { ...options, unit };
}
