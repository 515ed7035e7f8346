import type { Advice } from '@alidade/sdk/schema';
import type { MetricCensus } from '../census.ts';
import { addCosts } from '../costs.ts';
import { dropMetrics } from '../reduction.ts';
import { isSloName } from '../stored-queries.ts';
import { type AdviceContext, commonRisks, costOfMetric, formatDays, isOwn, isScraped, riskOf } from './context.ts';
import { comment, relabelYaml } from './yaml.ts';

/** Metrics with so many series stand alone; the others are one piece of advice together. */
const ALONE_SERIES = 50;
const MAX_ALONE = 40;
const MAX_TOGETHER = 1_000;

/** Metrics that no stored query, rule or panel names. */
export function unreadMetrics({ census, readersOf }: Pick<AdviceContext, 'census' | 'readersOf'>): MetricCensus[] {
  return census.metrics.filter(({ name }) => {
    // What belongs to objectives is read by their screen, and is not computed again.
    if (isOwn(name) || name === '' || isSloName(name)) return false;
    const { queries, unreadable } = readersOf(name);
    return queries.length === 0 && unreadable.length === 0;
  });
}

/** Drop what nobody reads. */
export function adviseUnread(context: AdviceContext): Advice[] {
  const unread = unreadMetrics(context);
  const alone = unread.filter(({ lives }) => lives.length >= ALONE_SERIES).slice(0, MAX_ALONE);
  const rest = unread.filter((metric) => !alone.includes(metric));
  const scraped = rest.filter((metric) => !context.recorded.has(metric.name) && isScraped(metric, context)).slice(0, MAX_TOGETHER);
  const recorded = unread.filter(({ name }) => context.recorded.has(name)).slice(0, MAX_TOGETHER);
  const single = alone.filter(({ name }) => !context.recorded.has(name));
  return [
    ...single.map((metric) => drop([metric], context)),
    ...(scraped.length > 0 ? [drop(scraped, context)] : []),
    ...(recorded.length > 0 ? [stopRecording(recorded, context)] : []),
  ];
}

function drop(metrics: readonly MetricCensus[], context: AdviceContext): Advice {
  const [first] = metrics as readonly [MetricCensus];
  const names = metrics.map(({ name }) => name);
  const canRelabel = metrics.every((metric) => isScraped(metric, context));
  const risks = [
    ...commonRisks(context),
    ...(canRelabel ? [] : ['some of its series are not scraped but pushed: drop them at the sender']),
  ];
  const relabel = [dropMetrics(names)];
  const isOne = names.length === 1;
  return {
    id: isOne ? `drop-metric:${first.name}` : 'drop-metric:small',
    kind: 'drop-metric',
    title: isOne ? `Drop ${first.name}` : `Drop ${names.length} small metrics`,
    reason: `${isOne ? 'It is' : 'They are'} read by no dashboard, no rule, and no query of the last ${formatDays(Math.min(context.days, context.daysKnown))}.`,
    metrics: names,
    metricCount: names.length,
    saves: { series: sum(metrics, ({ live }) => live), ...addCosts(...metrics.map((metric) => costOfMetric(metric, context))) },
    risk: riskOf(risks),
    risks,
    relabel,
    rules: [],
    yaml: canRelabel ? relabelYaml(relabel) : comment('These series are pushed. For those that are scraped:') + relabelYaml(relabel),
    isApplicable: canRelabel,
  };
}

function stopRecording(metrics: readonly MetricCensus[], context: AdviceContext): Advice {
  const names = metrics.map(({ name }) => name);
  const risks = commonRisks(context);
  return {
    id: 'drop-metric:recorded',
    kind: 'drop-metric',
    title: names.length === 1 ? `Remove the recording rule ${names[0]}` : `Remove ${names.length} recording rules`,
    reason: `Nobody has read what ${names.length === 1 ? 'it writes' : 'they write'} in the last ${formatDays(Math.min(context.days, context.daysKnown))}.`,
    metrics: names,
    metricCount: names.length,
    saves: { series: sum(metrics, ({ live }) => live), ...addCosts(...metrics.map((metric) => costOfMetric(metric, context))) },
    risk: riskOf(risks),
    risks,
    relabel: [dropMetrics(names)],
    rules: [],
    yaml: comment('Remove from the rule files:', ...names.map((name) => `  record: ${name}`)),
    isApplicable: false,
  };
}

function sum(metrics: readonly MetricCensus[], of: (metric: MetricCensus) => number): number {
  return metrics.reduce((total, metric) => total + of(metric), 0);
}
