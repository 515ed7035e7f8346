import { RETENTION_DAYS } from '@alidade/sdk/advise';
import type { Advice, AggregationRule, RelabelEntry } from '@alidade/sdk/schema';
import type { MetricCensus } from '../census.ts';
import { subtractCosts } from '../costs.ts';
import { type LabelCensus, labelsOfMetric } from '../label-counts.ts';
import { readsLabel } from '../label-reads.ts';
import type { Pace } from '../pace.ts';
import { dropLabel, escapeRegExp, type Outcome, reduceLives, replaceIds, toRule } from '../reduction.ts';
import { type AdviceContext, commonRisks, costOfMetric, isOwn, isScraped, riskOf } from './context.ts';
import { comment, relabelYaml, ruleYaml } from './yaml.ts';

/** Labels that mean something to Prometheus itself. */
const PROTECTED = new Set(['le', 'quantile', 'job', 'instance', '__type__', '__unit__']);
/** So many values are many where they follow a pattern without end … */
const MANY_WITH_PATTERN = 20;
/** … and in any case. */
const MANY = 200;
const MIN_SERIES = 50;
const MAX_METRICS = 400;

/** Whether a label is of a kind that has no end. */
export function isExplosive({ name, values, pattern }: Pick<LabelCensus, 'name' | 'values' | 'pattern'>): boolean {
  return !PROTECTED.has(name) && values >= (pattern === undefined ? MANY : MANY_WITH_PATTERN);
}

/** What to do about labels that explode in metrics that somebody reads. */
export async function adviseExploding(context: AdviceContext): Promise<Advice[]> {
  const advice = await adviseEverywhere(context);
  const done = new Set(advice.map(({ label }) => label));
  const large = context.census.metrics.filter(({ name, lives }) => lives.length >= MIN_SERIES && !isOwn(name)).slice(0, MAX_METRICS);
  for (const metric of large) {
    await context.pace.rest();
    const { queries, reads, unreadable } = context.readersOf(metric.name);
    if (queries.length === 0 || unreadable.length > 0 || context.recorded.has(metric.name)) continue;
    for (const label of await labelsOfMetric(metric.lives, context.pace)) {
      if (!isExplosive(label) || done.has(label.name) || readsLabel(reads, label.name)) continue;
      const one = await adviseLabel(metric, label, context);
      if (one) advice.push(one);
    }
  }
  return advice;
}

/** Labels that nobody reads in any metric, and that tell no two series apart that live at the same time: one rule takes them from all. */
async function adviseEverywhere(context: AdviceContext): Promise<Advice[]> {
  const { census, readersOf, pace } = context;
  const byName = new Map(census.metrics.map((metric) => [metric.name, metric]));
  const advice: Advice[] = [];
  for (const label of census.labels.filter((one) => one.metrics.length > 1 && isExplosive(one))) {
    const metrics = label.metrics.flatMap((name) => byName.get(name) ?? []);
    const isRead = ({ name }: MetricCensus) => readsLabel(readersOf(name).reads, label.name) || readersOf(name).unreadable.length > 0;
    if (metrics.some((metric) => isOwn(metric.name) || context.recorded.has(metric.name) || isRead(metric))) continue;
    const relabel: RelabelEntry[] = [{ regex: escapeRegExp(label.name), action: 'labeldrop' }];
    const outcome = await reduceAll(metrics, relabel, pace);
    if (outcome.merged === 0 && outcome.series < sumSeries(metrics)) advice.push(dropEverywhere(metrics, label, relabel, outcome, context));
  }
  return advice;
}

async function reduceAll(metrics: readonly MetricCensus[], relabel: readonly RelabelEntry[], pace: Pace): Promise<Outcome> {
  const rules = relabel.map(toRule);
  let all: Outcome = { series: 0, merged: 0 };
  for (const { lives } of metrics) {
    const { series, merged } = await reduceLives(lives, rules, pace);
    all = { series: all.series + series, merged: all.merged + merged };
    // Samples would be lost: no need to look further.
    if (merged > 0) break;
  }
  return all;
}

function sumSeries(metrics: readonly MetricCensus[]): number {
  return metrics.reduce((sum, { lives }) => sum + lives.length, 0);
}

function dropEverywhere(
  metrics: readonly MetricCensus[],
  label: Pick<LabelCensus, 'name' | 'values' | 'pattern'>,
  relabel: readonly RelabelEntry[],
  { series }: Outcome,
  context: AdviceContext,
): Advice {
  const before = sumSeries(metrics);
  const canRelabel = metrics.every((metric) => isScraped(metric, context));
  const risks = [...commonRisks(context), ...(canRelabel ? [] : [PUSHED])];
  return {
    id: `drop-label:${label.name}`,
    kind: 'drop-label',
    title: `Drop ${label.name} from all metrics`,
    reason: `${describe(label)} Nobody reads it in any of ${metrics.length} metrics, and without it their ${before} series are ${series}.`,
    metrics: metrics.map(({ name }) => name),
    metricCount: metrics.length,
    label: label.name,
    saves: savedSeries(before - series, context),
    risk: riskOf(risks),
    risks,
    relabel,
    rules: [],
    yaml: relabelYaml(relabel),
    isApplicable: canRelabel,
  };
}

