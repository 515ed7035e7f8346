// Two answers to one query, compared bit by bit.
import { equalHistograms } from '../model/histogram-compare.ts';
import type { Matrix, QueryValue } from '../promql/query.ts';
import type { Pace } from './pace.ts';
import { keyOf } from './reduction.ts';

/** Whether the answer has no series. Scalars and texts are never empty. */
export function isEmptyAnswer(value: QueryValue): boolean {
  return 'labels' in value && value.labels.length === 0;
}

/** What differs first; undefined when the answers are the same in every series, time and bit. */
export async function differenceOf(before: QueryValue, after: QueryValue, pace: Pace): Promise<string | undefined> {
  if (before.type !== after.type) return `a ${before.type} becomes a ${after.type}`;
  if (before.type === 'string' || after.type === 'string') return undefined;
  if (before.type === 'matrix') return after.type === 'matrix' ? matrixDifference(before, after, pace) : undefined;
  if (after.type === 'matrix') return undefined;
  const [a, b] = [JSON.stringify(plain(before)), JSON.stringify(plain(after))];
  return a === b ? undefined : 'the samples differ';
}

async function matrixDifference(before: Matrix, after: Matrix, pace: Pace): Promise<string | undefined> {
  const rows = new Map<string, number>();
  for (const [row, labels] of after.labels.entries()) {
    if (pace.isDue) await pace.rest();
    rows.set(keyOf(labels), row);
  }
  for (const [row, labels] of before.labels.entries()) {
    if (pace.isDue) await pace.rest();
    const other = rows.get(keyOf(labels));
    if (other === undefined) return `${before.labels.length} series become ${after.labels.length}; ${labels} is gone`;
    for (let t = 0; t < before.steps; t++) {
      const [i, j] = [row * before.steps + t, other * after.steps + t];
      if (before.present[i] !== after.present[j]) return `${labels} has a value at other times`;
      if (before.present[i] === 0) continue;
      const [x, y] = [before.histograms?.[i], after.histograms?.[j]];
      const isSame = x && y ? equalHistograms(x, y) : !x && !y && Object.is(before.values[i], after.values[j]);
      if (!isSame) return `${labels} is ${after.values[j]}, not ${before.values[i]}`;
    }
  }
  return before.labels.length === after.labels.length ? undefined : `${before.labels.length} series become ${after.labels.length}`;
}

function plain(value: Exclude<QueryValue, Matrix>): unknown {
  if (value.type === 'scalar') return String(value.value);
  if (value.type === 'string') return value.value;
  const series = value.labels.map((labels, i) => {
    const [from, to] = value.type === 'raw' ? [value.offsets[i] as number, value.offsets[i + 1] as number] : [i, i + 1];
    const times = value.type === 'raw' ? [...value.timestampsMs.subarray(from, to)] : [];
    return [labels.flat, times, [...value.values.subarray(from, to)].map(String)];
  });
  return series.map((one) => JSON.stringify(one)).sort();
}
