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

/** Sorts series into groups as they come. */
export class Grouper {
  /** Of the groups so far. */
  readonly labels: Labels[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #part: (series: Labels) => Labels;
  readonly #keyOf: (series: Labels) => string;

  constructor(grouping: Grouping) {
    const { without, labels } = grouping;
    this.#part = groupPart(grouping);
    this.#keyOf = partKey(without ? 'without' : 'only', without ? [...labels, ...METRIC_NAME] : labels);
  }

  /** The group of each of some more series. */
  add(series: readonly Labels[]): Int32Array {
    return Int32Array.from(series, (each) => {
      const key = this.#keyOf(each);
      const known = this.#numbers.get(key);
      if (known !== undefined) return known;
      this.#numbers.set(key, this.labels.length);
      return this.labels.push(this.#part(each)) - 1;
    });
  }
}

/** Sorts series into groups. */
export function groupSeries(series: readonly Labels[], grouping: Grouping): Groups {
  const grouper = new Grouper(grouping);
  const of = grouper.add(series);
  return { labels: grouper.labels, of };
}

/** The labels that a series contributes to its group. */
export function groupPart({ without, labels }: Grouping): (series: Labels) => Labels {
  if (!without && labels.length === 0) return () => Labels.EMPTY;
  const names = new Set(without ? [...labels, ...METRIC_NAME] : labels);
  return without ? (series) => series.drop(names) : (series) => series.keep(names);
}
