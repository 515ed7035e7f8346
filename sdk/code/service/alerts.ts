// The alerts that every service has, beside those of its objectives.
import type { AlertingRule, RuleGroup } from '../../schema/rule-file.ts';
import type { Duration } from '../duration.ts';
import { matches, not } from '../matchers.ts';
import { type AlertOptions, alert, group } from '../rules.ts';
import type { ServiceContext } from './metrics.ts';
import { percent } from './objectives.ts';

/** When the alerts of a service fire. */
export interface AlertLimits {
  /** How long a condition must hold; default 5m. */
  readonly for?: Duration;
  /** How long the service must be silent; default 1m, or `for` where that is given. */
  readonly downFor?: Duration;
  /** Share of requests that end in a server error, 0 to 1; default 0.05. */
  readonly errorRatio?: number;
  /** Seconds that the slowest 5 % of the requests may take; default 1. */
  readonly slowSeconds?: number;
  /** Seconds for which the event loop may be blocked; default 0.25. */
  readonly blockedSeconds?: number;
}

/** Fewer failures than this within five minutes are single events: the objective counts them, nobody is called. */
const LEAST_FAILURES = 3;

/** The alerts of a service: is it there, does it answer, does it answer in time, does it run well. */
export function serviceAlerts(context: ServiceContext, limits: AlertLimits = {}): RuleGroup {
  const { title, metrics } = context;
  const { errorRatio = 0.05, slowSeconds = 1, blockedSeconds = 0.25 } = limits;
  const define = definer(context, limits);
  const isUp = metrics.up.max('job');
  const failed = metrics.requests.where({ status: matches('5..') });
  return group(`${context.name}-service`, { interval: context.scrapeInterval }, [
    define('ServiceDown', isUp.eq(0).or(metrics.up.fn('absent')), {
      for: limits.downFor ?? limits.for ?? '1m',
      severity: 'critical',
      summary: `${title} is down`,
      description: `No instance of ${title} answers scrapes: it is stopped, hangs, or cannot be reached. The Targets screen tells the error.`,
    }),
    define('ServiceInstanceDown', metrics.up.eq(0).and(isUp.eq(1), { on: ['job'] }), {
      severity: 'warning',
      summary: `{{ $labels.instance }} of ${title} is down`,
      description: `Other instances of ${title} answer, {{ $labels.instance }} does not.`,
    }),
    define(
      'ServiceErrors',
      failed
        .rate('5m')
        .sum('job')
        .div(metrics.requests.rate('5m').sum('job'))
        .gt(errorRatio)
        .and(failed.increase('5m').sum('job').ge(LEAST_FAILURES), { on: ['job'] }),
      {
        severity: 'critical',
        summary: `{{ $value | humanizePercentage }} of the requests to ${title} fail`,
        description: `Within five minutes {{ $value | humanizePercentage }} of the answers of ${title} were server errors (status 5xx); ${percent(errorRatio)} is the limit. Its dashboard tells which routes fail.`,
      },
    ),
    define('ServiceSlow', metrics.duration.quantile(0.95, '5m', 'job').gt(slowSeconds), {
      severity: 'warning',
      summary: `${title} is slow: {{ $value | humanizeDuration }}`,
      description: `The slowest 5 % of the requests to ${title} take {{ $value | humanizeDuration }} or more; ${slowSeconds} s is the limit. Its dashboard tells which routes are slow.`,
    }),
    define('ServiceBlocked', metrics.eventLoop('p99').gt(blockedSeconds), {
      severity: 'warning',
      summary: `{{ $labels.instance }} of ${title} blocks its event loop`,
      description: `Timers of {{ $labels.instance }} are up to {{ $value | humanizeDuration }} late: while a computation holds the event loop no request is answered. ${blockedSeconds} s is the limit.`,
    }),
    define('ServiceRestarts', metrics.startTime.changes('15m').gt(2), {
      for: '0s',
      severity: 'warning',
      summary: `{{ $labels.instance }} of ${title} restarts again and again`,
      description: `{{ $labels.instance }} has started {{ $value }} times within a quarter of an hour: the last lines of its log tell why it ends.`,
    }),
    ...predictionAlerts(context, define, errorRatio),
  ]);
}

type Define = (name: string, expr: Parameters<typeof alert>[1], options: AlertOptions) => AlertingRule;

function definer({ name, team, runbook }: ServiceContext, limits: AlertLimits): Define {
  return (alertName, expr, options) =>
    alert(alertName, expr, { team, runbook, for: limits.for ?? '5m', labels: { service: name }, ...options });
}

function predictionAlerts({ title, metrics: { predictions } }: ServiceContext, define: Define, errorRatio: number): AlertingRule[] {
  if (!predictions) return [];
  const failed = predictions.made.where({ status: not('success') });
  const share = failed
    .rate('5m')
    .sum('job', 'model_name', 'model_version')
    .div(predictions.made.rate('5m').sum('job', 'model_name', 'model_version'));
  return [
    define('PredictionErrors', share.gt(errorRatio), {
      severity: 'critical',
      summary: `{{ $value | humanizePercentage }} of the predictions of {{ $labels.model_name }} fail`,
      description: `Within five minutes {{ $value | humanizePercentage }} of the predictions of ${title} by {{ $labels.model_name }} {{ $labels.model_version }} have failed; ${percent(errorRatio)} is the limit.`,
    }),
  ];
}
