import { Labels } from '../../model/labels.ts';
import { logqlError } from '../errors.ts';
import type { Grouping } from '../parse/ast.ts';
import type { LineLabels } from '../pipeline/line-labels.ts';

/** Does not occur in text decoded from UTF-8. */
const SEPARATOR = '\ud800';

/** Numbers the series of a range aggregation: lines with the same labels, or the same labels after grouping, share one. */
export class SeriesTable {
  readonly labels: Labels[] = [];
  readonly #grouping: Grouping | undefined;
  readonly #dropped: ReadonlySet<string>;
  readonly #maxSeries: number;
  readonly #byKey = new Map<string, number>();
  /** Label sets are mostly the same objects, line after line. */
  #byLabels = new Map<Labels, number>();

  /** `unwrapped` is the label whose value became the sample, '' without one. */
  constructor(grouping: Grouping | undefined, unwrapped: string, maxSeries: number) {
    this.#grouping = grouping;
    this.#dropped = new Set([...(grouping?.without ? grouping.labels : []), unwrapped].filter((name) => name !== ''));
    this.#maxSeries = maxSeries;
  }

  /** The number of the line's series. Throws `logql.too_many_series` at the limit. */
  seriesOf(line: LineLabels): number {
    const grouping = this.#grouping;
    if (grouping && !grouping.without) {
      let key = '';
      for (const name of grouping.labels) key += `${line.get(name)}${SEPARATOR}`;
      return this.#byKey.get(key) ?? this.#add(key, Labels.fromEntries(grouping.labels.map((name) => [name, line.get(name)])));
    }
    const labels = line.labels();
    const known = this.#byLabels.get(labels);
    if (known !== undefined) return known;
    const kept = this.#dropped.size === 0 ? labels : labels.drop(this.#dropped);
    const series = this.#byKey.get(kept.key()) ?? this.#add(kept.key(), kept);
    if (this.#byLabels.size > 100_000) this.#byLabels = new Map();
    this.#byLabels.set(labels, series);
    return series;
  }

  #add(key: string, labels: Labels): number {
    const series = this.labels.length;
    if (series >= this.#maxSeries)
      throw logqlError('logql.too_many_series', `maximum number of series (${this.#maxSeries}) reached for a single query`);
    this.labels.push(labels);
    this.#byKey.set(key, series);
    return series;
  }
}
