// Objectives: all as they are now, and one with its history.
import type { SloDetail, SloList } from '@alidade/sdk/schema';
import { queryOptions } from '@tanstack/react-query';
import { getJson } from './client.ts';

/** The server keeps its answers for ten seconds. */
const POLL_MS = 15_000;

/** All objectives, those that need care first. */
export const slosQuery = () =>
  queryOptions({
    queryKey: ['slo'],
    queryFn: ({ signal }) => getJson<SloList>('/api/ui/slo', signal),
    refetchInterval: POLL_MS,
  });

/** One objective with the history of its window. */
export const sloQuery = (service: string, name: string) =>
  queryOptions({
    queryKey: ['slo', service, name],
    queryFn: ({ signal }) => getJson<SloDetail>(`/api/ui/slo/${encodeURIComponent(service)}/${encodeURIComponent(name)}`, signal),
    refetchInterval: 60_000,
  });
