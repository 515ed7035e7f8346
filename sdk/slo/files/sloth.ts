// Sloth: `version: prometheus/v1` (https://sloth.dev/specs/default/v1/) and its Kubernetes twin `sloth.slok.dev/v1`, which differs in the case of its keys.
import type { EventCount, Slo, SloAlertName, SloAlerts, SloAlertTexts, SloIndicator } from '../../schema/slo.ts';
import { sliExpressions } from '../expressions.ts';
import type { FoundSlo, Path, SloDocument } from './document.ts';
import { bucketRatio, QUERY_CURE, ratioOf, slothQuery, withWindow } from './events.ts';

/** Sloth has no field for the window: its default. */
const WINDOW = '30d';

/** The objectives of one document; what is wrong stands in its problems. */
export function readSloth(document: SloDocument): FoundSlo[] {
  const isResource = document.has(['apiVersion']);
  const spec: Path = isResource ? ['spec'] : [];
  const top = isResource ? ['apiVersion', 'kind', 'metadata', 'spec', 'status'] : ['version', 'service', 'labels', 'slos', 'slo_plugins'];
  document.allow([], top);
  if (isResource) document.allow(spec, ['service', 'labels', 'slos', 'sloPlugins']);
  for (const key of ['slo_plugins', 'sloPlugins'])
    if (document.has([...spec, key])) document.error([...spec, key], 'plugins are programs of Sloth and do not run here; leave them out');
  const service = document.needed([...spec, 'service'], 'name the service that the objectives belong to');
  const shared = document.texts([...spec, 'labels']);
  const slos = document.items([...spec, 'slos']);
  if (slos.length === 0) document.error([...spec, 'slos'], 'there are no objectives; write at least one');
  return slos.flatMap((path) => {
    const slo = readObjective(document, path, { service, shared, isResource });
    return slo ? [{ slo, document, path }] : [];
  });
}

interface Context {
  readonly service: string;
  readonly shared: Readonly<Record<string, string>>;
  readonly isResource: boolean;
}

function readObjective(document: SloDocument, path: Path, { service, shared, isResource }: Context): Slo | undefined {
  const at = (...more: string[]): Path => [...path, ...more];
  document.allow(path, ['name', 'description', 'objective', 'labels', 'sli', 'alerting', 'plugins']);
  if (document.has(at('plugins'))) document.error(at('plugins'), 'plugins are programs of Sloth and do not run here; leave them out');
  const name = document.needed(at('name'), 'give the objective a name');
  const objective = document.number(at('objective'));
  if (objective === undefined && !document.has(at('objective')))
    document.error(at('objective'), 'objective is missing; write percent: 99.9');
  const indicator = readIndicator(document, at('sli'), isResource);
  const { team, ...labels } = { ...shared, ...document.texts(at('labels')) };
  const { runbookUrl, ...alerts } = readAlerting(document, at('alerting'), isResource);
  const description = document.text(at('description'))?.trim();
  if (!indicator || objective === undefined || name === '') return undefined;
  return {
    name,
    service,
    ...(description && { description }),
    target: share(objective),
    window: WINDOW,
    indicator,
    ...(team && { team }),
    ...(runbookUrl && { runbookUrl }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(alerts).length > 0 && { alerts }),
  };
}

function readIndicator(document: SloDocument, path: Path, isResource: boolean): SloIndicator | undefined {
  document.allow(path, ['events', 'raw', 'plugin']);
  if (document.has([...path, 'plugin'])) {
    document.error([...path, 'plugin'], 'plugins are programs of Sloth and do not run here; write what it generates as sli.events');
    return undefined;
  }
  const key = (snake: string) => (isResource ? snake.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) : snake);
  if (document.has([...path, 'raw'])) {
    const at = [...path, 'raw', key('error_ratio_query')];
    document.allow([...path, 'raw'], [key('error_ratio_query')]);
    const query = withWindow(document.needed(at, 'write the share of failed events'));
    return query === '' ? undefined : { type: 'error-ratio', query };
  }
  document.allow([...path, 'events'], [key('error_query'), key('total_query')]);
  const error = document.needed([...path, 'events', key('error_query')], QUERY_CURE);
  const total = document.needed([...path, 'events', key('total_query')], QUERY_CURE);
  if (error === '' || total === '') return undefined;
  const indicator = ratioOf('bad', error, total);
  if (!indicator) document.error([...path, 'events'], `the queries do not say over which window they ask; ${QUERY_CURE}`);
  return indicator;
}

