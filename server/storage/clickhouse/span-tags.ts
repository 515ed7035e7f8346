import { KEYWORDS, tagValueOf } from '../span-fields.ts';
import type { ReadLimits, SpanField, SpanTag, SpanTagValue, TagQuery } from '../store.ts';
import { type Driver, queryAll } from './driver.ts';
import { ATTRIBUTE_TYPES, attributeValue } from './span-attributes.ts';
import { Bindings, compileSpanFilter, elementOf } from './span-filter.ts';
import { whereStarts } from './trace-reader.ts';

const VALUE_COLUMNS = ['types', 'texts', 'ints', 'doubles'] as const;

/** Answers TraceStore.tags. */
export async function readTags(driver: Driver, query: TagQuery, limits: ReadLimits): Promise<SpanTag[]> {
  const tags: SpanTag[] = [];
  for (const scope of ['resource', 'span'] as const) {
    const limit = query.limit - tags.length;
    if (limit <= 0) break;
    const bindings = new Bindings();
    const sql = `SELECT DISTINCT CAST(arrayJoin(${scope}_names) AS String) AS tag FROM trace_spans WHERE ${whereQuery(query, bindings)}
      ORDER BY tag LIMIT ${bindings.add('UInt64', limit)}`;
    for (const block of await queryAll(driver, sql, bindings.values, limits))
      tags.push(...block.strings('tag').map((name) => ({ scope, name })));
  }
  return tags;
}

/** Answers TraceStore.tagValues. */
export async function readTagValues(driver: Driver, field: SpanField, query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]> {
  if (query.limit <= 0) return [];
  if (field.scope !== 'intrinsic') return readAttributeValues(driver, field, query, limits);
  switch (field.name) {
    case 'duration':
      return readDurations(driver, query, limits);
    case 'status':
    case 'kind':
      return readKeywords(driver, field.name, query, limits);
    default:
      return readTexts(driver, field.name === 'statusMessage' ? 'status_message' : field.name, query, limits);
  }
}

function whereQuery(query: TagQuery, bindings: Bindings): string {
  const starts = whereStarts(query, bindings);
  return query.filter ? `${starts} AND ${compileSpanFilter(query.filter, bindings)}` : starts;
}

async function readTexts(driver: Driver, column: string, query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]> {
  const bindings = new Bindings();
  const sql = `SELECT DISTINCT CAST(${column} AS String) AS value FROM trace_spans WHERE ${whereQuery(query, bindings)} AND ${column} != ''
    ORDER BY value LIMIT ${bindings.add('UInt64', query.limit)}`;
  const blocks = await queryAll(driver, sql, bindings.values, limits);
  return blocks.flatMap((block) => block.strings('value')).map((value) => ({ type: 'string', value }));
}

async function readDurations(driver: Driver, query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]> {
  const bindings = new Bindings();
  const sql = `SELECT DISTINCT end_ns - start_ns AS duration FROM trace_spans WHERE ${whereQuery(query, bindings)}
    ORDER BY duration LIMIT ${bindings.add('UInt64', query.limit)}`;
  const blocks = await queryAll(driver, sql, bindings.values, limits);
  return blocks.flatMap((block) => Array.from(block.fixed('duration', 'Int64'), (value) => ({ type: 'duration', value: `${value}` })));
}

async function readKeywords(driver: Driver, column: 'status' | 'kind', query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]> {
  const bindings = new Bindings();
  const sql = `SELECT DISTINCT ${column} AS number FROM trace_spans WHERE ${whereQuery(query, bindings)}`;
  const words: string[] = [];
  for (const block of await queryAll(driver, sql, bindings.values, limits))
    for (const number of block.fixed('number', 'UInt8')) words.push(KEYWORDS[column][number] ?? KEYWORDS[column][0]);
  return words
    .sort()
    .slice(0, query.limit)
    .map((value) => ({ type: 'keyword', value }));
}

async function readAttributeValues(
  driver: Driver,
  field: Exclude<SpanField, { scope: 'intrinsic' }>,
  query: TagQuery,
  limits: ReadLimits,
): Promise<SpanTagValue[]> {
  const bindings = new Bindings();
  const name = bindings.add('String', field.name);
  const columns = VALUE_COLUMNS.map((column) => {
    if (field.scope !== 'any') return `${elementOf(field.scope, column, name)} AS ${column}`;
    return `if(has(span_names, ${name}), ${elementOf('span', column, name)}, ${elementOf('resource', column, name)}) AS ${column}`;
  });
  const isValue = `types > 0 AND types < ${ATTRIBUTE_TYPES.json}`;
  const sql = `SELECT DISTINCT ${columns.join(', ')} FROM trace_spans WHERE ${whereQuery(query, bindings)} AND ${isValue}
    ORDER BY types, texts, ints, doubles LIMIT ${bindings.add('UInt64', query.limit)}`;
  const values: SpanTagValue[] = [];
  for (const block of await queryAll(driver, sql, bindings.values, limits)) {
    const types = block.fixed('types', 'UInt8');
    const ints = block.fixed('ints', 'Int64');
    const doubles = block.fixed('doubles', 'Float64');
    block.strings('texts').forEach((text, i) => {
      const value = tagValueOf(attributeValue(types[i] as number, text, ints[i] as bigint, doubles[i] as number));
      if (value) values.push(value);
    });
  }
  return values;
}
