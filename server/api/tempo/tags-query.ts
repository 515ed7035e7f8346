// Search by `tags` in logfmt, as it was before TraceQL: each value is looked for within the value of its tag, whatever the case, in
// the attributes of any span or resource of a trace.
import { RE2JS } from 're2js';
import type { SpanCondition, SpanField, SpanFilter } from '../../storage/store.ts';
import type { TraceSummary } from '../../traces/summary.ts';
import { invalidParameter } from './errors.ts';

/** What the tags ask for. */
export interface TagsQuery {
  readonly filters: readonly SpanFilter[];
  /** Set when something is asked of the root span. */
  readonly accept: ((trace: TraceSummary) => boolean) | undefined;
}

const PAIR = /\s*([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)/y;
const STATUSES: Readonly<Record<string, string>> = { '0': 'unset', '1': 'ok', '2': 'error' };

/** Reads `service.name=api http.url="a b"`. Throws `tempo.bad_request`. */
export function parseTagsQuery(text: string): TagsQuery {
  const filters: SpanFilter[] = [];
  const tests: ((trace: TraceSummary) => boolean)[] = [];
  for (const [name, value] of parsePairs(text)) {
    if (name === 'root.name' || name === 'root.service.name') {
      const wanted = value.toLowerCase();
      tests.push(({ root }) => (name === 'root.name' ? root?.name : root?.service)?.toLowerCase().includes(wanted) ?? false);
      filters.push(contains({ scope: 'intrinsic', name: name === 'root.name' ? 'name' : 'service' }, value));
    } else filters.push(filterOf(name, value));
  }
  return { filters, accept: tests.length === 0 ? undefined : (trace) => tests.every((test) => test(trace)) };
}

function parsePairs(text: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  const end = text.trimEnd().length;
  for (let at = 0; at < end; ) {
    PAIR.lastIndex = at;
    const match = PAIR.exec(text);
    if (!match)
      throw invalidParameter(
        'tags',
        `cannot read ${JSON.stringify(text.slice(at, at + 40))}: write name=value or name="a value", separated by blanks`,
      );
    const [whole, name = '', value = ''] = match;
    pairs.push([name, value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value]);
    at += whole.length;
  }
  return pairs;
}

function filterOf(name: string, value: string): SpanFilter {
  switch (name) {
    case 'name':
      return contains({ scope: 'intrinsic', name: 'name' }, value);
    case 'status':
    case 'status.code':
      return { field: { scope: 'intrinsic', name: 'status' }, op: '=', value: STATUSES[value] ?? value.toLowerCase() };
    case 'error':
      if (value === 'true')
        return { any: [{ field: { scope: 'intrinsic', name: 'status' }, op: '=', value: 'error' }, ...anyType(name, value)] };
      return { any: anyType(name, value) };
    default:
      return { any: anyType(name, value) };
  }
}

/** A value in logfmt has no type; numbers and booleans must be equal. */
function anyType(name: string, value: string): SpanCondition[] {
  const field: SpanField = { scope: 'any', name };
  const conditions = [contains(field, value)];
  if (/^-?\d{1,18}$/.test(value)) conditions.push({ field, op: '=', value: BigInt(value) });
  else if (value.trim() !== '' && Number.isFinite(Number(value))) conditions.push({ field, op: '=', value: Number(value) });
  if (value === 'true' || value === 'false') conditions.push({ field, op: '=', value: value === 'true' });
  return conditions;
}

function contains(field: SpanField, value: string): SpanCondition {
  return { field, op: '=~', value: `(?i).*${RE2JS.quote(value)}.*` };
}
