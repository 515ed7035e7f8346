// Event queries of other tools, brought to ours: the common shapes become selectors of counters, so that every window can be asked exactly.
import type { EventCount, LatencyIndicator, RatioIndicator, SloIndicator } from '../../schema/slo.ts';
import { extendSelector, leMatcher, parseSelector } from '../selector.ts';

const WINDOW = /\{\{\s*\.window\s*\}\}|\$\{?window\b\}?/g;
const RATE_OF = /^(?:sum\s*\(\s*)?(?:rate|increase)\s*\((.*)\[\s*(?:\$window|[0-9a-z]+)\s*\]\s*\)\s*\)?$/s;
const SUM_OF = /^sum\s*\((.*)\)$/s;

/** The query with Sloth's `{{.window}}` as our `$window`. */
export function withWindow(query: string): string {
  return query.replaceAll(WINDOW, '$window').trim();
}

/** What a query counts; undefined when its unit cannot be told: neither a counter nor clearly a rate or an increase over `$window`. */
export function eventsOf(query: string): EventCount | undefined {
  const text = withWindow(query);
  const counter = [text, RATE_OF.exec(text)?.[1], SUM_OF.exec(text)?.[1]].find((part) => part !== undefined && parseSelector(part));
  if (counter !== undefined) return { counter: counter.trim() };
  if (!text.includes('$window')) return undefined;
  const isRate = /\bi?rate\s*\(/.test(text);
  const isCount = /\b(increase|count_over_time|sum_over_time)\s*\(/.test(text);
  return isRate === isCount ? undefined : { query: text, unit: isRate ? 'per-second' : 'in-window' };
}

/** A ratio of two queries; where the unit of one cannot be told, their quotient, which needs none. */
export function ratioOf(side: 'good' | 'bad', partQuery: string, totalQuery: string): SloIndicator | undefined {
  const part = eventsOf(partQuery);
  const total = eventsOf(totalQuery);
  if (part && total) return { type: 'ratio', total, [side]: part } as unknown as RatioIndicator;
  const quotient = `(${withWindow(partQuery)}) / (${withWindow(totalQuery)})`;
  if (!quotient.includes('$window')) return undefined;
  return { type: 'error-ratio', query: side === 'bad' ? quotient : `1 - ${quotient}` };
}

/** A latency by a classic histogram as a ratio of counters: its bucket of its count; undefined for a native one. */
export function bucketRatio({ histogram, threshold, kind }: LatencyIndicator): RatioIndicator | undefined {
  const selector = parseSelector(histogram);
  if (!selector || kind === 'native') return undefined;
  const good = { counter: extendSelector(selector, '_bucket', leMatcher(threshold)) };
  return { type: 'ratio', good, total: { counter: extendSelector(selector, '_count') } };
}

/** A query for Sloth, with its `{{.window}}`. */
export function slothQuery(events: EventCount): string {
  return 'counter' in events ? `sum(rate(${events.counter}[{{.window}}]))` : events.query.replaceAll('$window', '{{.window}}');
}

/** What to write where a query could not be understood. */
export const QUERY_CURE =
  'write a counter, http_requests_total{job="api"}, or a query whose range is {{.window}}: sum(rate(x[{{.window}}]))';
