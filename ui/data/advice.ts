// Advice about cost and cardinality: the report, the proof of one piece of advice, one metric in depth.
import type { AdviceProof, AdviceReport, MetricDetail } from '@alidade/sdk/schema';
import { queryOptions } from '@tanstack/react-query';
import { getJson } from './client.ts';

/** The server keeps an analysis for a minute. */
const STALE_MS = 60_000;

/** Everything that was counted, by the queries of the last `days` days. */
export const adviceQuery = (days: number) =>
  queryOptions({
    queryKey: ['advice', days],
    queryFn: ({ signal }) => getJson<AdviceReport>(`/api/ui/advice?days=${days}`, signal),
    staleTime: STALE_MS,
    refetchOnWindowFocus: false,
  });

/** Replays the stored queries for one piece of advice of the report made at `atMs`. */
export const proofQuery = (id: string, days: number, atMs: number) =>
  queryOptions({
    queryKey: ['advice', days, 'proof', id, atMs],
    queryFn: ({ signal }) => getJson<AdviceProof>(`/api/ui/advice/proof?${new URLSearchParams({ id, days: String(days) })}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });

/** The labels and readers of one metric. */
export const metricDetailQuery = (name: string, days: number) =>
  queryOptions({
    queryKey: ['advice', days, 'metric', name],
    queryFn: ({ signal }) => getJson<MetricDetail>(`/api/ui/advice/metric?${new URLSearchParams({ name, days: String(days) })}`, signal),
    staleTime: STALE_MS,
    refetchOnWindowFocus: false,
    retry: false,
  });
