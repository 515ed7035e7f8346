import { compareText } from '../../model/labels.ts';
import { SPAN_KINDS, type Span } from '../../model/span.ts';
import { throwIfAborted, tooManySamples } from '../errors.ts';
import { tagValueOf } from '../span-fields.ts';
import { compileSpanFilter, spanFieldReader } from '../span-filter.ts';
import type { ReadLimits, SpanField, SpanTag, SpanTagValue, TagQuery, TraceSearch, TraceStore } from '../store.ts';

const VALUE_TYPES: readonly SpanTagValue['type'][] = ['string', 'int', 'float', 'bool', 'duration', 'keyword'];

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
    const traces = traceIds.map((id) => {
      const spans = new Map<string, Span>();
      for (const span of this.#spans.filter(({ traceId }) => traceId === id).sort(compareSpans)) {
        const key = `${span.spanId} ${span.kind}`;
        if (!spans.has(key)) spans.set(key, span);
      }
      return [...spans.values()];
    });
    const count = traces.reduce((sum, { length }) => sum + length, 0);
    if (limits.maxSamples !== undefined && count > limits.maxSamples) throw tooManySamples(limits.maxSamples);
    return traces;
  }

  async search(search: TraceSearch, limits: ReadLimits): Promise<string[]> {
    throwIfAborted(limits);
    const tests = search.filters.map(compileSpanFilter);
    const byTrace = new Map<string, Span[]>();
    for (const span of this.#spans) {
      if (!startsWithin(span, search)) continue;
      const spans = byTrace.get(span.traceId) ?? [];
      byTrace.set(span.traceId, spans);
      spans.push(span);
    }
    const found: { readonly id: string; readonly newestNs: bigint }[] = [];
    for (const [id, spans] of byTrace) {
      if (!isDurationWanted(spans, search) || !tests.every((test) => spans.some(test))) continue;
      const matching = spans.filter((span) => tests.length === 0 || tests.some((test) => test(span)));
      found.push({
        id,
        newestNs: extreme(
          matching
            .map(({ startNs }) => startNs)
            .sort(compareBig)
            .reverse(),
        ),
      });
    }
    found.sort((a, b) => compareBig(b.newestNs, a.newestNs) || compareText(a.id, b.id));
    return found.slice(0, Math.max(0, search.limit)).map(({ id }) => id);
  }

  async tags(query: TagQuery, limits: ReadLimits): Promise<SpanTag[]> {
    throwIfAborted(limits);
    const spans = this.#matching(query);
    const names = (scope: SpanTag['scope'], of: (span: Span) => object): SpanTag[] =>
      [...new Set(spans.flatMap((span) => Object.keys(of(span))))].sort(compareBytes).map((name) => ({ scope, name }));
    const all = [...names('resource', ({ resource }) => resource), ...names('span', ({ attributes }) => attributes)];
    return all.slice(0, Math.max(0, query.limit));
  }

  async tagValues(field: SpanField, query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]> {
    throwIfAborted(limits);
    const read = spanFieldReader(field);
    const isDuration = field.scope === 'intrinsic' && field.name === 'duration';
    const isKeyword = field.scope === 'intrinsic' && (field.name === 'status' || field.name === 'kind');
    const found = new Map<string, SpanTagValue>();
    for (const span of this.#matching(query)) {
      const value = read(span);
      const tag = value === undefined || (field.scope === 'intrinsic' && value === '') ? undefined : tagValueOf(value);
      if (tag)
        found.set(`${tag.type} ${tag.value}`, isKeyword ? { ...tag, type: 'keyword' } : isDuration ? { ...tag, type: 'duration' } : tag);
    }
    return [...found.values()].sort(compareTagValues).slice(0, Math.max(0, query.limit));
  }

  dropBefore(beforeNs: bigint): void {
    this.#spans = this.#spans.filter((span) => span.startNs >= beforeNs);
  }

  #matching(query: TagQuery): Span[] {
    const test = query.filter ? compileSpanFilter(query.filter) : () => true;
    return this.#spans.filter((span) => startsWithin(span, query) && test(span));
  }
}

function startsWithin({ startNs }: Span, span: { startNs: bigint; endNs: bigint }): boolean {
  return startNs >= span.startNs && startNs < span.endNs;
}

function isDurationWanted(spans: readonly Span[], { minTraceDurationNs, maxTraceDurationNs }: TraceSearch): boolean {
  const starts = spans.map(({ startNs }) => startNs).sort(compareBig);
  const ends = spans.map(({ endNs }) => endNs).sort(compareBig);
  const durationNs = extreme(ends.reverse()) - extreme(starts);
  return (minTraceDurationNs ?? durationNs) <= durationNs && durationNs <= (maxTraceDurationNs ?? durationNs);
}

function extreme(sorted: readonly bigint[]): bigint {
  return sorted[0] ?? 0n;
}

function compareSpans(a: Span, b: Span): number {
  const byStart = compareBig(a.startNs, b.startNs);
  return byStart || compareBytes(a.spanId, b.spanId) || SPAN_KINDS.indexOf(a.kind) - SPAN_KINDS.indexOf(b.kind);
}

/** By type, then texts by their bytes and numbers by their size. */
function compareTagValues(a: SpanTagValue, b: SpanTagValue): number {
  if (a.type !== b.type) return VALUE_TYPES.indexOf(a.type) - VALUE_TYPES.indexOf(b.type);
  if (a.type === 'int' || a.type === 'duration') return compareBig(BigInt(a.value), BigInt(b.value));
  if (a.type !== 'float') return compareBytes(a.value, b.value);
  const [left, right] = [Number(a.value), Number(b.value)];
  return Number.isNaN(left) || Number.isNaN(right) ? Number(Number.isNaN(left)) - Number(Number.isNaN(right)) : left - right;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareBig(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
