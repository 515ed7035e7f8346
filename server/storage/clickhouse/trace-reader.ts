import type { Span } from '../../model/span.ts';
import { deadline } from '../deadline.ts';
import { tooManySamples } from '../errors.ts';
import type { ReadLimits, TraceSearch } from '../store.ts';
import { type Driver, queryAll } from './driver.ts';
import { readSpans, SPAN_SELECTION } from './span-batch.ts';
import { Bindings, compileSpanFilter } from './span-filter.ts';
import { SPAN_STRETCH_NS } from './tables.ts';
import { clampNs, most, type NsSpan } from './time-span.ts';

const FIRST_SLICE_NS = 60_000_000_000n;
const SLICE_GROWTH = 4n;

/** Answers TraceStore.traces. */
export async function readTraces(driver: Driver, traceIds: readonly string[], limits: ReadLimits): Promise<Span[][]> {
  const maxSpans = limits.maxSamples ?? Number.POSITIVE_INFINITY;
  const byId = new Map<string, Span[]>(traceIds.map((id) => [id, []]));
  if (byId.size === 0) return [];
  // One span of two kinds is two: a client and its server may share an id (Zipkin's B3).
  const sql = `SELECT ${SPAN_SELECTION} FROM trace_spans WHERE trace_id IN {ids:Array(String)}
    ORDER BY start_ns, span_id, kind LIMIT 1 BY trace_id, span_id, kind`;
  let spans = 0;
  for await (const block of driver.query(sql, { ids: [...byId.keys()] }, limits)) {
    spans += block.rows;
    if (spans > maxSpans) throw tooManySamples(maxSpans);
    for (const span of readSpans(block)) byId.get(span.traceId)?.push(span);
  }
  return traceIds.map((id) => [...(byId.get(id) ?? [])]);
}

/** Answers TraceStore.search. */
export async function searchTraces(driver: Driver, search: TraceSearch, limits: ReadLimits): Promise<string[]> {
  if (search.limit <= 0 || search.startNs >= search.endNs) return [];
  const isByTrace = search.filters.length > 1 || search.minTraceDurationNs !== undefined || search.maxTraceDurationNs !== undefined;
  return isByTrace ? searchAtOnce(driver, search, limits) : searchBySlice(driver, search, limits);
}

/** The condition that a span starts within a span of time. */
export function whereStarts({ startNs, endNs }: NsSpan, bindings: Bindings): string {
  const start = clampNs(startNs);
  const end = clampNs(endNs);
  const stretch = `intDiv(start_ns, ${SPAN_STRETCH_NS})`;
  return `${stretch} >= ${bindings.add('Int64', start / SPAN_STRETCH_NS)} AND ${stretch} <= ${bindings.add('Int64', end / SPAN_STRETCH_NS)}
    AND start_ns >= ${bindings.add('Int64', start)} AND start_ns < ${bindings.add('Int64', end)}`;
}

/** With one condition on one span the newest traces are found by looking at the newest spans first. */
async function searchBySlice(driver: Driver, search: TraceSearch, limits: ReadLimits): Promise<string[]> {
  const found = new Set<string>();
  const remaining = deadline(limits);
  const startNs = clampNs(search.startNs);
  let endNs = clampNs(search.endNs);
  for (let width = FIRST_SLICE_NS; endNs > startNs && found.size < search.limit; width *= SLICE_GROWTH) {
    const sliceNs = most(endNs - width, startNs);
    const bindings = new Bindings();
    const filters = search.filters.map((filter) => ` AND ${compileSpanFilter(filter, bindings)}`).join('');
    const sql = `SELECT trace_id FROM trace_spans WHERE ${whereStarts({ startNs: sliceNs, endNs }, bindings)}${filters}
      GROUP BY trace_id ORDER BY max(start_ns) DESC, trace_id LIMIT ${bindings.add('UInt64', search.limit + found.size)}`;
    for (const block of await queryAll(driver, sql, bindings.values, remaining()))
      for (const id of block.strings('trace_id')) found.add(id);
    endNs = sliceNs;
  }
  return [...found].slice(0, search.limit);
}

/** Conditions that different spans of a trace may meet, or on the trace as a whole, need all of its spans. */
async function searchAtOnce(driver: Driver, search: TraceSearch, limits: ReadLimits): Promise<string[]> {
  const bindings = new Bindings();
  const starts = whereStarts(search, bindings);
  const filters = search.filters.map((filter) => compileSpanFilter(filter, bindings));
  const any = filters.length === 0 ? '1' : `(${filters.join(' OR ')})`;
  const each = filters.map((filter) => `max(${filter})`).join(' AND ');
  const matching = `SELECT trace_id FROM trace_spans WHERE ${starts} AND ${any} GROUP BY trace_id${each && ` HAVING ${each}`}`;
  const limit = bindings.add('UInt64', search.limit);
  const durations: string[] = [];
  const duration = 'max(end_ns) - min(start_ns)';
  if (search.minTraceDurationNs !== undefined) durations.push(`${duration} >= ${bindings.add('Int64', search.minTraceDurationNs)}`);
  if (search.maxTraceDurationNs !== undefined) durations.push(`${duration} <= ${bindings.add('Int64', search.maxTraceDurationNs)}`);
  const sql =
    durations.length === 0
      ? `${matching} ORDER BY max(start_ns) DESC, trace_id LIMIT ${limit}`
      : `SELECT trace_id FROM trace_spans WHERE ${starts}${filters.length > 0 ? ` AND trace_id IN (${matching})` : ''}
         GROUP BY trace_id HAVING ${durations.join(' AND ')} ORDER BY maxIf(start_ns, ${any}) DESC, trace_id LIMIT ${limit}`;
  const ids: string[] = [];
  for (const block of await queryAll(driver, sql, bindings.values, limits)) ids.push(...block.strings('trace_id'));
  return ids;
}
