// Fills `$name`, `${name}`, `${name:format}`, `${name.field}` and `[[name]]` in query texts, as Grafana does for Prometheus.

/** Values by name: a text, or several (a variable with multiple choices). */
export type VariableValues = Readonly<Record<string, string | readonly string[]>>;

const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.[^:^}]+)?(?::([^}]+))?\}/g;

/** `text` with variables filled in; unknown ones stay as they are, so that the error about them shows their name. */
export function fillVariables(text: string, values: VariableValues): string {
  return text.replace(REFERENCE, (match, ...groups: (string | undefined)[]) => {
    const [plain, inBrackets, bracketFormat, inBraces, braceFormat] = groups;
    const name = plain ?? inBrackets ?? inBraces ?? '';
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? match : formatValue(name, value, bracketFormat ?? braceFormat ?? '');
  });
}

function formatValue(name: string, value: string | readonly string[], format: string): string {
  const list = typeof value === 'string' ? [value] : value;
  const formatter = FORMATTERS[format];
  if (formatter) return formatter(list, name);
  // Within a string of PromQL: one value is compared as it is, several are alternatives of a regular expression.
  if (typeof value === 'string') return name.startsWith('__') ? value : escapeString(value);
  return alternatives(list.map((item) => escapeString(escapeRegExp(item))));
}

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
