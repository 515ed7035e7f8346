/** How many days samples are worth keeping, by what they are for (the exercise's four classes). */
export const RETENTION_DAYS = Object.freeze({ slo: 90, debugging: 30, rare: 7, explosive: 1 });

/** Why a metric is kept for so long. */
export type RetentionClass = keyof typeof RETENTION_DAYS;

/** More series of one metric than this are very many. */
export const HIGH_CARDINALITY_SERIES = 10_000;

/** What is known about the use of a metric. */
export interface MetricUse {
  /** How far back questions about it look; 0 when nobody asks. */
  readonly daysQueriedBack: number;
  readonly series: number;
  /** An objective is computed from it. */
  readonly isSlo: boolean;
}

/**
 * The class of a metric. An objective's metric is kept whatever its size, because its budget cannot be computed again; otherwise very many
 * series are kept for a day; what is looked at further back than 30 days is treated as an objective's, further than 7 as
 * debugging, and the rest as rarely queried.
 */
export function retentionClass({ daysQueriedBack, series, isSlo }: MetricUse): RetentionClass {
  if (isSlo) return 'slo';
  if (series > HIGH_CARDINALITY_SERIES) return 'explosive';
  if (daysQueriedBack > RETENTION_DAYS.debugging) return 'slo';
  return daysQueriedBack > RETENTION_DAYS.rare ? 'debugging' : 'rare';
}