function readAlerting(document: SloDocument, path: Path, isResource: boolean): SloAlerts & { readonly runbookUrl?: string } {
  const pageKey = isResource ? 'pageAlert' : 'page_alert';
  const ticketKey = isResource ? 'ticketAlert' : 'ticket_alert';
  document.allow(path, ['name', 'labels', 'annotations', pageKey, ticketKey]);
  if (document.has([...path, 'name']))
    document.warn([...path, 'name'], 'not used: the alerts are called ErrorBudgetBurnRateCritical and …Warning');
  const shared = texts(document, path);
  const omit: SloAlertName[] = [];
  const read = (key: string, names: readonly SloAlertName[]): SloAlertTexts => {
    document.allow([...path, key], ['disable', 'labels', 'annotations']);
    if (document.flag([...path, key, 'disable'])) omit.push(...names);
    const own = texts(document, [...path, key]);
    return { labels: { ...shared.labels, ...own.labels }, annotations: { ...shared.annotations, ...own.annotations } };
  };
  const page = read(pageKey, ['page-fast', 'page-slow']);
  const ticket = read(ticketKey, ['ticket-fast', 'ticket-slow']);
  const { runbook_url: runbookUrl } = shared.annotations;
  return {
    ...(omit.length > 0 && { omit }),
    ...(hasTexts(page) && { page }),
    ...(hasTexts(ticket) && { ticket }),
    ...(runbookUrl && { runbookUrl }),
  };
}

function texts(document: SloDocument, path: Path) {
  return { labels: document.texts([...path, 'labels']), annotations: document.texts([...path, 'annotations']) };
}

function hasTexts({ labels = {}, annotations = {} }: SloAlertTexts): boolean {
  return Object.keys(labels).length + Object.keys(annotations).length > 0;
}

/** One document with the objectives of one service, and what the format has no place for. */
export function slothDocument(service: string, slos: readonly Slo[]): { document: object; lost: string[] } {
  const lost: string[] = [];
  const entries = slos.map((slo) => {
    const lose = (what: string) => void lost.push(`${slo.service}/${slo.name}: ${what}`);
    if (slo.window !== WINDOW) lose(`the window ${slo.window}; start Sloth with --default-slo-period=${slo.window}`);
    if (slo.minEvents) lose(`minEvents ${slo.minEvents}`);
    return {
      name: slo.name,
      objective: Number((slo.target * 100).toPrecision(12)),
      ...(slo.description && { description: slo.description }),
      ...((slo.labels || slo.team) && { labels: { ...slo.labels, ...(slo.team && { team: slo.team }) } }),
      sli: slothIndicator(slo.indicator, lose),
      alerting: slothAlerting(slo, lose),
    };
  });
  return { document: { version: 'prometheus/v1', service, slos: entries }, lost };
}

function slothIndicator(indicator: SloIndicator, lose: (what: string) => void): object {
  const events = (error: string, total: string) => ({ events: { error_query: error, total_query: total } });
  switch (indicator.type) {
    case 'error-ratio':
      return { raw: { error_ratio_query: indicator.query.replaceAll('$window', '{{.window}}') } };
    case 'ratio': {
      const total = slothQuery(indicator.total);
      if ('bad' in indicator) return events(slothQuery(indicator.bad), total);
      return events(`${total} - ${slothQuery(indicator.good as EventCount)}`, total);
    }
    default: {
      const ratio = indicator.type === 'latency' ? bucketRatio(indicator) : undefined;
      if (ratio) return slothIndicator(ratio, lose);
      const { errorRatio } = sliOf(indicator);
      if (indicator.type === 'time-slice') lose('that slices were recorded: the query evaluates all of them each time');
      return { raw: { error_ratio_query: errorRatio('{{.window}}') } };
    }
  }
}

function sliOf(indicator: SloIndicator) {
  return sliExpressions({ name: '', service: '', target: 0.5, window: WINDOW, indicator });
}

function slothAlerting(slo: Slo, lose: (what: string) => void): object {
  const omit = new Set(slo.alerts?.omit);
  const alert = (names: readonly SloAlertName[], texts: SloAlertTexts | undefined, severity: string) => {
    const left = names.filter((name) => omit.has(name));
    if (left.length === names.length) return { disable: true };
    for (const name of left) lose(`that ${name} is left out: Sloth has both or none`);
    return { ...texts, labels: { severity, ...texts?.labels } };
  };
  return {
    name: 'ErrorBudgetBurnRate',
    ...(slo.runbookUrl && { annotations: { runbook_url: slo.runbookUrl } }),
    page_alert: alert(['page-fast', 'page-slow'], slo.alerts?.page, 'critical'),
    ticket_alert: alert(['ticket-fast', 'ticket-slow'], slo.alerts?.ticket, 'warning'),
  };
}

/** Percent as a share, without the noise of a division. */
export function share(percent: number): number {
  return Number((percent / 100).toPrecision(12));
}
