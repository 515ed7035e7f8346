import type { Span } from '../../model/span.ts';
import { attributeText } from '../attribute-text.ts';
import { throwIfAborted } from '../errors.ts';
import type { ReadLimits, TraceSearch, TraceStore } from '../store.ts';

/** The reference implementation of traces: one array of spans. */
export class MemoryTraceStore implements TraceStore {
  #spans: Span[] = [];
  spansAppended = 0;

  async append(spans: readonly Span[]): Promise<void> {
    for (const span of spans) this.#spans.push(span);
    this.spansAppended += spans.length;
  }

  async trace(traceId: string, limits: ReadLimits): Promise<Span[]> {
    throwIfAborted(limits);
    return this.#spans.filter((span) => span.traceId === traceId).sort(byStart);
  }

  async search(search: TraceSearch, limits: ReadLimits): Promise<string[]> {
    throwIfAborted(limits);
    const found = this.#spans.filter((span) => isWanted(span, search)).sort((a, b) => byStart(b, a));
    return [...new Set(found.map((span) => span.traceId))].slice(0, search.limit);
  }

  dropBefore(beforeNs: bigint): void {
    this.#spans = this.#spans.filter((span) => span.startNs >= beforeNs);
  }
}

function byStart(a: Span, b: Span): number {
  return a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0;
}

function isWanted(span: Span, search: TraceSearch): boolean {
  const durationNs = span.endNs - span.startNs;
  if (span.startNs < search.startNs || span.startNs >= search.endNs) return false;
  if (search.service !== undefined && span.service !== search.service) return false;
  if (search.spanName !== undefined && span.name !== search.spanName) return false;
  if (search.minDurationNs !== undefined && durationNs < search.minDurationNs) return false;
  if (search.maxDurationNs !== undefined && durationNs > search.maxDurationNs) return false;
  return Object.entries(search.attributes ?? {}).every(([name, wanted]) =>
    [span.attributes[name], span.resource[name]].some((value) => value !== undefined && attributeText(value) === wanted),
  );
}
