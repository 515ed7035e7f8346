import { HIGH_CARDINALITY_SERIES, RETENTION_DAYS, type RetentionClass, retentionClass } from '@alidade/sdk/advise';
import type { Advice } from '@alidade/sdk/schema';
import type { MetricCensus } from '../census.ts';
import { addCosts, subtractCosts } from '../costs.ts';
import { type AdviceContext, commonRisks, costOfMetric, isOwn, riskOf } from './context.ts';
import { comment } from './yaml.ts';

const DAY_MS = 86_400_000;

const REASONS: Readonly<Record<RetentionClass, string>> = {
  slo: 'Objectives are computed from them, or they are looked at over more than 30 days.',
  debugging: 'They are looked at over more than a week, and over no more than 30 days.',
  rare: 'Nobody looks at them over more than a week.',
  explosive: `They have more than ${HIGH_CARDINALITY_SERIES} series each.`,
};

/** The class of a metric by how far back it is really looked at. */
export function classOf(metric: MetricCensus, { readersOf }: Pick<AdviceContext, 'readersOf'>): RetentionClass {
  const { backMs, isSlo } = readersOf(metric.name);
  return retentionClass({ daysQueriedBack: backMs / DAY_MS, series: metric.live, isSlo });
}

/** Keep samples for as long as they are looked at: one piece of advice for each class that the retention does not fit. */
export function adviseRetention(context: AdviceContext): Advice[] {
  const { retentionDays } = context.costs;
  const byClass = new Map<RetentionClass, MetricCensus[]>();
  for (const metric of context.census.metrics) {
    if (isOwn(metric.name)) continue;
    const found = classOf(metric, context);
    byClass.set(found, [...(byClass.get(found) ?? []), metric]);
  }
  return [...byClass].flatMap(([found, metrics]) => {
    const isLonger = RETENTION_DAYS[found] > retentionDays;
    // More than today is advised for objectives alone.
    if (RETENTION_DAYS[found] === retentionDays || (isLonger && found !== 'slo')) return [];
    return [keepFor(found, metrics, context)];
  });
}

function keepFor(found: RetentionClass, metrics: readonly MetricCensus[], context: AdviceContext): Advice {
  const days = RETENTION_DAYS[found];
  const { costs } = context;
  const now = addCosts(...metrics.map((metric) => costOfMetric(metric, context)));
  const then = addCosts(...metrics.map(({ samplesPerDay, live }) => costs.ofSamples(samplesPerDay, live, days)));
  const risks = days > costs.retentionDays ? [] : commonRisks(context).filter((risk) => !risk.includes('remote_write'));
  const names = metrics.map(({ name }) => name);
  const unit = days === 1 ? 'day' : 'days';
  const title = `Keep ${names.length === 1 ? names[0] : `${names.length} metrics`} for ${days} ${unit}, not ${formatNumber(costs.retentionDays)}`;
  return {
    id: `retention:${found}`,
    kind: 'retention',
    title,
    reason: REASONS[found],
    metrics: names,
    metricCount: names.length,
    saves: { series: 0, ...subtractCosts(now, then) },
    risk: riskOf(risks),
    risks,
    relabel: [],
    rules: [],
    keepDays: days,
    yaml: comment(`Retention of ${days} ${unit} for:`, ...listed(names)),
    isApplicable: false,
  };
}

const MAX_LISTED = 100;

function listed(names: readonly string[]): string[] {
  const lines = names.slice(0, MAX_LISTED).map((name) => `  ${name}`);
  return names.length > MAX_LISTED ? [...lines, `  … and ${names.length - MAX_LISTED} more`] : lines;
}

function formatNumber(days: number): string {
  return String(Math.round(days * 10) / 10);
}
