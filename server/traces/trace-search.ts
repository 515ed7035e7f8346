// Search for traces: the store finds candidates by conditions on single spans, the query is evaluated on each whole trace, and
// what is found is summed up.
import type { AttributeValue, Span } from '../model/span.ts';
import { toTraceId } from '../model/trace-id.ts';
import { deadline } from '../storage/deadline.ts';
import { throwIfAborted } from '../storage/errors.ts';
import type { ReadLimits, SpanFilter, TraceStore } from '../storage/store.ts';
import { ManyValues } from '../traceql/engine/field-value.ts';
import type { Spanset } from '../traceql/engine/spansets.ts';
import { buildTraceTree, type SpanNode, type TraceTree } from '../traceql/engine/trace-tree.ts';
import { compileTraceql, type ShownField, type TraceqlQuery } from '../traceql/query.ts';
import { type CandidatePage, readCandidates, readTraces } from './candidates.ts';
import { summarize, type TraceSummary } from './summary.ts';

/** Which traces are wanted. */
export interface TraceSearchRequest {
  /** TraceQL; '' = every trace. */
  readonly query: string;
  /** Traces with a span that starts in the span of time; first nanosecond included, last not. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Each must hold for some span of the trace, beside the query. */
  readonly filters?: readonly SpanFilter[] | undefined;
  /** A further test of the whole trace. */
  readonly accept?: ((trace: TraceSummary) => boolean) | undefined;
  /** Of the whole trace, both included. */
  readonly minDurationNs?: bigint | undefined;
  readonly maxDurationNs?: bigint | undefined;
  readonly limit: number;
  /** Spans to show of each spanset; 0 = all. */
  readonly spansPerSpanset: number;
}

/** A span that matches, with the values that the query looked at. */
export interface FoundSpan {
  readonly span: Span;
  readonly attributes: readonly NamedValue[];
}

export interface NamedValue {
  readonly name: string;
  readonly value: AttributeValue;
}

/** Spans that match together; `by(…)` makes several of them. */
export interface FoundSpanset {
  /** The first ones, as many as were asked for. */
  readonly spans: readonly FoundSpan[];
  /** How many there are. */
  readonly matched: number;
  /** What `by(…)` grouped them by. */
  readonly attributes: readonly NamedValue[];
}

export interface FoundTrace extends TraceSummary {
  /** At least one. */
  readonly spansets: readonly FoundSpanset[];
}

export interface TraceSearchResult {
  /** Those with the newest matching span first. */
  readonly traces: readonly FoundTrace[];
  /** Whether more traces match, or may: the limit was reached, or too many had to be looked at or shown. */
  readonly isCut: boolean;
  readonly inspectedTraces: number;
  readonly inspectedSpans: number;
}

/** Finds traces. */
export interface TraceSearchEngine {
  /** Throws `traceql.*` for a query that is none, and what the store throws. `limits.timeoutMs` is of the whole search. */
  search(request: TraceSearchRequest, limits: ReadLimits): Promise<TraceSearchResult>;
}

/** When not every candidate matches, so many more are looked at than are wanted. */
const SPARE = 2;
const MIN_PAGE = 100;
/** Spans that an answer holds on to. */
const MAX_SHOWN_SPANS = 100_000;
const TURN_MS = 8;

/** Creates the search over a store. */
export function createTraceSearch({ store }: { readonly store: TraceStore }): TraceSearchEngine {
  return {
    async search(request, limits) {
      const query = compileTraceql(request.query === '' ? '{}' : request.query);
      const traces: FoundTrace[] = [];
      let inspectedTraces = 0;
      let inspectedSpans = 0;
      let isCut = false;
      let shownSpans = 0;
      const answer = () => ({ traces, isCut, inspectedTraces, inspectedSpans });
      const remaining = deadline(limits);
      const pause = createPause();
      for await (const page of candidatesOf(store, query, request, remaining)) {
        isCut ||= page.isCut;
        for (const spans of page.traces) {
          if (await pause()) throwIfAborted(remaining());
          inspectedTraces++;
          inspectedSpans += spans.length;
          const found = match(buildTraceTree(spans), query, request);
          if (!found) continue;
          if (traces.length >= request.limit || shownSpans >= MAX_SHOWN_SPANS) {
            isCut = true;
            return answer();
          }
          traces.push(found);
          shownSpans += found.spansets.reduce((sum, spanset) => sum + spanset.spans.length, 0);
        }
      }
      return answer();
    },
  };
}

/** Lets other work run when traces were evaluated for a few milliseconds; answers whether it did. */
function createPause(): () => Promise<boolean> {
  let startMs = performance.now();
  return async () => {
    if (performance.now() - startMs < TURN_MS) return false;
    await new Promise<void>((resolve) => setImmediate(resolve));
    startMs = performance.now();
    return true;
  };
}

function candidatesOf(
  store: TraceStore,
  query: TraceqlQuery,
  request: TraceSearchRequest,
  limits: () => ReadLimits,
): AsyncIterable<CandidatePage> {
  const { plan } = query;
  const { minDurationNs, maxDurationNs, limit, accept } = request;
  if (plan.isNever || limit === 0) return readTraces(store, [], limits);
  if (plan.traceId !== undefined) {
    const traceId = toTraceId(plan.traceId);
    return readTraces(store, traceId === undefined ? [] : [traceId], limits);
  }
  const isExact = plan.isExact && minDurationNs === undefined && maxDurationNs === undefined && !accept;
  // One more than wanted tells whether there are more.
  const firstPage = isExact ? limit + 1 : Math.max(MIN_PAGE, limit * SPARE);
  const search = {
    startNs: request.startNs,
    endNs: request.endNs,
    filters: [...plan.filters, ...(request.filters ?? [])],
    minTraceDurationNs: largest(plan.minTraceDurationNs, minDurationNs),
    // No maximum: of a trace that began before the span of time the store would measure only a part.
  };
  return readCandidates(store, search, firstPage, limits);
}

function largest(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function match(trace: TraceTree, query: TraceqlQuery, request: TraceSearchRequest): FoundTrace | undefined {
  const durationNs = trace.endNs - trace.startNs;
  if (request.minDurationNs !== undefined && durationNs < request.minDurationNs) return undefined;
  if (request.maxDurationNs !== undefined && durationNs > request.maxDurationNs) return undefined;
  const spansets = query.match(trace);
  if (spansets.length === 0) return undefined;
  const summary = summarize(trace);
  if (request.accept && !request.accept(summary)) return undefined;
  return { ...summary, spansets: spansets.map((spanset) => toFoundSpanset(spanset, query.fields, request.spansPerSpanset)) };
}

function toFoundSpanset({ nodes, groups }: Spanset, fields: readonly ShownField[], most: number): FoundSpanset {
  const shown = most === 0 ? nodes : nodes.slice(0, most);
  return {
    spans: shown.map((node) => ({ span: node.span, attributes: valuesOf(node, fields) })),
    matched: nodes.length,
    attributes: groups.map(({ name, value }) => ({ name, value: value ?? 'nil' })),
  };
}

function valuesOf(node: SpanNode, fields: readonly ShownField[]): NamedValue[] {
  const values: NamedValue[] = [];
  for (const { name, read } of fields) {
    const found = read(node);
    const value = found instanceof ManyValues ? found.values[0] : found;
    if (value !== undefined) values.push({ name, value });
  }
  return values;
}
