// /api/v1/targets, scrape_pools, targets/metadata and metadata: what the scrape manager knows.
import type { FastifyInstance } from 'fastify';
import type { FormValues } from '../../http/form-values.ts';
import { messageOf } from '../../model/app-error.ts';
import { formatDurationMs } from '../../model/duration.ts';
import { toGoJson } from '../../model/go-json.ts';
import { compileMatcher } from '../../model/matcher.ts';
import type { ActiveTarget, MetricMetadata } from '../../scrape/target-status.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { apiError, invalidParameter } from './errors.ts';
import { labelsToJson, listToJson, numberToJson, objectJson, timeToJson } from './json.ts';
import { parametersOf, parseInteger } from './parameters.ts';
import { READ } from './route.ts';
import { parseSelector } from './selector.ts';

/** Adds the routes about targets and the metadata that they expose. */
export function addTargetRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  const { targets } = deps;
  const pools = () => poolsOf(deps);

  app.get('/api/v1/scrape_pools', READ, (_request, reply) => sendData(reply, `{"scrapePools":${toGoJson(pools())}}`));

  app.get('/api/v1/targets', READ, async (request, reply) => {
    const values = parametersOf(request);
    const state = values.get('state').toLowerCase();
    const pool = values.get('scrapePool');
    const isWanted = (target: { scrapePool: string }) => pool === '' || target.scrapePool === pool;
    const showsActive = ['', 'any', 'active'].includes(state);
    const showsDropped = ['', 'any', 'dropped'].includes(state);
    const active = showsActive ? targets.active().filter(isWanted).toSorted(byPool) : [];
    const dropped = showsDropped ? targets.dropped().filter(isWanted).toSorted(byPool) : [];
    const data = objectJson({
      activeTargets: await listToJson(active, targetToJson),
      droppedTargets: await listToJson(dropped, ({ discoveredLabels, scrapePool }) =>
        objectJson({ discoveredLabels: labelsToJson(discoveredLabels), scrapePool: toGoJson(scrapePool) }),
      ),
      droppedTargetCounts: showsDropped ? droppedCounts(deps) : 'null',
    });
    return sendData(reply, data);
  });

  app.get('/api/v1/targets/metadata', READ, async (request, reply) => {
    const values = parametersOf(request);
    const limit = numberOf(values, 'limit');
    const isWanted = targetFilter(values.get('match_target'));
    const metric = values.get('metric');
    const found: (MetricMetadata & { readonly target: ActiveTarget['labels'] })[] = [];
    let current: ActiveTarget['labels'] | undefined;
    for (const entry of targets.metadata(metric === '' ? undefined : metric)) {
      // Upstream looks at its limit from target to target, so that the last one may exceed it.
      if (limit >= 0 && found.length >= limit && entry.target !== current) break;
      current = entry.target;
      if (isWanted(entry.target)) found.push(entry);
    }
    const data = await listToJson(found, (entry) =>
      objectJson({
        target: labelsToJson(entry.target),
        metric: metric === '' ? toGoJson(entry.metric) : undefined,
        type: toGoJson(entry.type),
        help: toGoJson(entry.help),
        unit: toGoJson(entry.unit),
      }),
    );
    return sendData(reply, data);
  });

  app.get('/api/v1/metadata', READ, async (request, reply) => {
    const values = parametersOf(request);
    const limit = numberOf(values, 'limit');
    const perMetric = numberOf(values, 'limit_per_metric');
    const metric = values.get('metric');
    const families = familiesOf(
      [...targets.metadata(metric || undefined), ...deps.receiver.metadata.entries(metric || undefined)],
      perMetric,
    );
    const shown = limit >= 0 ? families.slice(0, limit) : families;
    const members = shown.map(([name, entries]) => `${toGoJson(name)}:[${[...entries].join(',')}]`);
    return sendData(reply, `{${members.join(',')}}`);
  });
}

function byPool(a: { scrapePool: string }, b: { scrapePool: string }): number {
  return a.scrapePool < b.scrapePool ? -1 : a.scrapePool > b.scrapePool ? 1 : 0;
}

/** All jobs of the configuration, and those that still have targets. */
function poolsOf({ targets, config }: PrometheusApiDeps): string[] {
  const configured = config().prometheus.scrapeConfigs.map((scrape) => scrape.jobName);
  const running = [...targets.active(), ...targets.dropped()].map((target) => target.scrapePool);
  return [...new Set([...configured, ...running])].sort();
}

function droppedCounts(deps: PrometheusApiDeps): string {
  const counts = new Map(poolsOf(deps).map((pool) => [pool, 0]));
  for (const { scrapePool } of deps.targets.dropped()) counts.set(scrapePool, (counts.get(scrapePool) ?? 0) + 1);
  return `{${[...counts].map(([pool, count]) => `${toGoJson(pool)}:${count}`).join(',')}}`;
}

function targetToJson(target: ActiveTarget): string {
  return objectJson({
    discoveredLabels: labelsToJson(target.discoveredLabels),
    labels: labelsToJson(target.labels),
    scrapePool: toGoJson(target.scrapePool),
    scrapeUrl: toGoJson(target.scrapeUrl),
    globalUrl: toGoJson(target.globalUrl),
    lastError: toGoJson(target.lastError),
    lastScrape: timeToJson(target.lastScrapeMs),
    lastScrapeDuration: numberToJson(target.lastScrapeDurationSeconds),
    health: toGoJson(target.health),
    scrapeInterval: toGoJson(formatDurationMs(target.scrapeIntervalMs)),
    scrapeTimeout: toGoJson(formatDurationMs(target.scrapeTimeoutMs)),
  });
}

function targetFilter(selector: string): (labels: ActiveTarget['labels']) => boolean {
  if (selector === '') return () => true;
  let tests: { name: string; test: (value: string) => boolean }[];
  try {
    tests = parseSelector(selector).map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
  } catch (error) {
    throw invalidParameter('match_target', messageOf(error));
  }
  return (labels) => tests.every(({ name, test }) => test(labels.get(name)));
}

/** Distinct metadata of each family, as JSON, families in name order; `perMetric` -1 or 0 = all. */
function familiesOf(all: readonly MetricMetadata[], perMetric: number): (readonly [string, ReadonlySet<string>])[] {
  const families = new Map<string, Set<string>>();
  for (const { metric, type, unit, help } of all) {
    const entries = families.get(metric) ?? new Set();
    families.set(metric, entries);
    if (perMetric > 0 && entries.size >= perMetric) continue;
    entries.add(objectJson({ type: toGoJson(type), unit: toGoJson(unit), help: toGoJson(help) }));
  }
  return [...families].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** An optional whole number, -1 when absent. */
function numberOf(values: FormValues, name: string): number {
  const text = values.get(name);
  if (text === '') return -1;
  try {
    return parseInteger(text, 'Atoi');
  } catch (error) {
    throw apiError('bad_data', `${name} must be a number`, error);
  }
}
