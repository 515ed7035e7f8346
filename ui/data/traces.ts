// Our own API of traces, and Tempo's for the names and values of attributes.
import type { TraceList, TraceServices, TraceView } from '@alidade/sdk/schema';
import { queryOptions } from '@tanstack/react-query';
import { ApiError, getJson } from './client.ts';
import type { AbsoluteRange } from './time-range.ts';

/** A question to the search. Durations in milliseconds, of the whole trace. */
export interface TraceQuestion {
  /** TraceQL; '' finds all. */
  readonly q: string;
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
  readonly limit: number;
}

const FRESH_MS = 30_000;
const MOST_VALUES = 200;

/** Finds traces, newest first. Throws ApiError. */
export function findTraces({ q, minMs, maxMs, limit }: TraceQuestion, range: AbsoluteRange, signal?: AbortSignal): Promise<TraceList> {
  const params = rangeParams(range);
  if (q.trim() !== '') params.set('q', q);
  if (minMs !== undefined) params.set('minDurationMs', String(minMs));
  if (maxMs !== undefined) params.set('maxDurationMs', String(maxMs));
  params.set('limit', String(limit));
  return getJson<TraceList>(`/api/ui/traces?${params}`, signal);
}

/** One trace. It may still grow: ask again with `refetch`. */
export const traceQuery = (traceId: string) =>
  queryOptions({
    queryKey: ['trace', traceId],
    queryFn: ({ signal }) => getJson<TraceView>(`/api/ui/traces/${encodeURIComponent(traceId)}`, signal),
    staleTime: FRESH_MS,
    retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
  });

/** Services and their operations. */
export const traceServicesQuery = (range: AbsoluteRange) =>
  queryOptions({
    queryKey: ['traces', 'services', ...coarse(range)],
    queryFn: ({ signal }) => getJson<TraceServices>(`/api/ui/traces/services?${rangeParams(range)}`, signal),
    staleTime: FRESH_MS,
    placeholderData: (before) => before,
  });

/** A name of an attribute as a query writes it: `span.http.route`, `resource.host.name`. */
export const traceTagsQuery = (range: AbsoluteRange) =>
  queryOptions({
    queryKey: ['traces', 'tags', ...coarse(range)],
    queryFn: async ({ signal }) => {
      const answer = await getJson<TagsAnswer>(`/api/v2/search/tags?${secondsParams(range)}`, signal);
      const scopes = answer.scopes.filter(({ name }) => name === 'span' || name === 'resource');
      return scopes.flatMap(({ name: scope, tags }) => tags.map((tag) => `${scope}.${tag}`));
    },
    staleTime: FRESH_MS,
  });

/** Values of an attribute (`span.x`, `resource.x`, `.x`) with their types. */
export const traceTagValuesQuery = (tag: string, range: AbsoluteRange) =>
  queryOptions({
    queryKey: ['traces', 'values', tag, ...coarse(range)],
    queryFn: async ({ signal }) => {
      const path = `/api/v2/search/tag/${encodeURIComponent(tag)}/values?${secondsParams(range)}`;
      return (await getJson<TagValuesAnswer>(path, signal)).tagValues.slice(0, MOST_VALUES);
    },
    staleTime: FRESH_MS,
  });

interface TagsAnswer {
  readonly scopes: readonly { readonly name: string; readonly tags: readonly string[] }[];
}

/** `type` as Tempo names it: string, int, float, bool, keyword. */
export interface TagValue {
  readonly type: string;
  readonly value: string;
}

interface TagValuesAnswer {
  readonly tagValues: readonly TagValue[];
}

function rangeParams({ fromMs, toMs }: AbsoluteRange): URLSearchParams {
  return new URLSearchParams({ fromMs: String(Math.floor(fromMs)), toMs: String(Math.ceil(toMs)) });
}

function secondsParams({ fromMs, toMs }: AbsoluteRange): URLSearchParams {
  return new URLSearchParams({ start: String(Math.floor(fromMs / 1_000)), end: String(Math.ceil(toMs / 1_000)) });
}

/** What can be chosen from changes slowly: a range that only moved on by seconds needs no new list. */
function coarse({ fromMs, toMs }: AbsoluteRange): readonly number[] {
  return [Math.floor(fromMs / 60_000), Math.floor(toMs / 60_000)];
}
