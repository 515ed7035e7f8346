// Addresses of screens, in one place, so that they agree.
import type { AbsoluteRange, TimeRange } from './time-range.ts';

/** A path with the parameters that are there. */
function withParams(path: string, params: readonly (readonly [name: string, value: string | undefined])[]): string {
  const search = new URLSearchParams(
    params.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  ).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** Explore with these expressions (`q`, repeated) over a range. */
export function exploreLink(exprs: readonly string[], range?: TimeRange): string {
  const params = new URLSearchParams();
  for (const expr of exprs) params.append('q', expr);
  if (range) {
    params.set('from', range.from);
    params.set('to', range.to);
  }
  const search = params.toString();
  return search === '' ? '/explore' : `/explore?${search}`;
}

/** A dashboard, as Grafana addresses it; the slug is for people only. */
export function dashboardLink(uid: string, title: string): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return slug === '' ? `/d/${encodeURIComponent(uid)}` : `/d/${encodeURIComponent(uid)}/${slug}`;
}

/** Alerts, optionally one rule. */
export function alertsLink(rule?: string): string {
  return rule === undefined ? '/alerts' : `/alerts?q=${encodeURIComponent(rule)}`;
}

/** Targets, optionally those of one scrape pool, or those that are down. */
export function targetsLink(filter: { readonly pool?: string; readonly health?: 'up' | 'down' | 'unknown' } = {}): string {
  const params = new URLSearchParams();
  if (filter.health === 'down') params.set('show', 'down');
  if (filter.pool !== undefined) params.set('q', filter.pool);
  const search = params.toString();
  return search === '' ? '/targets' : `/targets?${search}`;
}

/** Logs that a LogQL query finds over a range, of these levels (none = all). */
export function logsLink(query: string, range?: TimeRange, levels: readonly string[] = []): string {
  return withParams('/logs', [['q', query], ...levels.map((level) => ['level', level] as const), ...rangeParams(range)]);
}

/** LogQL: lines that contain a trace id. `selector` is a stream selector, e.g. `{service="api"}`. */
export function traceIdQuery(selector: string, traceId: string): string {
  return `${selector} |= ${JSON.stringify(traceId)}`;
}

/** What a search for traces asks. `q` is TraceQL; durations are of the whole trace, as people write them ("250ms", "1.5s"). */
export interface TraceSearchState {
  readonly q?: string;
  readonly min?: string;
  readonly max?: string;
}

/** The search for traces over a range. */
export function tracesLink({ q, min, max }: TraceSearchState = {}, range?: TimeRange): string {
  return withParams('/traces', [['q', q], ['min', min], ['max', max], ...rangeParams(range)]);
}

/** One trace, optionally with a span chosen. The range is the one to go back to. */
export function traceLink(traceId: string, { spanId, range }: { readonly spanId?: string; readonly range?: TimeRange } = {}): string {
  return withParams(`/trace/${encodeURIComponent(traceId)}`, [['span', spanId], ...rangeParams(range)]);
}

function rangeParams(range: TimeRange | undefined): readonly (readonly [string, string | undefined])[] {
  return [
    ['from', range?.from],
    ['to', range?.to],
  ];
}

/** An absolute range as links carry it: Unix milliseconds, whole. */
export function rangeOf({ fromMs, toMs }: AbsoluteRange): TimeRange {
  return { from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs)) };
}

const MINUTE_MS = 60_000;

/** Room around something that happened: half a minute before its start and after its end, for its logs. */
export function rangeAround(startMs: number, durationMs = 0): TimeRange {
  return rangeOf({ fromMs: startMs - MINUTE_MS / 2, toMs: startMs + durationMs + MINUTE_MS / 2 });
}

/** The minute of an instant with the ten minutes before and after it: enough to see how a rate was before, then and after. */
export function minuteRange(timeMs: number): TimeRange {
  const minute = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
  return rangeOf({ fromMs: minute - 10 * MINUTE_MS, toMs: minute + 11 * MINUTE_MS });
}
