import type { Span } from '../../model/span.ts';
import { throwIfAborted, tooManySamples } from '../errors.ts';
import { compileSpanFilter, spanFieldReader } from '../span-filter.ts';
import type { ReadLimits, SpanField, SpanTag, SpanTagValue, TagQuery, TraceSearch, TraceStore } from '../store.ts';
import { tagValueOf } from '../tag-value.ts';

/** The reference implementation of traces: one array of spans. */
export class MemoryTraceStore implements TraceStore {
  #spans: Span[] = [];
  spansAppended = 0;

  async append(spans: readonly Span[]): Promise<void> {
    for (const span of spans) this.#spans.push(span);
    this.spansAppended += spans.length;
  }

  async traces(traceIds: readonly string[], limits: ReadLimits): Promise<Span[][]> {
    throwIfAborted(limits);
    const byId = new Map(traceIds.map((id) => [id, new Map<string, Span>()]));
    for (const span of this.#spans) {
      const trace = byId.get(span.traceId);
      if (trace && !trace.has(span.spanId)) trace.set(span.spanId, span);
    }
    const total = [...byId.values()].reduce((sum, trace) => sum + trace.size, 0);
    if (limits.maxSamples !== undefined && total > limits.maxSamples) throw tooManySamples(limits.maxSamples);
    return traceIds.map((id) => [...(byId.get(id)?.values() ?? [])].sort(byStart));
  }

  async search(search: TraceSearch, limits: ReadLimits): Promise<string[]> {
    throwIfAborted(limits);
    const { minTraceDurationNs = 0n, maxTraceDurationNs } = search;
    const tests = search.filters.map(compileSpanFilter);
    const found: { id: string; newestNs: bigint }[] = [];
    for (const [id, spans] of this.#tracesBetween(search)) {
      if (!tests.every((test) => spans.some(test))) continue;
      const durationNs = durationOf(spans);
      if (durationNs < minTraceDurationNs || (maxTraceDurationNs !== undefined && durationNs > maxTraceDurationNs)) continue;
      const matching = tests.length === 0 ? spans : spans.filter((span) => tests.some((test) => test(span)));
      found.push({ id, newestNs: (matching.at(-1) as Span).startNs });
    }
    found.sort((a, b) => (a.newestNs === b.newestNs ? (a.id < b.id ? -1 : 1) : a.newestNs > b.newestNs ? -1 : 1));
    return found.slice(0, search.limit).map(({ id }) => id);
  }

  async tags(query: TagQuery, limits: ReadLimits): Promise<SpanTag[]> {
    throwIfAborted(limits);
    const tags = new Map<string, SpanTag>();
    for (const span of this.#spansOf(query)) {
      for (const name of Object.keys(span.resource)) tags.set(`resource.${name}`, { scope: 'resource', name });
      for (const name of Object.keys(span.attributes)) tags.set(`span.${name}`, { scope: 'span', name });
    }
    const sorted = [...tags].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tag]) => tag);
    return sorted.slice(0, query.limit);
  }

  async tagValues(field: SpanField, query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]> {
    throwIfAborted(limits);
    const read = spanFieldReader(field);
    const values = new Map<string, SpanTagValue>();
    for (const span of this.#spansOf(query)) {
      const value = read(span);
      if (value === undefined) continue;
      const found = tagValueOf(field, value);
      values.set(`${found.type} ${found.value}`, found);
    }
    const sorted = [...values.values()].sort((a, b) => (a.value === b.value ? (a.type < b.type ? -1 : 1) : a.value < b.value ? -1 : 1));
    return sorted.slice(0, query.limit);
  }

  dropBefore(beforeNs: bigint): void {
    this.#spans = this.#spans.filter((span) => span.startNs >= beforeNs);
  }

  *#spansOf({ startNs, endNs, filter }: TagQuery): Iterable<Span> {
    const isWanted = filter ? compileSpanFilter(filter) : () => true;
    for (const span of this.#spans) if (span.startNs >= startNs && span.startNs < endNs && isWanted(span)) yield span;
  }

  #tracesBetween({ startNs, endNs }: TraceSearch): Map<string, Span[]> {
    const traces = new Map<string, Span[]>();
    for (const span of [...this.#spans].sort(byStart)) {
      if (span.startNs < startNs || span.startNs >= endNs) continue;
      const trace = traces.get(span.traceId);
      if (trace) trace.push(span);
      else traces.set(span.traceId, [span]);
    }
    return traces;
  }
}

/** Of spans by start time, at least one. */
function durationOf(spans: readonly Span[]): bigint {
  const [first, ...others] = spans as [Span, ...Span[]];
  let endNs = first.endNs;
  for (const span of others) if (span.endNs > endNs) endNs = span.endNs;
  return endNs - first.startNs;
}

function byStart(a: Span, b: Span): number {
  return a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0;
}
