// Pyrra's ServiceLevelObjective, apiVersion pyrra.dev/v1alpha1.
import type { EventCount, Slo, SloAlertName, SloIndicator } from '../../schema/slo.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { extendSelector, parseSelector, splitMatchers } from '../selector.ts';
import type { FoundSlo, Path, SloDocument } from './document.ts';
import { share } from './sloth.ts';

export const PYRRA_API = 'pyrra.dev/v1alpha1';
const PREFIX = 'pyrra.dev/';
const OWN = 'alidade.dev/';
const BURN: readonly SloAlertName[] = ['page-fast', 'page-slow', 'ticket-fast', 'ticket-slow', 'exhausted'];

/** The objective of one document; what is wrong stands in its problems. */
export function readPyrra(document: SloDocument): FoundSlo[] {
  document.allow([], ['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  const spec: Path = ['spec'];
  const at = (...more: string[]): Path => [...spec, ...more];
  document.allow(spec, ['target', 'window', 'description', 'indicator', 'alerting', 'performance_over_accuracy']);
  const name = document.needed(['metadata', 'name'], 'give the objective a name');
  const target = document.number(at('target'));
  if (!document.has(at('target'))) document.error(at('target'), 'target is missing; write percent: "99.9"');
  const window = document.needed(at('window'), 'write 4w or 30d');
  const indicator = readIndicator(document, at('indicator'));
  if (document.flag(at('performance_over_accuracy')))
    document.warn(at('performance_over_accuracy'), 'not used: windows are always counted exactly');
  const { team, service, ...labels } = prefixed(document.texts(['metadata', 'labels']), PREFIX);
  const annotations = document.texts(['metadata', 'annotations']);
  const { runbook_url: runbookUrl, ...texts } = prefixed(annotations, PREFIX);
  const own = prefixed(annotations, OWN);
  const omit = readOmitted(document, at('alerting'), own['omit-alerts']);
  const description = document.text(at('description'))?.trim();
  if (!indicator || target === undefined || name === '' || window === '') return [];
  const windowMs = parseDuration(window);
  const slo: Slo = {
    name,
    service: service ?? document.text(['metadata', 'namespace']) ?? 'default',
    ...(description && { description }),
    target: share(target),
    window: windowMs === undefined ? window : formatDuration(windowMs),
    indicator,
    ...(own['min-events'] !== undefined && { minEvents: Number(own['min-events']) }),
    ...(team && { team }),
    ...(runbookUrl && { runbookUrl }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...((omit.length > 0 || Object.keys(texts).length > 0) && {
      alerts: {
        ...(omit.length > 0 && { omit }),
        ...(Object.keys(texts).length > 0 && { page: { annotations: texts }, ticket: { annotations: texts } }),
      },
    }),
  };
  return [{ slo, document, path: spec }];
}

function readOmitted(document: SloDocument, path: Path, own: string | undefined): SloAlertName[] {
  document.allow(path, ['disabled', 'burnrates', 'absent', 'name']);
  if (document.has([...path, 'name']))
    document.warn([...path, 'name'], 'not used: the alerts are called ErrorBudgetBurnRateCritical and …Warning');
  const omit = new Set((own ?? '').split(',').map((name) => name.trim()) as SloAlertName[]);
  omit.delete('' as SloAlertName);
  const isDisabled = document.flag([...path, 'disabled']) === true;
  if (isDisabled || document.flag([...path, 'burnrates']) === false) for (const name of BURN) omit.add(name);
  if (isDisabled || document.flag([...path, 'absent']) === false) omit.add('missing-data');
  return [...omit];
}

function readIndicator(document: SloDocument, path: Path): SloIndicator | undefined {
  document.allow(path, ['ratio', 'latency', 'latencyNative', 'bool_gauge']);
  const kind = document.keys(path)[0];
  if (kind === undefined) {
    document.error(path, 'indicator is missing; write ratio, latency, latencyNative or bool_gauge');
    return undefined;
  }
  const at = (...more: string[]): Path => [...path, kind, ...more];
  if (document.items(at('grouping')).length > 0) {
    document.error(
      at('grouping'),
      'one objective for each group is not supported; write an objective for each, with the label in its metrics',
    );
    return undefined;
  }
  const metric = (...more: string[]) => document.needed(at(...more, 'metric'), 'write a selector: http_requests_total{job="api"}');
  switch (kind) {
    case 'ratio':
      document.allow(at(), ['errors', 'total', 'grouping']);
      return { type: 'ratio', bad: { counter: metric('errors') }, total: { counter: metric('total') } };
    case 'latency':
      document.allow(at(), ['success', 'total', 'grouping']);
      return latencyOf(metric('success'), metric('total'));
    case 'latencyNative':
      document.allow(at(), ['latency', 'total', 'grouping']);
      return nativeOf(document, at('latency'), metric('total'));
    case 'bool_gauge': {
      document.allow(at(), ['metric', 'grouping']);
      const gauge = metric();
      return { type: 'ratio', good: gaugeEvents('sum_over_time', gauge), total: gaugeEvents('count_over_time', gauge) };
    }
    default:
      return undefined;
  }
}

/** Every sample of a gauge of 0 and 1 is an event. */
function gaugeEvents(fn: 'sum_over_time' | 'count_over_time', gauge: string): EventCount {
  return { query: `sum(${fn}(${gauge}[$window]))`, unit: 'in-window' };
}

/** By the bucket where it is one of the total's histogram, else as a ratio of two counters. */
function latencyOf(success: string, total: string): SloIndicator {
  const bucket = parseSelector(success);
  const all = parseSelector(total);
  const matchers = bucket ? splitMatchers(bucket.matchers) : [];
  const le = matchers.map((text) => /^le\s*=\s*"([^"]+)"$/.exec(text)?.[1]).find((bound) => bound !== undefined);
  const rest = matchers.filter((text) => !/^le\s*=/.test(text)).join(',');
  const name = bucket?.name.replace(/_bucket$/, '');
  const isSame = all?.name === `${name}_count` && splitMatchers(all.matchers).join(',') === rest;
  if (le !== undefined && name !== undefined && isSame && Number.isFinite(Number(le)))
    return { type: 'latency', kind: 'classic', histogram: extendSelector({ name, matchers: rest }, ''), threshold: Number(le) };
  return { type: 'ratio', good: { counter: success }, total: { counter: total } };
}

function nativeOf(document: SloDocument, path: Path, histogram: string): SloIndicator | undefined {
  const text = document.needed(path, 'write a duration: 200ms or 1s');
  const ms = parseDuration(text);
  if (ms === undefined) {
    if (text !== '') document.error(path, `"${text}" is no duration; write 200ms or 1s`);
    return undefined;
  }
  return { type: 'latency', kind: 'native', histogram, threshold: ms / 1_000 };
}

/** The entries whose key begins with `prefix`, without it. */
export function prefixed(texts: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  const own = Object.entries(texts).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** One document for an objective, and what the format has no place for. */
export function pyrraDocument(slo: Slo): { document: object | undefined; lost: string[] } {
  const id = `${slo.service}/${slo.name}`;
  const indicator = pyrraIndicator(slo.indicator);
  if (!indicator)
    return { document: undefined, lost: [`${id}: Pyrra asks only counters, histograms and gauges; this indicator is a query`] };
  const omit = slo.alerts?.omit ?? [];
  const omitsBurn = BURN.every((name) => omit.includes(name));
  const labels = { ...slo.labels, service: slo.service, ...(slo.team && { team: slo.team }) };
  const annotations = {
    ...(slo.runbookUrl && { [`${PREFIX}runbook_url`]: slo.runbookUrl }),
    ...(slo.minEvents && { [`${OWN}min-events`]: String(slo.minEvents) }),
    ...(omit.length > 0 && { [`${OWN}omit-alerts`]: omit.join(',') }),
  };
  const document = {
    apiVersion: PYRRA_API,
    kind: 'ServiceLevelObjective',
    metadata: {
      name: slo.name,
      labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [`${PREFIX}${name}`, value])),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      target: String(Number((slo.target * 100).toPrecision(12))),
      window: slo.window,
      ...(slo.description && { description: slo.description }),
      indicator,
      alerting: { burnrates: !omitsBurn, absent: !omit.includes('missing-data') },
    },
  };
  return { document, lost: slo.minEvents ? [`${id}: Pyrra does not heed minEvents (kept as an annotation)`] : [] };
}

function pyrraIndicator(indicator: SloIndicator): object | undefined {
  if (indicator.type === 'ratio') {
    if (!('counter' in indicator.total)) return undefined;
    const total = { metric: indicator.total.counter };
    if ('bad' in indicator) return 'counter' in indicator.bad ? { ratio: { errors: { metric: indicator.bad.counter }, total } } : undefined;
    // Good events of all: what Pyrra calls latency counts any two counters.
    return 'counter' in indicator.good ? { latency: { success: { metric: indicator.good.counter }, total } } : undefined;
  }
  if (indicator.type !== 'latency') return undefined;
  const selector = parseSelector(indicator.histogram);
  if (!selector) return undefined;
  if (indicator.kind === 'native')
    return { latencyNative: { latency: formatDuration(Math.round(indicator.threshold * 1_000)), total: { metric: indicator.histogram } } };
  const success = extendSelector(selector, '_bucket', `le="${indicator.threshold}"`);
  return { latency: { success: { metric: success }, total: { metric: extendSelector(selector, '_count') } } };
}
