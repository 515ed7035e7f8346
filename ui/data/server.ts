// Our own API: status, dashboards, notifications. Frames are in frames.ts.
import type { DashboardAnswer, DashboardSummary, DiscoveryProblem, NotificationRecord, ServerStatus } from '@alidade/sdk/schema';
import { queryOptions } from '@tanstack/react-query';
import { getJson } from './client.ts';
import { POLL_MS } from './prometheus.ts';

/** Version, configuration, ingest rates, store. */
export const statusQuery = () =>
  queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => getJson<ServerStatus>('/api/ui/status', signal),
    refetchInterval: POLL_MS,
  });

/** All dashboards. */
export const dashboardsQuery = () =>
  queryOptions({
    queryKey: ['dashboards'],
    queryFn: ({ signal }) => getJson<readonly DashboardSummary[]>('/api/ui/dashboards', signal),
    refetchInterval: 30_000,
  });

/** One dashboard; its file may change while it is shown. */
export const dashboardQuery = (uid: string) =>
  queryOptions({
    queryKey: ['dashboard', uid],
    queryFn: ({ signal }) => getJson<DashboardAnswer>(`/api/ui/dashboards/${encodeURIComponent(uid)}`, signal),
    refetchInterval: 30_000,
  });

/** What service discovery cannot reach or read now. */
export const discoveryQuery = () =>
  queryOptions({
    queryKey: ['discovery'],
    queryFn: ({ signal }) => getJson<readonly DiscoveryProblem[]>('/api/ui/discovery', signal),
    refetchInterval: POLL_MS,
  });

/** Deliveries, newest first. */
export const notificationsQuery = () =>
  queryOptions({
    queryKey: ['notifications'],
    queryFn: ({ signal }) => getJson<readonly NotificationRecord[]>('/api/ui/notifications', signal),
    refetchInterval: POLL_MS,
  });
