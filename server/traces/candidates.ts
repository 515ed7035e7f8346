// Ids of traces that may match, a page at a time, and their spans. The store answers with the newest first and knows no offset, so
// each page asks for more than the last and leaves out what was seen.
import { isAppError } from '../model/app-error.ts';
import type { Span } from '../model/span.ts';
import type { ReadLimits, TraceSearch, TraceStore } from '../storage/store.ts';

const GROWTH = 4;
/** Traces that are looked at for one search, however few of them match. */
const MAX_CANDIDATES = 200_000;
const TRACES_AT_ONCE = 1_000;
const SPANS_AT_ONCE = 200_000;

/** Some traces, and whether more may follow. */
export interface CandidatePage {
  /** The spans of each; a trace that is too large to be looked at is missing. */
  readonly traces: readonly (readonly Span[])[];
  /** Set when traces were left out for their size, or because there were too many candidates. */
  readonly isCut: boolean;
}

/** Candidates in the order of the store, the first `firstPage` of them asked for at once; `limits` tells those of each next read. */
export async function* readCandidates(
  store: TraceStore,
  search: Omit<TraceSearch, 'limit'>,
  firstPage: number,
  limits: () => ReadLimits,
): AsyncGenerator<CandidatePage> {
  const seen = new Set<string>();
  for (let limit = Math.min(firstPage, MAX_CANDIDATES); ; limit = Math.min(limit * GROWTH, MAX_CANDIDATES)) {
    const ids = await store.search({ ...search, limit }, limits());
    const fresh = ids.filter((id) => !seen.has(id));
    for (const id of fresh) seen.add(id);
    yield* readTraces(store, fresh, limits);
    if (ids.length < limit) return;
    if (limit === MAX_CANDIDATES) return yield { traces: [], isCut: true };
  }
}

/** The traces with these ids, some at a time; other work runs in between. */
export async function* readTraces(store: TraceStore, ids: readonly string[], limits: () => ReadLimits): AsyncGenerator<CandidatePage> {
  for (let i = 0; i < ids.length; i += TRACES_AT_ONCE) {
    yield await readSome(store, ids.slice(i, i + TRACES_AT_ONCE), limits);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

async function readSome(store: TraceStore, ids: readonly string[], limits: () => ReadLimits): Promise<CandidatePage> {
  try {
    const traces = await store.traces(ids, { ...limits(), maxSamples: SPANS_AT_ONCE });
    return { traces: traces.filter((spans) => spans.length > 0), isCut: false };
  } catch (error) {
    if (!isAppError(error, 'storage.too_many_samples')) throw error;
    // One runaway trace must not fail every search that meets it.
    if (ids.length === 1) return { traces: [], isCut: true };
    const half = Math.ceil(ids.length / 2);
    const first = await readSome(store, ids.slice(0, half), limits);
    const second = await readSome(store, ids.slice(half), limits);
    return { traces: [...first.traces, ...second.traces], isCut: first.isCut || second.isCut };
  }
}
