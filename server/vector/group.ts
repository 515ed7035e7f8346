import { Labels } from '../model/labels.ts';
import { partKey } from './matching.ts';
import { METRIC_NAME } from './rows.ts';

/** How an aggregation groups series: `by (labels)` or `without (labels)`. */
export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

/** Groups in order of their first series. */
export interface Groups {
  readonly labels: readonly Labels[];
  /** The group of each series. */
  readonly of: Int32Array;
}

/** Sorts series into groups. */
export function groupSeries(series: readonly Labels[], grouping: Grouping): Groups {
  const part = groupPart(grouping);
  const numbers = new Map<string, number>();
  const labels: Labels[] = [];
  const keyOf = partKey(grouping.without ? 'without' : 'only', grouping.without ? [...grouping.labels, ...METRIC_NAME] : grouping.labels);
  const of = Int32Array.from(series, (each) => {
    const key = keyOf(each);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, labels.length);
    labels.push(part(each));
    return labels.length - 1;
  });
  return { labels, of };
}

/** The labels that a series contributes to its group. */
export function groupPart({ without, labels }: Grouping): (series: Labels) => Labels {
  if (!without && labels.length === 0) return () => Labels.EMPTY;
  const names = new Set(without ? [...labels, ...METRIC_NAME] : labels);
  return without ? (series) => series.drop(names) : (series) => series.keep(names);
}
