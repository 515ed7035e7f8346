// OpenSLO v1 (https://github.com/OpenSLO/OpenSLO): SLO with its indicator inside or as an SLI of the same file. Objects that change no number are named in warnings.
import type { SloAlertName, SloIndicator, TimeSliceIndicator } from '../../schema/slo.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import type { FoundSlo, Path, SloDocument } from './document.ts';
import { QUERY_CURE, ratioOf, withWindow } from './events.ts';
import { prefixed } from './pyrra.ts';
import { share } from './sloth.ts';

export const OPENSLO_API = 'openslo/v1';
/** Annotations for what the format has no field for. */
export const OWN = 'alidade.dev/';
const METADATA = ['name', 'displayName', 'labels', 'annotations'];
const KINDS_WITHOUT_NUMBERS: Readonly<Record<string, string>> = {
  AlertPolicy: 'not used: every objective gets multiwindow burn-rate alerts',
  AlertCondition: 'not used: every objective gets multiwindow burn-rate alerts',
  AlertNotificationTarget: 'not used: alertmanager.yml says who is told',
  DataSource: 'not used: queries are asked where the objective is evaluated',
  Service: '',
};

/** The objectives of a file's OpenSLO documents; what is wrong stands in theirs. */
export function readOpenSlo(documents: readonly SloDocument[]): FoundSlo[] {
  const indicators = new Map<string, { document: SloDocument; spec: Path }>();
  for (const document of documents) {
    if (document.text(['kind']) === 'SLI') indicators.set(document.text(['metadata', 'name']) ?? '', { document, spec: ['spec'] });
  }
  return documents.flatMap((document) => {
    const kind = document.text(['kind']) ?? '';
    document.allow([], ['apiVersion', 'kind', 'metadata', 'spec']);
    document.allow(['metadata'], METADATA);
    if (kind === 'SLO') return readSlo(document, indicators);
    const note = KINDS_WITHOUT_NUMBERS[kind];
    if (note === undefined && kind !== 'SLI') document.error(['kind'], `"${kind}" is no kind of OpenSLO v1; write SLO`);
    else if (note) document.warn(['kind'], `${kind} is ${note}`);
    return [];
  });
}

function readSlo(document: SloDocument, indicators: ReadonlyMap<string, { document: SloDocument; spec: Path }>): FoundSlo[] {
  const at = (...more: (string | number)[]): Path => ['spec', ...more];
  const known = ['description', 'service', 'indicator', 'indicatorRef', 'timeWindow', 'budgetingMethod', 'objectives', 'alertPolicies'];
  document.allow(at(), known);
  if (document.has(at('alertPolicies'))) document.warn(at('alertPolicies'), KINDS_WITHOUT_NUMBERS.AlertPolicy ?? '');
  const name = document.needed(['metadata', 'name'], 'give the objective a name');
  const service = document.needed(at('service'), 'name the service that the objective belongs to');
  const window = readWindow(document, at('timeWindow'));
  const method = document.text(at('budgetingMethod')) ?? 'Occurrences';
  if (!['Occurrences', 'Timeslices'].includes(method))
    document.error(at('budgetingMethod'), `"${method}" is not supported; write Occurrences (events) or Timeslices (good slices of time)`);
  const ref = document.text(at('indicatorRef'));
  const source = ref === undefined ? { document, spec: at('indicator', 'spec') } : indicators.get(ref);
  if (!source) document.error(at('indicatorRef'), `there is no SLI "${ref}" in this file; put it there, or write it as spec.indicator`);
  const objectives = document.items(at('objectives'));
  if (objectives.length === 0) document.error(at('objectives'), 'there are no objectives; write at least one');
  const common = commonFields(document, at('description'));
  return objectives.flatMap((path) => {
    document.allow(path, ['displayName', 'op', 'value', 'target', 'targetPercent', 'timeSliceTarget', 'timeSliceWindow', ...COMPOSITE]);
    for (const key of COMPOSITE)
      if (document.has([...path, key]))
        document.error([...path, key], 'composite objectives are not supported; write an SLO for each part');
    const target = readTarget(document, path);
    const indicator = source && readIndicator({ document, path, method }, source);
    if (!indicator || target === undefined || window === undefined || name === '' || service === '') return [];
    const suffix = objectives.length === 1 ? '' : `-${slug(document.text([...path, 'displayName']) ?? String(Number(path.at(-1)) + 1))}`;
    return [{ slo: { name: `${name}${suffix}`, service, ...common, target, window, indicator }, document, path }];
  });
}

const COMPOSITE = ['indicator', 'indicatorRef', 'compositeWeight'];

