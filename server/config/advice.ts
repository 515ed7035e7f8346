// What advice about cost and cardinality goes by, and the relabelling that `alidade advise --apply` has written.
import { EXERCISE_PRICES, type Prices } from '@alidade/sdk/advise';
import type { z } from 'zod';
import type { RelabelRule } from '../relabel/rule.ts';
import { ConfigFile } from './config-file.ts';
import { number, section, wholeNumber } from './fields.ts';
import type { PrometheusConfig } from './prometheus.ts';
import { checkRelabelRules, relabelRules, toRelabelRules } from './relabel-rules.ts';

/** Beside prometheus.yml; holds nothing but `metric_relabel_configs`, which are added to every job. */
export const ADVICE_FILE = 'prometheus.advice.yml';

/** `advice` of alidade.yaml. */
export const adviceSection = section({
  /** Dollars for a GB of disk a month. Default 0.10. */
  storage_gb_month: number().optional(),
  /** Dollars for a thousand active series a month, where they are sold by number. Default 0. */
  thousand_series_month: number().optional(),
  /** Dollars for a GB of log lines taken in, where they are sold by volume. Default 0. */
  log_gb_ingested: number().optional(),
  /** Copies of what is stored. Default 1. */
  replicas: wholeNumber(1, 100).optional(),
  /** Dollars that a month may cost. Default 5000. */
  budget_month: number().optional(),
});

/** The prices in force: those of the section over the exercise's. */
export function pricesOf(settings: z.output<typeof adviceSection> | undefined): Prices {
  return {
    ...EXERCISE_PRICES,
    storageGbMonth: settings?.storage_gb_month ?? EXERCISE_PRICES.storageGbMonth,
    thousandSeriesMonth: settings?.thousand_series_month ?? EXERCISE_PRICES.thousandSeriesMonth,
    logGbIngested: settings?.log_gb_ingested ?? EXERCISE_PRICES.logGbIngested,
    replicas: settings?.replicas ?? EXERCISE_PRICES.replicas,
    budgetMonth: settings?.budget_month ?? EXERCISE_PRICES.budgetMonth,
  };
}

/** The relabelling that was applied. */
export interface AppliedAdvice {
  /** Where it is, or would be written. */
  readonly file: string;
  /** None when the file is not there. */
  readonly rules: readonly RelabelRule[];
}

const adviceFileSection = section({ metric_relabel_configs: relabelRules });

/** Reads the file of applied advice; its faults are among `file.problems`. */
export function readAdviceFile(path: string, source: string): { file: ConfigFile; rules: RelabelRule[] } {
  const file = new ConfigFile(path, source);
  if (!file.has([])) return { file, rules: [] };
  const settings = file.read(adviceFileSection, []);
  checkRelabelRules(file, ['metric_relabel_configs']);
  return { file, rules: toRelabelRules(settings?.metric_relabel_configs ?? []) };
}

/** The configuration with the rules behind those of every job, and told of in its text. */
export function withAdvice(prometheus: PrometheusConfig, { file, rules }: AppliedAdvice, source: string): PrometheusConfig {
  if (rules.length === 0) return prometheus;
  const added = source
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  const note = [`In force for every job besides its own, from ${file}:`, ...added].map((line) => `# ${line}`).join('\n');
  return {
    ...prometheus,
    text: `${prometheus.text.trimEnd()}\n\n${note}\n`,
    scrapeConfigs: prometheus.scrapeConfigs.map((job) => ({ ...job, metricRelabel: [...job.metricRelabel, ...rules] })),
  };
}