/** Series that follow each other become one: the same samples, fewer series. */
function savedSeries(series: number, { costs: { prices } }: AdviceContext): Advice['saves'] {
  return { series, bytes: series * SERIES_BYTES * prices.replicas, monthlyCost: (series / 1_000) * prices.thousandSeriesMonth };
}

const PUSHED = 'some of its series are not scraped but pushed: change the sender';

async function adviseLabel(metric: MetricCensus, label: LabelCensus, context: AdviceContext): Promise<Advice | undefined> {
  const dropped = [dropLabel(metric.name, label.name)];
  const outcome = await reduceLives(metric.lives, dropped.map(toRule), context.pace);
  if (outcome.series >= metric.lives.length) return undefined;
  if (outcome.merged === 0) return relabelled('drop-label', metric, label, dropped, outcome, context);
  if (label.pattern === 'path with ids') {
    const replaced = replaceIds(metric.name, label.name);
    const left = await reduceLives(metric.lives, replaced.map(toRule), context.pace);
    if (left.merged === 0 && left.series < metric.lives.length) return relabelled('replace-label', metric, label, replaced, left, context);
  }
  return aggregated(metric, label, outcome, context);
}

function relabelled(
  kind: 'drop-label' | 'replace-label',
  metric: MetricCensus,
  label: LabelCensus,
  relabel: readonly RelabelEntry[],
  { series }: Outcome,
  context: AdviceContext,
): Advice {
  const canRelabel = isScraped(metric, context);
  const risks = [...commonRisks(context), ...(canRelabel ? [] : [PUSHED])];
  return {
    id: `${kind}:${metric.name}:${label.name}`,
    kind,
    title: kind === 'drop-label' ? `Drop ${label.name} from ${metric.name}` : `Replace the ids in ${label.name} of ${metric.name}`,
    reason: `${describe(label)} Nobody reads it, and without it ${metric.lives.length} series are ${series}.`,
    metrics: [metric.name],
    metricCount: 1,
    label: label.name,
    saves: savedSeries(metric.lives.length - series, context),
    risk: riskOf(risks),
    risks,
    relabel,
    rules: [],
    yaml: relabelYaml(relabel),
    isApplicable: canRelabel,
  };
}

/** Labels of a series on disk and in the index, about. */
const SERIES_BYTES = 1_000;

function aggregated(metric: MetricCensus, label: LabelCensus, outcome: Outcome, context: AdviceContext): Advice | undefined {
  const keepDays = RETENTION_DAYS.explosive;
  const rule = aggregationRule(metric.name, label.name);
  const { costs } = context;
  const share = outcome.series / metric.lives.length;
  const kept = costs.ofSamples(metric.samplesPerDay, metric.live, keepDays);
  const recorded = costs.ofSamples(metric.samplesPerDay * share, metric.live * share);
  const saves = subtractCosts(subtractCosts(costOfMetric(metric, context), kept), recorded);
  if (saves.bytes <= 0) return undefined;
  const risks = [
    `dropping the label would make one series of ${outcome.merged + 1} or more that live at the same time, and lose samples`,
    ...commonRisks(context),
  ];
  const cure =
    label.pattern === 'path with ids'
      ? `The cure is at the source: a label with the route (/users/:id) in place of the path.`
      : `The cure is at the source: no label ${label.name}; it belongs into logs or traces.`;
  return {
    id: `aggregate:${metric.name}:${label.name}`,
    kind: 'aggregate',
    title: `Keep ${metric.name} without ${label.name}`,
    reason: `${describe(label)} Nobody reads it. A recording rule keeps the sums (${outcome.series} series), and the ${metric.lives.length} series themselves are kept for ${keepDays} day. ${cure}`,
    metrics: [metric.name],
    metricCount: 1,
    label: label.name,
    saves: { series: metric.lives.length - outcome.series, ...saves },
    risk: 'medium',
    risks,
    relabel: [],
    rules: [rule],
    keepDays,
    yaml:
      comment(cure, `Until then: this rule, and ${keepDays} day of retention for ${metric.name}.`) +
      ruleYaml(`without-${label.name}`, [rule]),
    isApplicable: false,
  };
}

function aggregationRule(metric: string, label: string): AggregationRule {
  const selector = /^[a-zA-Z_:][\w:]*$/.test(metric) ? metric : `{${JSON.stringify(metric)}}`;
  const [name, without] = [metric.replace(/[^\w:]/g, '_'), label.replace(/\W/g, '_')];
  const grouping = /^[a-zA-Z_]\w*$/.test(label) ? label : JSON.stringify(label);
  // Counters of series that come and go must be made rates before they are added up.
  return /_(total|count|sum|bucket)$/.test(metric)
    ? { record: `without_${without}:${name}:rate5m`, expr: `sum without (${grouping}) (rate(${selector}[5m]))` }
    : { record: `without_${without}:${name}:sum`, expr: `sum without (${grouping}) (${selector})` };
}

function describe({ name, values, pattern }: Pick<LabelCensus, 'name' | 'values' | 'pattern'>): string {
  return `${name} has ${values} values${pattern ? ` (${pattern})` : ''}.`;
}
