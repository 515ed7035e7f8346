// What users of a service are promised, over its HTTP requests.
import { httpRequestDurationSeconds } from '../../instrument/catalog.ts';
import type { Slo } from '../../schema/slo.ts';
import { slo } from '../../slo/define.ts';
import type { Duration } from '../duration.ts';
import { matches } from '../matchers.ts';
import type { ServiceContext } from './metrics.ts';

/** The bounds in seconds within which requests can be counted: those of the buckets of `http_request_duration_seconds`. */
export type LatencyBound = (typeof httpRequestDurationSeconds)['buckets'][number];

/** What users of a service are promised. */
export interface Objectives {
  /** Share of requests that are answered without a server error; default 0.999. false = no such objective. */
  readonly availability?: number | false;
  /** Share of requests that are answered within so many seconds; default 0.95 within 0.5. false = no such objective. */
  readonly latency?: { readonly target: number; readonly within: LatencyBound } | false;
  /** Length of the rolling window; default 30d. */
  readonly window?: Duration;
  /** Fewer requests than this prove nothing; default 30. */
  readonly minEvents?: number;
}

/** The objectives of a service, and their parts that its dashboard shows. */
export interface PromisedObjectives {
  readonly slos: readonly Slo[];
  /** undefined = no such objective. */
  readonly availability: number | undefined;
  readonly latency: { readonly target: number; readonly within: LatencyBound } | undefined;
}

/** The objectives of a service. Throws SloError `slo.invalid` where one cannot be. */
export function serviceObjectives(context: ServiceContext, objectives: Objectives = {}): PromisedObjectives {
  const { availability = 0.999, latency = { target: 0.95, within: 0.5 }, window = '30d', minEvents = 30 } = objectives;
  const { requests, duration } = context.metrics;
  const common = {
    service: context.name,
    window,
    minEvents,
    ...(context.team !== undefined && { team: context.team }),
    ...(context.runbook !== undefined && { runbookUrl: context.runbook }),
    labels: { service: context.name },
  };
  const slos: Slo[] = [];
  if (availability !== false) {
    const indicator = {
      type: 'ratio',
      total: { counter: requests.promql },
      bad: { counter: requests.where({ status: matches('5..') }).promql },
    } as const;
    const description = `${percent(availability)} of the requests of ${window} are answered without a server error (status 5xx).`;
    slos.push(
      slo({
        ...common,
        name: 'availability',
        title: `Requests to ${context.title} are answered`,
        description,
        target: availability,
        indicator,
      }),
    );
  }
  if (latency !== false) {
    const { target, within } = latency;
    const indicator = {
      type: 'latency',
      histogram: duration.selector,
      threshold: within,
      kind: 'classic',
      buckets: httpRequestDurationSeconds.buckets,
    } as const;
    const description = `${percent(target)} of the requests of ${window} are answered within ${within} s.`;
    slos.push(
      slo({ ...common, name: 'latency', title: `Requests to ${context.title} are answered in time`, description, target, indicator }),
    );
  }
  return { slos, availability: availability || undefined, latency: latency || undefined };
}

/** A share in words: 0.999 is "99.9 %". */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`;
}
