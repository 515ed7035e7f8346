// PromQL of an indicator over any window. Every expression answers one sample without labels, or none.
import type { EventCount, LatencyIndicator, RatioIndicator, Slo, TimeSliceIndicator } from '../schema/slo.ts';
import { errorBudget } from './budget.ts';
import { durationMs } from './duration.ts';
import { sloSelector } from './recorded-names.ts';
import { extendSelector, leMatcher, parseSelector } from './selector.ts';

/** The questions about an objective. */
export interface SliExpressions {
  /** Failed share of the events in the window; no sample without events. */
  errorRatio(window: string): string;
  /** Events in the window; undefined where the indicator knows only a ratio. */
  total(window: string): string | undefined;
  failed(window: string): string | undefined;
  /** A sample where there is something to judge, even without events: its absence is missing data. */
  readonly presence: string;
}

/** How long data may be away before it is missing. */
export const PRESENCE_WINDOW = '10m';

/** The expressions that ask the service's own metrics. */
export function sliExpressions(slo: Slo): SliExpressions {
  const { indicator } = slo;
  if (indicator.type === 'error-ratio') {
    const errorRatio = (window: string) => fillWindow(indicator.query, window);
    return { errorRatio, total: () => undefined, failed: () => undefined, presence: errorRatio(PRESENCE_WINDOW) };
  }
  if (indicator.type !== 'time-slice') return eventExpressions(indicator);
  const slices = (window: string) => `(${sliceGood(slo, indicator)})[${window}:${indicator.slice}]`;
  return sliceExpressions(slices, slicePresence(indicator));
}

/** The expressions that rules ask: of time slices the recorded ones, else the service's own metrics. */
export function ruleExpressions(slo: Slo): SliExpressions {
  if (slo.indicator.type !== 'time-slice') return sliExpressions(slo);
  const { presence } = sliExpressions(slo);
  return sliceExpressions((window) => `slo:slice_good:bool${sloSelector(slo)}[${window}]`, presence);
}

/** 1 when the slice that ends now is good, 0 when it is not, no sample when it cannot be measured. */
export function sliceGood(slo: Slo, indicator: TimeSliceIndicator): string {
  if ('query' in indicator) {
    const op = { lt: '<', lte: '<=', gt: '>', gte: '>=' }[indicator.op];
    return `max(${fillWindow(indicator.query, indicator.slice)}) ${op} bool ${indicator.value}`;
  }
  const { errorRatio, total } = eventExpressions(indicator.of);
  const good = `(${errorRatio(indicator.slice)}) <= bool ${errorBudget(indicator.sliceTarget)}`;
  if (!slo.minEvents) return good;
  return `(${good}) and (${total(indicator.slice)} >= ${slo.minEvents})`;
}

function slicePresence(indicator: TimeSliceIndicator): string {
  return 'query' in indicator ? fillWindow(indicator.query, indicator.slice) : eventExpressions(indicator.of).presence;
}

function sliceExpressions(slices: (window: string) => string, presence: string): SliExpressions {
  const total = (window: string) => `sum(count_over_time(${slices(window)}))`;
  const failed = (window: string) => `(${total(window)} - sum(sum_over_time(${slices(window)})))`;
  return { errorRatio: (window) => `${failed(window)} / ${total(window)}`, total, failed, presence };
}

function eventExpressions(indicator: RatioIndicator | LatencyIndicator): SliExpressions {
  const rates = indicator.type === 'ratio' ? ratioEvents(indicator, rateOf) : latencyEvents(indicator, 'rate');
  const counts = indicator.type === 'ratio' ? ratioEvents(indicator, countOf) : latencyEvents(indicator, 'increase');
  return {
    errorRatio: (window) => `${rates.failed(window)} / (${rates.total(window)} > 0)`,
    total: counts.total,
    failed: counts.failed,
    presence: counts.presence,
  };
}

interface Events {
  total(window: string): string;
  failed(window: string): string;
  readonly presence: string;
}

/** Good or bad series need not exist while there are none of these events; that is no missing data. */
function ratioEvents(indicator: RatioIndicator, ask: (events: EventCount, window: string) => string): Events {
  const total = (window: string) => ask(indicator.total, window);
  const orNone = (events: EventCount, window: string) => `(${ask(events, window)} or 0 * ${total(window)})`;
  const failed =
    'bad' in indicator
      ? (window: string) => orNone(indicator.bad, window)
      : (window: string) => `clamp_min(${total(window)} - ${orNone(indicator.good, window)}, 0)`;
  return { total, failed, presence: presenceOf(indicator.total) };
}

function presenceOf(events: EventCount): string {
  return 'counter' in events ? `present_over_time(${events.counter}[${PRESENCE_WINDOW}])` : fillWindow(events.query, PRESENCE_WINDOW);
}

function rateOf(events: EventCount, window: string): string {
  if ('counter' in events) return `sum(rate(${events.counter}[${window}]))`;
  const sum = `sum(${fillWindow(events.query, window)})`;
  return events.unit === 'per-second' ? sum : `(${sum} / ${durationMs(window) / 1_000})`;
}

function countOf(events: EventCount, window: string): string {
  if ('counter' in events) return `sum(increase(${events.counter}[${window}]))`;
  const sum = `sum(${fillWindow(events.query, window)})`;
  return events.unit === 'in-window' ? sum : `(${sum} * ${durationMs(window) / 1_000})`;
}

function latencyEvents({ histogram, threshold, kind }: LatencyIndicator, fn: 'rate' | 'increase'): Events {
  const selector = parseSelector(histogram);
  if (!selector) throw new RangeError(`not a selector of a histogram: ${histogram}`);
  if (kind === 'native') {
    const sum = (window: string) => `sum(${fn}(${extendSelector(selector, '')}[${window}]))`;
    const total = (window: string) => `histogram_count(${sum(window)})`;
    const failed = (window: string) => `(1 - histogram_fraction(-Inf, ${threshold}, ${sum(window)})) * ${total(window)}`;
    return { total, failed, presence: `present_over_time(${extendSelector(selector, '')}[${PRESENCE_WINDOW}])` };
  }
  // A bucket is there whenever its histogram is. Where it is not, the threshold is no bound: that is missing data, not failure.
  const bucket = extendSelector(selector, '_bucket', leMatcher(threshold));
  const total = (window: string) => `sum(${fn}(${extendSelector(selector, '_count')}[${window}]))`;
  const failed = (window: string) => `clamp_min(${total(window)} - sum(${fn}(${bucket}[${window}])), 0)`;
  return { total, failed, presence: `present_over_time(${bucket}[${PRESENCE_WINDOW}])` };
}

/** The query with its window in place of `$window`. */
export function fillWindow(query: string, window: string): string {
  return query.replaceAll('$window', window);
}
