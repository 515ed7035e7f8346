// Turns query results into lines of the answer. Numbers are written by hand, because JSON has neither NaN nor infinities and a
// large frame must not block the event loop.
import { Labels } from '../../model/labels.ts';
import type { QueryValue } from '../../promql/query.ts';
import { uiError } from './errors.ts';

/** What stands in a line besides the series. */
export interface LineHead {
  readonly panel: string;
  readonly refId: string;
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

const VALUES_AT_ONCE = 20_000;
/** More cannot be drawn, and a browser would choke on it. */
const MAX_VALUES = 1_000_000;

/**
 * The series of a result as a JSON array, how many series it has, how many there were, and how many of those hold native histograms,
 * which stay empty there. Throws `ui.unsupported` for what cannot be drawn.
 */
export async function seriesJson(
  value: QueryValue,
  nameOf: (labels: Labels) => string,
): Promise<{ json: string; shown: number; all: number; histograms: number }> {
  const { labels, steps, numbers } = rowsOf(value);
  const shown = Math.min(labels.length, Math.max(1, Math.floor(MAX_VALUES / steps)));
  const parts: string[] = [];
  let written = 0;
  for (let row = 0; row < shown; row++) {
    const series = labels[row] as Labels;
    parts.push(
      `{"name":${JSON.stringify(nameOf(series))},"labels":${JSON.stringify(series.toObject())},"values":[${numbers(row).join(',')}]}`,
    );
    written += steps;
    if (written < VALUES_AT_ONCE) continue;
    written = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { json: `[${parts.join(',')}]`, shown, all: labels.length, histograms: histogramRows(value) };
}

function histogramRows(value: QueryValue): number {
  if (!('histograms' in value) || !value.histograms) return 0;
  const steps = value.type === 'matrix' ? value.steps : 1;
  const rows = new Set<number>();
  value.histograms.forEach((histogram, cell) => {
    if (histogram) rows.add(Math.floor(cell / steps));
  });
  return rows.size;
}

interface Rows {
  readonly labels: readonly Labels[];
  readonly steps: number;
  numbers(row: number): string[];
}

function rowsOf(value: QueryValue): Rows {
  switch (value.type) {
    case 'matrix': {
      const { labels, steps, values, present, histograms } = value;
      const isNumber = (cell: number) => present[cell] === 1 && !histograms?.[cell];
      const numbers = (row: number) =>
        Array.from({ length: steps }, (_, t) => (isNumber(row * steps + t) ? numberJson(values[row * steps + t] as number) : 'null'));
      return { labels, steps, numbers };
    }
    case 'vector':
      return {
        labels: value.labels,
        steps: 1,
        numbers: (row) => [value.histograms?.[row] ? 'null' : numberJson(value.values[row] as number)],
      };
    case 'scalar':
      return { labels: [Labels.EMPTY], steps: 1, numbers: () => [numberJson(value.value)] };
    case 'raw':
      throw uiError('ui.unsupported', 'the query returns a range vector ("x[5m]"); wrap it in a function such as rate() to draw it');
    case 'string':
      throw uiError('ui.unsupported', 'the query returns a text, which cannot be drawn');
  }
}

function numberJson(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return '"NaN"';
  return value > 0 ? '"+Inf"' : '"-Inf"';
}
