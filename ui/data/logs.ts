// Logs: lines and their volume from our own API, names and values of labels from Loki's.
import type { LogLines, LogVolume } from '@alidade/sdk/schema';
import { queryOptions } from '@tanstack/react-query';
import { getJson, getPrometheus } from './client.ts';
import type { AbsoluteRange } from './time-range.ts';

/** A question for lines. */
export interface LinesQuestion {
  readonly query: string;
  readonly limit: number;
  /** Newest (`backward`) or oldest first. */
  readonly direction: 'backward' | 'forward';
}

/** Lines of a log query. Throws ApiError. */
export function loadLogLines({ query, limit, direction }: LinesQuestion, range: AbsoluteRange, signal?: AbortSignal): Promise<LogLines> {
  const params = rangeParams(range);
  params.set('query', query);
  params.set('limit', String(limit));
  params.set('direction', direction);
  return getJson<LogLines>(`/api/ui/logs?${params}`, signal);
}

/** Lines over time by level. Throws ApiError. */
export function loadLogVolume(query: string, buckets: number, range: AbsoluteRange, signal?: AbortSignal): Promise<LogVolume> {
  const params = rangeParams(range);
  params.set('query', query);
  params.set('buckets', String(buckets));
  return getJson<LogVolume>(`/api/ui/logs/volume?${params}`, signal);
}

const FRESH_MS = 30_000;

/** Names of stream labels. */
export const logLabelsQuery = (range: AbsoluteRange) =>
  queryOptions({
    queryKey: ['logs', 'labels', ...coarse(range)],
    queryFn: ({ signal }) => loadLogLabels(range, signal),
    staleTime: FRESH_MS,
    placeholderData: (before) => before,
  });

/** Values of a stream label, of streams that a selector finds ('' = all). */
export const logLabelValuesQuery = (name: string, range: AbsoluteRange, selector = '') =>
  queryOptions({
    queryKey: ['logs', 'label values', name, selector, ...coarse(range)],
    queryFn: ({ signal }) => loadLogLabelValues(name, range, selector, signal),
    staleTime: FRESH_MS,
    enabled: name !== '',
  });

/** Names of stream labels. Throws ApiError. */
export async function loadLogLabels(range: AbsoluteRange, signal?: AbortSignal): Promise<readonly string[]> {
  // Loki leaves `data` out when there are none.
  return (await getPrometheus<readonly string[] | undefined>('/loki/api/v1/labels', nanoRange(range), signal)) ?? [];
}

/** Values of a stream label. Throws ApiError. */
export async function loadLogLabelValues(
  name: string,
  range: AbsoluteRange,
  selector = '',
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const path = `/loki/api/v1/label/${encodeURIComponent(name)}/values`;
  const parameters = { ...nanoRange(range), query: selector === '' ? undefined : selector };
  return (await getPrometheus<readonly string[] | undefined>(path, parameters, signal)) ?? [];
}

/** What is there does not change by the second: questions for names are the same for a minute. */
function coarse({ fromMs, toMs }: AbsoluteRange): readonly number[] {
  return [Math.floor(fromMs / 60_000), Math.ceil(toMs / 60_000)];
}

function rangeParams({ fromMs, toMs }: AbsoluteRange): URLSearchParams {
  return new URLSearchParams({ fromMs: String(Math.floor(fromMs)), toMs: String(Math.ceil(toMs)) });
}

function nanoRange({ fromMs, toMs }: AbsoluteRange): { readonly start: string; readonly end: string } {
  return { start: `${Math.floor(fromMs)}000000`, end: `${Math.ceil(toMs)}000000` };
}
