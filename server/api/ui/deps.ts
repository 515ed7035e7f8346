import type { DashboardAnswer, DashboardSummary, DiscoveryProblem, NotificationRecord, ServerStatus } from '@alidade/sdk/schema';
import type { Advisor } from '../../advisor/advisor.ts';
import type { LogQueryEngine } from '../../logql/query.ts';
import type { Clock } from '../../model/clock.ts';
import type { QueryEngine } from '../../promql/query.ts';
import type { SloBook } from '../../slo/slo-book.ts';
import type { MetricStore } from '../../storage/store.ts';
import type { TraceRoutesDeps } from './traces.ts';

/** The reading side of the dashboard store. */
export interface DashboardsView {
  list(): readonly DashboardSummary[];
  get(uid: string): DashboardAnswer | undefined;
}

/** What the UI's own API needs of the server. */
export interface UiApiDeps {
  readonly clock: Clock;
  readonly engine: QueryEngine;
  readonly metrics: MetricStore;
  /** For the Logs screen; without it, its routes are not there. */
  readonly logEngine?: LogQueryEngine | undefined;
  /** For the screens about traces; without it, their routes are not there. */
  readonly traces?: TraceRoutesDeps | undefined;
  readonly dashboards: DashboardsView;
  /** For the screen of objectives; without it, its routes are not there. */
  readonly slos?: SloBook | undefined;
  /** For the Advice screen; without it, its routes are not there. */
  readonly advisor?: Advisor | undefined;
  /** What service discovery cannot reach or read now; without it, its route is not there. */
  readonly discoveryProblems?: (() => readonly DiscoveryProblem[]) | undefined;
  status(): ServerStatus;
  /** What `alidade doctor` asks; without it, its route is not there. */
  readonly doctor?: (() => Promise<unknown>) | undefined;
  /** Deliveries, newest first. */
  notifications(): readonly NotificationRecord[];
  /** Step of queries whose panel and data source name none: Grafana's 15 s, or the scrape interval. */
  defaultMinStepMs(): number;
  /** Queries of one request that run at once. Default 6. */
  readonly concurrency?: number | undefined;
  reportError(error: unknown, request: string): void;
}
