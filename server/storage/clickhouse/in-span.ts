// How blocks of series are asked for. The engine looks each number of a list up in its index, on the thread that asks: where the numbers are
// many, it is told of ranges of numbers or of whole metrics instead, if not much more is read in vain than is wanted.
import type { Labels } from '../../model/labels.ts';
import type { BoundValues } from './driver.ts';
import { VISIBLE, type Visible } from './generations.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

/** Up to so many series are named one by one. */
const MOST_NAMED = 500;
const MOST_RANGES = 16;
/** How many times as many series as are wanted may be read. */
const MOST_READ = 2;

/** A span of time in milliseconds, both ends included. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

interface Stored {
  readonly id: number;
  readonly metric: number;
  readonly labels: Labels;
}

/** A condition in SQL, and values for its placeholders. */
export interface Condition {
  readonly sql: string;
  readonly values: BoundValues;
}

/** Blocks that may have samples of the series in the span, and maybe some of others. `countOf` tells how many series a metric has. */
export function inSpan(
  series: readonly Stored[],
  span: Span,
  visible: Visible,
  countOf: (metricName: string) => number,
  mostNamed = MOST_NAMED,
): Condition {
  const metrics = new Map(series.map(({ metric, labels }) => [metric, labels]));
  const time = inTime([...metrics.keys()], span, visible);
  const ids = Uint32Array.from(series, ({ id }) => id);
  const which = ids.length > mostNamed ? ofMany(ids, countAll(metrics.values(), countOf)) : ofEach(ids);
  return { sql: `${time.sql}${which.sql}`, values: { ...time.values, ...which.values } };
}

function inTime(metrics: readonly number[], { startMs, endMs }: Span, { visible, dead }: Visible): Condition {
  const sql = `metric IN {metrics:Array(UInt32)} AND min_t >= {from:Int64} AND min_t <= {end:Int64} AND max_t >= {start:Int64} AND ${VISIBLE}`;
  const from = Math.floor(startMs / METRIC_PARTITION_MS) * METRIC_PARTITION_MS;
  return { sql, values: { metrics, from, start: startMs, end: endMs, visible, dead } };
}

function countAll(metrics: Iterable<Labels>, countOf: (metricName: string) => number): number {
  let all = 0;
  for (const { metricName } of metrics) all += countOf(metricName);
  return all;
}

function ofEach(ids: Uint32Array): Condition {
  return { sql: ' AND series IN {series:Array(UInt32)}', values: { series: [...ids] } };
}

/** Of the `all` series of their metrics these, and maybe others. */
function ofMany(ids: Uint32Array, all: number): Condition {
  // Nobody has counted those without a name.
  if (all < ids.length) return ofEach(ids);
  if (all <= MOST_READ * ids.length) return { sql: '', values: {} };
  const ranges = rangesOf(ids.sort());
  const within = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (within > MOST_READ * ids.length) return ofEach(ids);
  const sql = ranges.map((_, i) => `series BETWEEN {first${i}:UInt32} AND {last${i}:UInt32}`).join(' OR ');
  const bounds = ranges.flatMap(([first, last], i) => [
    [`first${i}`, first],
    [`last${i}`, last],
  ]);
  return { sql: ` AND (${sql})`, values: Object.fromEntries(bounds) as BoundValues };
}

/** What covers rising numbers best in so many ranges: cut at the widest gaps. */
function rangesOf(ids: Uint32Array): (readonly [first: number, last: number])[] {
  const gapBefore = (i: number) => (ids[i] as number) - (ids[i - 1] as number);
  const gaps: number[] = [];
  for (let i = 1; i < ids.length; i++) if (gapBefore(i) > 1) gaps.push(i);
  const cuts = gaps
    .sort((a, b) => gapBefore(b) - gapBefore(a))
    .slice(0, MOST_RANGES - 1)
    .sort((a, b) => a - b);
  const starts = [0, ...cuts];
  return starts.map((start, i) => [ids[start] as number, ids[(starts[i + 1] ?? ids.length) - 1] as number]);
}
