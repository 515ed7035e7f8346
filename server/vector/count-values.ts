import { histogramText } from '../model/histogram-text.ts';
import type { Labels } from '../model/labels.ts';
import { vectorError } from './errors.ts';
import { type Grouping, groupPart } from './group.ts';
import type { Rows } from './rows.ts';

/** Counts, in each group and at every step, the samples of equal value; the value becomes the label `label`. */
export function countValues(rows: Rows, label: string, grouping: Grouping, formatValue: (value: number) => string): Rows {
  if (label === '') throw vectorError('vector.bad_label', `invalid label name ${JSON.stringify(label)}`);
  const { steps } = rows;
  const part = groupPart(grouping.without ? grouping : { without: false, labels: [...grouping.labels, label] });
  const rowOf = new Map<string, number>();
  const labels: Labels[] = [];
  const counts: Float64Array[] = [];
  for (let t = 0; t < steps; t++)
    for (let row = 0; row < rows.labels.length; row++) {
      if (rows.present[row * steps + t] === 0) continue;
      const cell = row * steps + t;
      const histogram = rows.histograms?.[cell];
      const value = histogram ? histogramText(histogram) : formatValue(rows.values[cell] as number);
      const group = part((rows.labels[row] as Labels).with(label, value));
      const key = group.key();
      let to = rowOf.get(key);
      if (to === undefined) {
        to = labels.length;
        rowOf.set(key, to);
        labels.push(group);
        counts.push(new Float64Array(steps));
      }
      const line = counts[to] as Float64Array;
      line[t] = (line[t] as number) + 1;
    }
  const values = new Float64Array(labels.length * steps);
  counts.forEach((line, row) => {
    values.set(line, row * steps);
  });
  return { steps, labels, values, present: Uint8Array.from(values, (count) => (count > 0 ? 1 : 0)) };
}
