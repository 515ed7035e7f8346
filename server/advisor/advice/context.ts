import type { Advice, Cost } from '@alidade/sdk/schema';
import type { Census, MetricCensus } from '../census.ts';
import type { Costs } from '../costs.ts';
import type { LogUsage } from '../log-usage.ts';
import type { Pace } from '../pace.ts';
import type { MetricReaders } from '../usage.ts';

/** What advice is drawn from. */
export interface AdviceContext {
  readonly census: Census;
  readonly logs: LogUsage;
  readonly costs: Costs;
  readonly readersOf: (metric: string) => MetricReaders;
  /** Names that recording rules write. */
  readonly recorded: ReadonlySet<string>;
  /** Jobs of scrape_configs: relabelling reaches their series alone. */
  readonly scrapedJobs: ReadonlySet<string>;
  readonly hasRemoteWrite: boolean;
  /** Queries were looked at over so many days … */
  readonly days: number;
  /** … and are known for so many of them. */
  readonly daysKnown: number;
  readonly pace: Pace;
}

/** Whether scrapes bring all series of the metric. */
export function isScraped({ jobs }: MetricCensus, { scrapedJobs }: AdviceContext): boolean {
  for (const job of jobs) if (!scrapedJobs.has(job)) return false;
  return true;
}

/** Metrics that the server itself writes beside what it scrapes; no relabelling drops them. */
export function isOwn(name: string): boolean {
  return name === 'up' || name === 'ALERTS' || name === 'ALERTS_FOR_STATE' || name.startsWith('scrape_');
}

/** What a metric takes now. */
export function costOfMetric({ samplesPerDay, live }: MetricCensus, { costs }: AdviceContext): Cost {
  return costs.ofSamples(samplesPerDay, live);
}

/** What may go wrong whatever is dropped. */
export function commonRisks({ days, daysKnown, hasRemoteWrite }: AdviceContext): string[] {
  const risks: string[] = [];
  if (daysKnown < days)
    risks.push(`queries are known for ${formatDays(daysKnown)} of ${days} days: what is asked less often is not known yet`);
  if (hasRemoteWrite) risks.push('what is dropped is not sent by remote_write either');
  return risks;
}

/** Minutes below an hour, hours below two days, else days. */
export function formatDays(days: number): string {
  if (days < 1 / 24) return `${Math.max(1, Math.round(days * 1_440))} min`;
  return days < 2 ? `${Math.max(1, Math.round(days * 24))} h` : `${Math.floor(days)} days`;
}

/** The risk of something with so many reasons for doubt. */
export function riskOf(risks: readonly string[]): Advice['risk'] {
  return risks.length === 0 ? 'low' : 'medium';
}
