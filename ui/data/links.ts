// Addresses of screens, in one place, so that they agree.
import type { TimeRange } from './time-range.ts';

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
