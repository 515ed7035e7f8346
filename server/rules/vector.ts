import type { FloatHistogram } from '../model/histogram.ts';
import { Labels } from '../model/labels.ts';
import type { QueryEngine } from '../promql/query.ts';
import { rulesError } from './errors.ts';

/** One result of a rule's expression, or one sample that a rule writes. */
export interface RuleSample {
  readonly labels: Labels;
  /** 0 where the sample is a histogram, which is what upstream's alerts have as their value then. */
  readonly value: number;
  readonly histogram?: FloatHistogram | undefined;
}

/** What every evaluation is told. */
export interface Evaluation {
  /** The time that the group's schedule gives, not the time that it is. */
  readonly timeMs: number;
  readonly queryOffsetMs: number;
  /** Most results of one rule; 0 = no limit. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Runs a rule's expression; a scalar is one sample without labels. Throws the engine's errors and `rules.bad_result`. */
export async function queryVector(engine: QueryEngine, expr: string, timeMs: number, signal: AbortSignal): Promise<RuleSample[]> {
  const { value } = await engine.instant({ expr, timeMs, signal });
  if (value.type === 'scalar') return [{ labels: Labels.EMPTY, value: value.value }];
  if (value.type !== 'vector') throw rulesError('rules.bad_result', `rule result is not a vector or scalar: "${expr}" is a ${value.type}`);
  return value.labels.map((labels, i) => {
    const histogram = value.histograms?.[i];
    return histogram ? { labels, value: 0, histogram } : { labels, value: value.values[i] as number };
  });
}
