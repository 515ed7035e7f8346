// Questions of Explore to the query API, and its answers as columns on the grid of the step.
import { request } from '../../data/client.ts';
import type { LabelMap, PromSample } from '../../data/prometheus.ts';
import type { QuerySpan } from './step.ts';

/** Native histograms as the API writes them. */
export interface PromHistogram {
  readonly count: string;
  readonly sum: string;
  /** Buckets that count anything: whether borders belong to it (0 only right, 1 only left, 2 none, 3 both), left and right border, count. */
  readonly buckets?: readonly (readonly [rule: number, left: string, right: string, count: string])[];
}

interface MatrixSeries {
  readonly metric: LabelMap;
  readonly values?: readonly PromSample[];
  readonly histograms?: readonly (readonly [number, PromHistogram])[];
}

interface VectorSeries {
  readonly metric: LabelMap;
  readonly value?: PromSample;
  readonly histogram?: readonly [number, PromHistogram];
}

type PromData =
  | { readonly resultType: 'matrix'; readonly result: readonly MatrixSeries[] }
  | { readonly resultType: 'vector'; readonly result: readonly VectorSeries[] }
  | { readonly resultType: 'scalar'; readonly result: PromSample }
  | { readonly resultType: 'string'; readonly result: PromSample };

interface Notes {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** From sending the request to having read the answer. */
  readonly elapsedMs: number;
}

/** One series over the steps of a span: null where there is no sample. */
export interface RangeSeries {
  readonly labels: LabelMap;
  readonly values: readonly (number | null)[];
}

/** Answer of a range query. */
export interface RangeAnswer extends Notes {
  readonly kind: 'range';
  readonly span: QuerySpan;
  readonly series: readonly RangeSeries[];
  /** Series of native histograms, which a line cannot show. */
  readonly histograms: number;
}

/** One row of an instant answer: a value, a histogram, raw samples of a range selector, or a text. */
export interface InstantRow {
  readonly labels: LabelMap;
  readonly value: number | undefined;
  readonly histogram: PromHistogram | undefined;
  readonly text: string | undefined;
  readonly samples: readonly (readonly [timeMs: number, value: number])[] | undefined;
}

/** Answer of an instant query. */
export interface InstantAnswer extends Notes {
  readonly kind: 'instant';
  readonly type: PromData['resultType'];
  readonly timeMs: number;
  readonly rows: readonly InstantRow[];
}

/** A graph or a table with more series than this is of no use; the server says in a warning when it left some out. */
const RANGE_LIMIT = 1_000;
const INSTANT_LIMIT = 10_000;

/** Asks over the span. Throws ApiError. */
export async function runRange(expr: string, span: QuerySpan, signal: AbortSignal): Promise<RangeAnswer> {
  const { startMs, endMs, stepMs } = span;
  const parameters = { query: expr, start: startMs / 1_000, end: endMs / 1_000, step: stepMs / 1_000, limit: RANGE_LIMIT };
  const { data, ...notes } = await ask('/api/v1/query_range', parameters, signal);
  const all = data.resultType === 'matrix' ? data.result : [];
  const series = all
    .filter(({ values }) => values !== undefined)
    .map((one) => ({ labels: one.metric, values: onGrid(one.values ?? [], span) }));
  return { kind: 'range', span, series, histograms: all.filter(({ histograms }) => histograms !== undefined).length, ...notes };
}

/** Asks at one instant. Throws ApiError. */
export async function runInstant(expr: string, timeMs: number, signal: AbortSignal): Promise<InstantAnswer> {
  const { data, ...notes } = await ask('/api/v1/query', { query: expr, time: timeMs / 1_000, limit: INSTANT_LIMIT }, signal);
  return { kind: 'instant', type: data.resultType, timeMs, rows: instantRows(data), ...notes };
}

async function ask(
  path: string,
  parameters: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<Notes & { data: PromData }> {
  const startedMs = performance.now();
  const body = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const response = await request(path, { method: 'POST', body, signal });
  const answer = (await response.json()) as { data: PromData; warnings?: readonly string[]; infos?: readonly string[] };
  return { data: answer.data, warnings: answer.warnings ?? [], infos: answer.infos ?? [], elapsedMs: performance.now() - startedMs };
}

/** Samples placed on the steps of the span. */
export function onGrid(samples: readonly PromSample[], { startMs, endMs, stepMs }: QuerySpan): readonly (number | null)[] {
  const steps = Math.floor((endMs - startMs) / stepMs) + 1;
  const values: (number | null)[] = new Array(Math.max(0, steps)).fill(null);
  for (const [seconds, text] of samples) {
    const step = Math.round((seconds * 1_000 - startMs) / stepMs);
    if (step >= 0 && step < values.length) values[step] = toNumber(text);
  }
  return values;
}

/** The times of the steps, Unix milliseconds. */
export function timesOf({ startMs, endMs, stepMs }: QuerySpan): readonly number[] {
  return Array.from({ length: Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1) }, (_, step) => startMs + step * stepMs);
}

function instantRows(data: PromData): readonly InstantRow[] {
  const row = (labels: LabelMap, over: Partial<InstantRow>): InstantRow => ({
    labels,
    value: undefined,
    histogram: undefined,
    text: undefined,
    samples: undefined,
    ...over,
  });
  if (data.resultType === 'scalar') return [row({}, { value: toNumber(data.result[1]) })];
  if (data.resultType === 'string') return [row({}, { text: data.result[1] })];
  if (data.resultType === 'matrix') {
    return data.result.map(({ metric, values = [], histograms = [] }) =>
      histograms.length > 0 && values.length === 0
        ? row(metric, { text: `${histograms.length} histogram samples` })
        : row(metric, { samples: values.map(([seconds, text]) => [seconds * 1_000, toNumber(text)] as const) }),
    );
  }
  return data.result.map(({ metric, value, histogram }) =>
    value ? row(metric, { value: toNumber(value[1]) }) : row(metric, { histogram: histogram?.[1] }),
  );
}

/** Go's way to write floats. */
export function toNumber(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
