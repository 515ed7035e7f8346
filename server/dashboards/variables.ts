// Fills `$name`, `${name}`, `${name:format}`, `${name.field}` and `[[name]]` in query texts, as Grafana does for Prometheus.

import { dashboardError } from './errors.ts';

/** Values by name: a text, or several (a variable with multiple choices). */
export type VariableValues = Readonly<Record<string, string | readonly string[]>>;

const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.[^:^}]+)?(?::([^}]+))?\}/g;

/** Most characters that the values of one text may have together. */
const MAX_FILLED = 1_000_000;

/** Grafana's value for "all choices". */
const ALL = '$__all';

/**
 * `text` with variables filled in; unknown ones stay as they are, so that the error about them shows their name. Throws
 * `dashboards.query_too_large` when the values together have more than a million characters.
 */
export function fillVariables(text: string, values: VariableValues): string {
  let filled = 0;
  return text.replace(REFERENCE, (match: string, ...groups: unknown[]) => {
    const value = fillOne(text, values, match, groups);
    filled += value.length;
    if (filled > MAX_FILLED)
      throw dashboardError(
        'dashboards.query_too_large',
        `the values of the variables in "${text.slice(0, 80)}" have over ${MAX_FILLED} characters; choose fewer values`,
      );
    return value;
  });
}

function fillOne(text: string, values: VariableValues, match: string, groups: readonly unknown[]): string {
  const [plain, inBrackets, bracketFormat, inBraces, braceFormat, offset] = groups as [...(string | undefined)[], number];
  const name = (plain ?? inBrackets ?? inBraces ?? '') as string;
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) return match;
  const formatter = FORMATTERS[(bracketFormat ?? braceFormat ?? '') as string];
  const list = typeof value === 'string' ? [value] : value;
  // Any value: a query knows no list of all choices, and those that exist are never empty.
  if (list.includes(ALL)) return '.+';
  return formatter ? formatter(list, name) : fillPlain(name, list, text.slice(0, offset as number));
}

/** Within a string of PromQL: several values are alternatives of a regular expression, one is escaped for where it stands. */
function fillPlain(name: string, values: readonly string[], before: string): string {
  const [only] = values;
  if (values.length !== 1 || only === undefined) return alternatives(values.map((value) => escapeString(escapeRegExp(value))));
  if (name.startsWith('__')) return only;
  return escapeString(IN_REGEXP.test(before) ? escapeRegExp(only) : only);
}

const IN_REGEXP = /[=!]~\s*(?:"[^"]*|'[^']*)$/;

const FORMATTERS: Readonly<Record<string, (values: readonly string[], name: string) => string>> = {
  raw: (values) => values.join(','),
  text: (values) => values.join(' + '),
  csv: (values) => values.join(','),
  pipe: (values) => values.join('|'),
  glob: (values) => (values.length > 1 ? `{${values.join(',')}}` : values.join('')),
  regex: (values) => alternatives(values.map(escapeRegExp)),
  json: (values) => JSON.stringify(values.length === 1 ? values[0] : values),
  doublequote: (values) => values.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(','),
  singlequote: (values) => values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(','),
  sqlstring: (values) => values.map((value) => `'${value.replaceAll("'", "''")}'`).join(','),
  lucene: (values) => (values.length > 1 ? `(${values.map((value) => JSON.stringify(value)).join(' OR ')})` : values.join('')),
  percentencode: (values) => encodeURIComponent(values.length > 1 ? `{${values.join(',')}}` : values.join('')),
  queryparam: (values, name) => values.map((value) => `var-${name}=${encodeURIComponent(value)}`).join('&'),
  distributed: (values, name) => values.map((value, i) => (i === 0 ? value : `${name}=${value}`)).join(','),
};

function alternatives(values: readonly string[]): string {
  return values.length === 1 ? (values[0] as string) : `(${values.join('|')})`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&');
}

function escapeString(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