function commonFields(document: SloDocument, descriptionPath: Path) {
  const title = document.text(['metadata', 'displayName']);
  const description = document.text(descriptionPath)?.trim();
  const { team, ...labels } = document.texts(['metadata', 'labels']);
  const own = prefixed(document.texts(['metadata', 'annotations']), OWN);
  const omit = own['omit-alerts']?.split(',').map((one) => one.trim() as SloAlertName);
  return {
    ...(title && { title }),
    ...(description && { description }),
    ...(team && { team }),
    ...(own['runbook-url'] && { runbookUrl: own['runbook-url'] }),
    ...(own['min-events'] !== undefined && { minEvents: Number(own['min-events']) }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(omit && { alerts: { omit } }),
  };
}

function readWindow(document: SloDocument, path: Path): string | undefined {
  const [first, second] = document.items(path);
  if (!first) {
    document.error(path, 'timeWindow is missing; write [{duration: 30d, isRolling: true}]');
    return undefined;
  }
  if (second) document.error(second, 'one window is supported; write an SLO for each');
  document.allow(first, ['duration', 'isRolling', 'calendar']);
  if (document.has([...first, 'calendar']) || document.flag([...first, 'isRolling']) === false) {
    document.error(first, 'calendar windows are not supported, only rolling ones; write {duration: 30d, isRolling: true}');
    return undefined;
  }
  const text = document.needed([...first, 'duration'], 'write 30d');
  const ms = parseDuration(text);
  if (ms !== undefined) return formatDuration(ms);
  if (text !== '') document.error([...first, 'duration'], `"${text}" has no fixed length; write it in days: 28d, 30d, 90d`);
  return undefined;
}

function readTarget(document: SloDocument, path: Path): number | undefined {
  const target = document.number([...path, 'target']);
  const percent = document.number([...path, 'targetPercent']);
  if ((target === undefined) === (percent === undefined)) {
    document.error(path, 'one of target (0.999) and targetPercent (99.9) is wanted');
    return undefined;
  }
  return target ?? share(percent ?? 0);
}

interface Objective {
  readonly document: SloDocument;
  readonly path: Path;
  readonly method: string;
}

function readIndicator({ document, path, method }: Objective, source: { document: SloDocument; spec: Path }): SloIndicator | undefined {
  const { document: from, spec } = source;
  from.allow(spec, ['description', 'ratioMetric', 'thresholdMetric']);
  const slice = document.text([...path, 'timeSliceWindow']) ?? '1m';
  if (from.has([...spec, 'thresholdMetric'])) return readThreshold({ document, path, method }, source, slice);
  if (!from.has([...spec, 'ratioMetric'])) {
    from.error(spec, 'an indicator is missing; write ratioMetric or thresholdMetric');
    return undefined;
  }
  const ratio = readRatio(from, [...spec, 'ratioMetric']);
  if (method !== 'Timeslices' || !ratio) return ratio;
  const sliceTarget = document.number([...path, 'timeSliceTarget']);
  if (sliceTarget === undefined) {
    document.error([...path, 'timeSliceTarget'], 'timeSliceTarget is missing; write the share of good events of a good slice: 0.95');
    return undefined;
  }
  if (ratio.type === 'ratio') return { type: 'time-slice', slice, sliceTarget, of: ratio };
  if (ratio.type !== 'error-ratio') return undefined;
  return { type: 'time-slice', slice, query: ratio.query, op: 'lte', value: Number((1 - sliceTarget).toFixed(12)) };
}

function readThreshold({ document, path, method }: Objective, source: { document: SloDocument; spec: Path }, slice: string) {
  const query = readQuery(source.document, [...source.spec, 'thresholdMetric']);
  const op = document.text([...path, 'op']) ?? '';
  const value = document.number([...path, 'value']);
  if (!isOp(op)) document.error([...path, 'op'], `"${op}" is no comparison; write lte, lt, gte or gt`);
  if (value === undefined && !document.has([...path, 'value']))
    document.error([...path, 'value'], 'value is missing: what is compared with');
  if (query === undefined || !isOp(op) || value === undefined) return undefined;
  if (method !== 'Timeslices')
    document.warn(path, `a threshold has no events: it is judged once in each slice of ${slice} (budgetingMethod: Timeslices)`);
  return { type: 'time-slice', slice, query: withWindow(query), op, value } satisfies TimeSliceIndicator;
}

function isOp(op: string): op is 'lt' | 'lte' | 'gt' | 'gte' {
  return ['lt', 'lte', 'gt', 'gte'].includes(op);
}

function readRatio(document: SloDocument, path: Path): SloIndicator | undefined {
  document.allow(path, ['counter', 'good', 'bad', 'total', 'raw', 'rawType']);
  if (document.has([...path, 'raw'])) {
    const query = readQuery(document, [...path, 'raw']);
    const type = document.text([...path, 'rawType']);
    if (type !== 'success' && type !== 'failure') {
      document.error([...path, 'rawType'], `"${type ?? ''}" says nothing; write success or failure, what the query answers the share of`);
      return undefined;
    }
    if (query === undefined) return undefined;
    return { type: 'error-ratio', query: type === 'success' ? `1 - (${withWindow(query)})` : withWindow(query) };
  }
  if (document.flag([...path, 'counter']) === false) {
    document.error([...path, 'counter'], 'only counters are supported; write counter: true and metrics that count up');
    return undefined;
  }
  const side = document.has([...path, 'good']) ? 'good' : 'bad';
  if (side === 'good' && document.has([...path, 'bad'])) document.error([...path, 'bad'], 'good and bad are both given; keep one of them');
  const part = readQuery(document, [...path, side]);
  const total = readQuery(document, [...path, 'total']);
  if (part === undefined || total === undefined) return undefined;
  const indicator = ratioOf(side, part, total);
  if (!indicator) document.error(path, `the queries do not say over which window they ask; ${QUERY_CURE}`);
  return indicator;
}

function readQuery(document: SloDocument, path: Path): string | undefined {
  document.allow(path, ['metricSource']);
  const at = (...more: string[]): Path => [...path, 'metricSource', ...more];
  document.allow(at(), ['metricSourceRef', 'type', 'spec', 'name']);
  const type = document.text(at('type')) ?? 'Prometheus';
  if (type.toLowerCase() !== 'prometheus') {
    document.error(at('type'), `"${type}" cannot be asked; write type: Prometheus and a PromQL query`);
    return undefined;
  }
  document.allow(at('spec'), ['query', 'queryType', 'dataSource']);
  const query = document.needed(at('spec', 'query'), QUERY_CURE);
  return query === '' ? undefined : query;
}

function slug(text: string): string {
  return text
    .trim()
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
}
