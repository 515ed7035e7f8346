// Where two answers differ.
import type { Answer, HistogramJson, SeriesJson } from './ask.ts';

export interface Comparison {
  /** Greatest relative difference of values. */
  readonly tolerance: number;
  /** Compare the order of series, too. */
  readonly isOrdered: boolean;
}

/** The first difference in words, undefined when there is none. */
export function differenceOf(theirs: Answer, ours: Answer, comparison: Comparison): string | undefined {
  return (
    wordDifference('status', theirs.httpStatus, ours.httpStatus, theirs.error ?? ours.error) ??
    wordDifference('error type', theirs.errorType, ours.errorType) ??
    wordDifference('error', theirs.error, ours.error) ??
    dataDifference(theirs.data, ours.data, comparison) ??
    annotationDifference('warnings', theirs.warnings, ours.warnings) ??
    annotationDifference('infos', theirs.infos, ours.infos)
  );
}

function wordDifference(what: string, theirs: unknown, ours: unknown, detail?: string): string | undefined {
  if (theirs === ours) return undefined;
  return `${what}: real ${theirs ?? 'none'}, ours ${ours ?? 'none'}${detail === undefined ? '' : ` (${detail})`}`;
}

/** Of more than ten only the number can be compared: which ten are shown is a map's order upstream. */
function annotationDifference(what: string, theirs: readonly string[] = [], ours: readonly string[] = []): string | undefined {
  const settled = (texts: readonly string[]) => (texts.length > 10 ? [texts.length, texts.at(-1)] : [...texts].sort());
  return wordDifference(what, JSON.stringify(settled(theirs)), JSON.stringify(settled(ours)));
}

function dataDifference(theirs: Answer['data'], ours: Answer['data'], comparison: Comparison): string | undefined {
  if (!theirs || !ours) return wordDifference('data', theirs && 'some', ours && 'some');
  if (theirs.resultType !== ours.resultType) return wordDifference('result type', theirs.resultType, ours.resultType);
  if (theirs.resultType === 'scalar' || theirs.resultType === 'string')
    return pointsDifference('', [theirs.result as Point], [ours.result as Point], comparison.tolerance);
  const [a, b] = [theirs.result as SeriesJson[], ours.result as SeriesJson[]];
  const difference = seriesDifference(a, b, comparison.tolerance);
  if (difference !== undefined || !comparison.isOrdered) return difference;
  const at = a.findIndex((series, i) => keyOf(series) !== keyOf(b[i]));
  return at < 0 ? undefined : `order at ${at}: real ${keyOf(a[at])}, ours ${keyOf(b[at])}`;
}

function seriesDifference(theirs: readonly SeriesJson[], ours: readonly SeriesJson[], tolerance: number): string | undefined {
  const byKey = new Map(ours.map((series) => [keyOf(series), series]));
  for (const series of theirs) {
    const key = keyOf(series);
    const other = byKey.get(key);
    if (!other) return `only real: ${key}${sketch(series)}; ours has ${ours.length} series, real ${theirs.length}`;
    byKey.delete(key);
    const difference =
      pointsDifference(key, floatsOf(series), floatsOf(other), tolerance) ??
      histogramsDifference(key, histogramsOf(series), histogramsOf(other), tolerance);
    if (difference !== undefined) return difference;
  }
  const [extra] = byKey;
  return extra && `only ours: ${extra[0]}${sketch(extra[1])}; ours has ${ours.length} series, real ${theirs.length}`;
}

function sketch(series: SeriesJson): string {
  return ` ${JSON.stringify(series.value ?? series.values?.[0] ?? series.histogram ?? series.histograms?.[0])}`.slice(0, 200);
}

function keyOf(series: SeriesJson | undefined): string {
  return JSON.stringify(Object.entries(series?.metric ?? {}).sort());
}

type Point = readonly [number, string];
type HistogramPoint = readonly [number, HistogramJson];

function floatsOf({ value, values }: SeriesJson): readonly Point[] {
  return values ?? (value ? [value] : []);
}

function histogramsOf({ histogram, histograms }: SeriesJson): readonly HistogramPoint[] {
  return histograms ?? (histogram ? [histogram] : []);
}

function timesDifference(
  key: string,
  what: string,
  theirs: readonly (Point | HistogramPoint)[],
  ours: readonly (Point | HistogramPoint)[],
) {
  const at = Array.from({ length: Math.max(theirs.length, ours.length) }).findIndex((_, i) => theirs[i]?.[0] !== ours[i]?.[0]);
  if (at < 0) return undefined;
  const point = (points: readonly (Point | HistogramPoint)[]) => JSON.stringify(points[at] ?? 'none');
  return `${what} ${at} of ${key}: real ${point(theirs)} of ${theirs.length}, ours ${point(ours)} of ${ours.length}`;
}

function pointsDifference(key: string, theirs: readonly Point[], ours: readonly Point[], tolerance: number): string | undefined {
  const inTimes = timesDifference(key, 'float', theirs, ours);
  if (inTimes !== undefined) return inTimes;
  const at = theirs.findIndex(([, value], i) => !isClose(value, ours[i]?.[1], tolerance));
  return at < 0 ? undefined : `value of ${key} at ${theirs[at]?.[0]}: real ${theirs[at]?.[1]}, ours ${ours[at]?.[1]}`;
}

function histogramsDifference(key: string, theirs: readonly HistogramPoint[], ours: readonly HistogramPoint[], tolerance: number) {
  const inTimes = timesDifference(key, 'histogram', theirs, ours);
  if (inTimes !== undefined) return inTimes;
  for (const [i, [time, histogram]] of theirs.entries()) {
    const difference = histogramDifference(histogram, ours[i]?.[1], tolerance);
    if (difference !== undefined) return `histogram of ${key} at ${time}: ${difference}`;
  }
  return undefined;
}

function histogramDifference(theirs: HistogramJson, ours: HistogramJson | undefined, tolerance: number): string | undefined {
  if (!isClose(theirs.count, ours?.count, tolerance)) return wordDifference('count', theirs.count, ours?.count);
  if (!isClose(theirs.sum, ours?.sum, tolerance)) return wordDifference('sum', theirs.sum, ours?.sum);
  const [a, b] = [theirs.buckets ?? [], ours?.buckets ?? []];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const isEqual = a[i]?.every((field, k) => (k === 0 ? field === b[i]?.[0] : isClose(String(field), b[i]?.[k] as string, tolerance)));
    if (!isEqual) return `bucket ${i} of ${a.length}: real ${JSON.stringify(a[i])}, ours ${JSON.stringify(b[i])} of ${b.length}`;
  }
  return undefined;
}

function isClose(a: string, b: string | undefined, tolerance: number): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a), Number(b)];
  // NaN, infinities and the sign of zero are written alike when they are alike.
  if (!Number.isFinite(x) || !Number.isFinite(y) || x === 0 || y === 0) return false;
  return Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y));
}
