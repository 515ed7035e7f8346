// Functions that write labels.
import type { RE2JS } from 're2js';
import { compileAnchored } from '../../model/matcher.ts';
import { type Rows, withLabels, withoutEmptyRows } from '../../vector/rows.ts';
import { promqlError } from '../errors.ts';
import { argOf, labelNameOf, type VectorFunction } from './function.ts';

export const LABEL_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  label_replace(call, context) {
    const rows = withoutEmptyRows(context.vector(argOf(call, 0)));
    const [replacement, source, expression] = [2, 3, 4].map((i) => context.text(argOf(call, i))) as [string, string, string];
    const pattern = compileFor(expression);
    const target = labelNameOf(argOf(call, 1), (name) => `invalid destination label name in label_replace(): ${name}`);
    const template = parseTemplate(replacement);
    const replaced = memoise((value) => expand(pattern, template, value));
    const values = rows.labels.map((labels) => replaced(labels.get(source)));
    return withWritten(rows, target, values);
  },
  label_join(call, context) {
    const rows = withoutEmptyRows(context.vector(argOf(call, 0)));
    const sources = call.args.slice(3).map((arg) => labelNameOf(arg, (name) => `invalid source label name in label_join(): ${name}`));
    const target = labelNameOf(argOf(call, 1), (name) => `invalid destination label name in label_join(): ${name}`);
    const separator = context.text(argOf(call, 2));
    const values = rows.labels.map((labels) => sources.map((name) => labels.get(name)).join(separator));
    return withWritten(rows, target, values);
  },
};

/** Sets a label of each row, undefined leaves it as it is. A metric name written here is not dropped later. */
function withWritten(rows: Rows, target: string, values: readonly (string | undefined)[]): Rows {
  const labels = rows.labels.map((each, row) => each.with(target, values[row] ?? each.get(target)));
  if (!rows.nameDropped || target !== '__name__') return withLabels(rows, labels);
  return withLabels({ ...rows, nameDropped: rows.nameDropped.map((flag, row) => (values[row] === undefined ? flag : 0)) }, labels);
}

function compileFor(expression: string): RE2JS {
  try {
    return compileAnchored(expression);
  } catch (cause) {
    throw promqlError('promql.execution', `invalid regular expression in label_replace(): ${expression}`, cause);
  }
}

/** A replacement: literal text, or a capture group by number or name. */
type TemplatePart = { readonly text: string } | { readonly group: string };

/** `$1`, `$name`, `${1}`, `${name}` and `$$`; the name after a bare `$` is as long as possible. Other `$` stay as they are. */
function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  for (const match of template.matchAll(/\$(?:\$|(\w+)|\{(\w+)\})/g)) {
    parts.push({ text: template.slice(from, match.index) });
    const group = match[1] ?? match[2];
    parts.push(group === undefined ? { text: '$' } : { group });
    from = match.index + match[0].length;
  }
  parts.push({ text: template.slice(from) });
  return parts;
}

/** The replacement for `value`, undefined when the expression does not match. Unknown groups are empty. */
function expand(pattern: RE2JS, template: readonly TemplatePart[], value: string): string | undefined {
  const matcher = pattern.matcher(value);
  if (!matcher.find()) return undefined;
  const named = matcher.getNamedGroups();
  return template
    .map((part) => {
      if ('text' in part) return part.text;
      const isNumber = /^\d+$/.test(part.group);
      if (isNumber) return Number(part.group) <= matcher.groupCount() ? (matcher.group(Number(part.group)) ?? '') : '';
      return named[part.group] ?? '';
    })
    .join('');
}

function memoise(compute: (value: string) => string | undefined): (value: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (value) => {
    if (!known.has(value)) known.set(value, compute(value));
    return known.get(value);
  };
}
