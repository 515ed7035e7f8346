// Prometheus' HTTP API as the screens use it (https://prometheus.io/docs/prometheus/latest/querying/api/).
import { queryOptions } from '@tanstack/react-query';
import { getPrometheus } from './client.ts';

export type LabelMap = Readonly<Record<string, string>>;

/** One sample as Prometheus writes it: Unix seconds and the value as text. */
export type PromSample = readonly [number, string];

export interface InstantSeries {
  readonly metric: LabelMap;
  readonly value: PromSample;
}

export interface TargetStatus {
  readonly labels: LabelMap;
  readonly discoveredLabels: LabelMap;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly globalUrl: string;
  readonly lastError: string;
  readonly lastScrape: string;
  /** Seconds. */
  readonly lastScrapeDuration: number;
  readonly health: 'up' | 'down' | 'unknown';
  readonly scrapeInterval: string;
  readonly scrapeTimeout: string;
}

export interface TargetsAnswer {
  readonly activeTargets: readonly TargetStatus[];
  readonly droppedTargets: readonly { readonly discoveredLabels: LabelMap; readonly scrapePool: string }[];
  readonly droppedTargetCounts: Readonly<Record<string, number>> | null;
}

export interface ActiveAlert {
  readonly labels: LabelMap;
  readonly annotations: LabelMap;
  readonly state: 'firing' | 'pending';
  readonly activeAt: string;
  readonly value: string;
}

interface RuleBase {
  readonly name: string;
  readonly query: string;
  readonly labels?: LabelMap;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  /** Seconds. */
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

export interface AlertingRule extends RuleBase {
  readonly type: 'alerting';
  readonly state: 'firing' | 'pending' | 'inactive' | 'unknown';
  /** Seconds, as are keepFiringFor and the interval of a group. */
  readonly duration: number;
  readonly keepFiringFor: number;
  readonly annotations: LabelMap;
  readonly alerts: readonly ActiveAlert[];
}

export interface RecordingRule extends RuleBase {
  readonly type: 'recording';
}

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly interval: number;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
  readonly rules: readonly (AlertingRule | RecordingRule)[];
}

/** How often screens ask again for what changes by itself. */
export const POLL_MS = 5_000;

/** An instant vector, now or at `timeMs`. */
export async function instantQuery(expr: string, timeMs?: number, signal?: AbortSignal): Promise<readonly InstantSeries[]> {
  const time = timeMs === undefined ? undefined : timeMs / 1000;
  const data = await getPrometheus<{ resultType: string; result: unknown }>('/api/v1/query', { query: expr, time }, signal);
  if (data.resultType === 'vector') return data.result as readonly InstantSeries[];
  if (data.resultType === 'scalar') return [{ metric: {}, value: data.result as PromSample }];
  throw new Error(`The query answers a ${data.resultType}, not a vector`);
}

/** All targets, asked again every five seconds. */
export const targetsQuery = () =>
  queryOptions({
    queryKey: ['targets'],
    queryFn: ({ signal }) => getPrometheus<TargetsAnswer>('/api/v1/targets', {}, signal),
    refetchInterval: POLL_MS,
  });

/** Pending and firing alerts, asked again every five seconds. */
export const alertsQuery = () =>
  queryOptions({
    queryKey: ['alerts'],
    queryFn: async ({ signal }) => (await getPrometheus<{ alerts: readonly ActiveAlert[] }>('/api/v1/alerts', {}, signal)).alerts,
    refetchInterval: POLL_MS,
  });

/** All rule groups, asked again every five seconds. */
export const rulesQuery = () =>
  queryOptions({
    queryKey: ['rules'],
    queryFn: async ({ signal }) => (await getPrometheus<{ groups: readonly RuleGroup[] }>('/api/v1/rules', {}, signal)).groups,
    refetchInterval: POLL_MS,
  });

/** One instant query, asked again every five seconds. */
export const instantQueryOptions = (expr: string) =>
  queryOptions({
    queryKey: ['instant', expr],
    queryFn: ({ signal }) => instantQuery(expr, undefined, signal),
    refetchInterval: POLL_MS,
  });
