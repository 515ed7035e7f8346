// From a service, as traces call it, to how many requests it had, as metrics count them.
import { queryOptions } from '@tanstack/react-query';
import { type InstantSeries, instantQuery } from './prometheus.ts';

/** Counters of requests, the ones that say most first. */
const COUNTERS = [
  'http_requests_total',
  'http_server_request_duration_seconds_count',
  'http_request_duration_seconds_count',
  'http_server_duration_milliseconds_count',
  'ml_predictions_total',
  'traces_spanmetrics_calls_total',
] as const;
/** Labels that may hold the name of the service. */
const NAMES = ['service_name', 'service', 'job', 'app'] as const;
const WINDOW = '2m';

/** Which counters there were at an instant, by the labels that name services. */
export const requestCountersQuery = (timeMs: number) =>
  queryOptions({
    queryKey: ['service rate', Math.floor(timeMs / 60_000)],
    queryFn: ({ signal }) => instantQuery(`count by (__name__, ${NAMES.join(', ')}) ({__name__=~"${COUNTERS.join('|')}"})`, timeMs, signal),
    staleTime: 60_000,
  });

/** PromQL: the requests a second of a service; of every job when no counter carries its name. */
export function requestRate(counters: readonly InstantSeries[], service: string): string {
  for (const name of COUNTERS) {
    const own = counters.filter(({ metric }) => metric.__name__ === name);
    const label = NAMES.find((one) => own.some(({ metric }) => metric[one] === service));
    if (label !== undefined && service !== '') return `sum(rate(${name}{${label}=${JSON.stringify(service)}}[${WINDOW}]))`;
  }
  const any = COUNTERS.find((name) => counters.some(({ metric }) => metric.__name__ === name)) ?? COUNTERS[0];
  return `sum by (job) (rate(${any}[${WINDOW}]))`;
}
