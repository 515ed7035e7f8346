import type { Datasource } from '../datasources.ts';
import type { Duration } from '../duration.ts';
import type { PromqlText } from '../operators.ts';
import type { Unit } from '../units.ts';
import { defined, type Json } from './json.ts';

/** A query with what is rarely said about it; made by `query`. */
export interface PanelQuery {
  readonly kind: 'query';
  readonly expr: string;
  readonly unit?: Unit | undefined;
  readonly legend?: string;
  /** At the end of the range only. Default: as the panel needs it. */
  readonly instant?: boolean;
  /** Whether traces are shown as diamonds on the line. */
  readonly exemplar?: boolean;
  /** Asked, but not shown. */
  readonly hide?: boolean;
  /** Least step. */
  readonly interval?: Duration;
  readonly datasource?: Datasource;
}

/**
 * What a panel asks: one query, several without legends, or several by legend: `{ p50: …, p95: …, '{{endpoint}}': … }`. They keep their
 * order, but for legends that are whole numbers, which JavaScript puts first.
 */
export type Queries = Query | readonly Query[] | Readonly<Record<string, Query>>;

/** A query: an expression, a text of PromQL (or LogQL where the data source is Loki), or either with options. */
export type Query = PromqlText | string | PanelQuery;

/** A query with options. */
export function query(expr: PromqlText | string, options: Omit<PanelQuery, 'kind' | 'expr'> = {}): PanelQuery {
  return typeof expr === 'string'
    ? { kind: 'query', expr: expr.trim(), ...options }
    : { kind: 'query', expr: expr.promql, unit: expr.unit, ...options };
}

/** The queries in order, each with its legend. */
export function listQueries(queries: Queries): PanelQuery[] {
  if (isQuery(queries)) return [toPanelQuery(queries)];
  if (Array.isArray(queries)) return (queries as readonly Query[]).map(toPanelQuery);
  return Object.entries(queries as Readonly<Record<string, Query>>).map(([legend, one]) => ({ legend, ...toPanelQuery(one) }));
}

/** Grafana's targets: refId A, B, … in order. */
export function targets(queries: readonly PanelQuery[], source: Datasource, defaults: Json = {}): Json[] {
  return queries.map(({ expr, legend, instant, exemplar, hide, interval, datasource = source }, i) =>
    defined({
      refId: refId(i),
      datasource: { type: datasource.type, uid: datasource.uid },
      expr,
      legendFormat: legend,
      ...defaults,
      ...(instant !== undefined && { instant, range: !instant }),
      exemplar,
      hide,
      interval,
    }),
  );
}

function refId(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : refId(Math.floor(index / 26) - 1) + letter;
}

function isQuery(queries: Queries): queries is Query {
  return typeof queries === 'string' || isText(queries) || ('kind' in queries && queries.kind === 'query');
}

function isText(value: object | string): value is PromqlText {
  return typeof value === 'object' && 'promql' in value && typeof value.promql === 'string';
}

function toPanelQuery(one: Query): PanelQuery {
  return typeof one === 'string' || isText(one) ? query(one) : one;
}
