import { type Datasource, prometheusSource } from '../datasources.ts';
import type { Duration } from '../duration.ts';
import type { LabelValues } from '../series.ts';
import { defined, type Json } from './json.ts';

/** What a variable of a dashboard may be. Exactly one of `values`, `intervals`, `text` and `constant` says where its values come from. */
export interface VariableOptions {
  /** Of a label: `requests.values('endpoint')`; of a text: Grafana's variable query; a list: these. */
  readonly values?: LabelValues | string | readonly string[];
  readonly intervals?: readonly Duration[];
  /** Typed in by the reader; this at first. */
  readonly text?: string;
  /** The same for everybody. */
  readonly constant?: string;
  readonly label?: string;
  /** Several values at a time. */
  readonly multi?: boolean;
  /** Offers all values together, and begins with them; a text is what then stands in queries. */
  readonly all?: boolean | string;
  /** What is chosen at first. */
  readonly initial?: string;
  /** Keeps values (or their first group) that match. */
  readonly regex?: string;
  readonly hidden?: boolean;
  readonly datasource?: Datasource;
}

/** A value that the reader chooses; in queries it is `$name`. */
export interface Variable {
  readonly name: string;
  readonly json: Json;
}

/** A variable: `variable('endpoint', { values: requests.values('endpoint'), multi: true, all: true })`. */
export function variable(name: string, options: VariableOptions): Variable {
  const { label, hidden, multi, all } = options;
  const common = defined({
    name,
    label,
    hide: hidden ? 2 : 0,
    multi,
    includeAll: all === undefined ? undefined : all !== false,
    allValue: typeof all === 'string' ? all : undefined,
  });
  return { name, json: { ...common, ...kindOf(options), ...current(options) } };
}

function kindOf(options: VariableOptions): Json {
  const { values, intervals, text, constant, regex = '', datasource = prometheusSource() } = options;
  if (constant !== undefined) return { type: 'constant', query: constant };
  if (text !== undefined) return { type: 'textbox', query: text };
  if (intervals) return { type: 'interval', query: intervals.join(','), auto: false, options: choices(intervals) };
  if (values === undefined || isList(values)) {
    const list = values ?? [];
    return { type: 'custom', query: list.map((value) => value.replaceAll(',', '\\,')).join(','), options: choices(list) };
  }
  const query = typeof values === 'string' ? values : values.labelValues;
  return {
    type: 'query',
    datasource: { type: datasource.type, uid: datasource.uid },
    definition: query,
    query: { query, refId: 'StandardVariableQuery' },
    // When the time range changes: labels that were not there before may be there now.
    refresh: 2,
    regex,
    sort: 1,
    options: [],
  };
}

function current({ values, intervals, text, constant, initial, all, multi }: VariableOptions): Json {
  const first = isList(values) ? values[0] : intervals?.[0];
  const value = initial ?? text ?? constant ?? (all ? '$__all' : first);
  if (value === undefined) return {};
  const shown = value === '$__all' ? 'All' : value;
  return { current: { selected: true, text: multi ? [shown] : shown, value: multi ? [value] : value } };
}

function choices(values: readonly string[]): Json[] {
  return values.map((value) => ({ selected: false, text: value, value }));
}

function isList(values: VariableOptions['values']): values is readonly string[] {
  return Array.isArray(values);
}
