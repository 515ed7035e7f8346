// Answers of the query API, and where two of them differ.

/** `data` of an answer of /api/v1/query or /api/v1/query_range. */
export interface AnswerData {
  readonly resultType: string;
  readonly result: unknown;
}

/** An answer, ours or a peer's. */
export interface Answer {
  /** Undefined when the query failed. */
  readonly data?: AnswerData | undefined;
  readonly error?: string | undefined;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

interface SeriesJson {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** Asks a peer; `path` is `query` or `query_range`. */
export async function askPeer(url: string, path: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  const body = (await response.json()) as {
    status: string;
    data?: AnswerData;
    error?: string;
    warnings?: string[];
    infos?: string[];
  };
  const annotations = { warnings: body.warnings ?? [], infos: body.infos ?? [] };
  if (body.status === 'success') return { data: body.data, ...annotations };
  return { error: body.error?.replace('invalid parameter "query": ', '') ?? '', ...annotations };
}

export interface Comparison {
  /** Greatest relative difference of values. */
  readonly tolerance: number;
  /** Compare the order of series, too. */
  readonly isOrdered: boolean;
}

/** The first difference in words, undefined when there is none. */
export function differenceOf(theirs: Answer, ours: Answer, comparison: Comparison): string | undefined {
  if (theirs.error !== undefined || ours.error !== undefined)
    return theirs.error === ours.error ? undefined : `error: theirs ${theirs.error ?? 'none'}, ours ${ours.error ?? 'none'}`;
  const inData = theirs.data && ours.data ? dataDifference(theirs.data, ours.data, comparison) : 'no data';
  return inData ?? textDifference('warnings', theirs.warnings, ours.warnings) ?? textDifference('infos', theirs.infos, ours.infos);
}

function textDifference(what: string, theirs: readonly string[], ours: readonly string[]): string | undefined {
  const [a, b] = [JSON.stringify([...theirs].sort()), JSON.stringify([...ours].sort())];
  return a === b ? undefined : `${what}: theirs ${a}, ours ${b}`;
}

function dataDifference(theirs: AnswerData, ours: AnswerData, comparison: Comparison): string | undefined {
  if (theirs.resultType !== ours.resultType) return `type: theirs ${theirs.resultType}, ours ${ours.resultType}`;
  if (theirs.resultType === 'scalar' || theirs.resultType === 'string')
    return pointsDifference('', [theirs.result as [number, string]], [ours.result as [number, string]], comparison.tolerance);
  const [a, b] = [theirs.result as SeriesJson[], ours.result as SeriesJson[]];
  if (comparison.isOrdered && a.map(keyOf).join() !== b.map(keyOf).join())
    return `order: theirs ${a.map(keyOf).join()}, ours ${b.map(keyOf).join()}`;
  const byKey = new Map(b.map((series) => [keyOf(series), series]));
  for (const series of a) {
    const key = keyOf(series);
    const other = byKey.get(key);
    if (!other) return `only theirs: ${key}`;
    byKey.delete(key);
    const difference = pointsDifference(key, pointsOf(series), pointsOf(other), comparison.tolerance);
    if (difference !== undefined) return difference;
  }
  const [extra] = byKey.keys();
  return extra === undefined ? undefined : `only ours: ${extra}`;
}

function keyOf({ metric }: SeriesJson): string {
  return JSON.stringify(Object.entries(metric).sort());
}

function pointsOf({ value, values }: SeriesJson): readonly (readonly [number, string])[] {
  return values ?? (value ? [value] : []);
}

type Points = readonly (readonly [number, string])[];

function pointsDifference(key: string, theirs: Points, ours: Points, tolerance: number): string | undefined {
  const times = (points: Points) => points.map(([time]) => time).join();
  if (times(theirs) !== times(ours)) return `times of ${key}: theirs ${times(theirs)}, ours ${times(ours)}`;
  const at = theirs.findIndex(([, value], i) => !isClose(value, ours[i]?.[1] ?? '', tolerance));
  return at < 0 ? undefined : `value of ${key} at ${theirs[at]?.[0]}: theirs ${theirs[at]?.[1]}, ours ${ours[at]?.[1]}`;
}

function isClose(a: string, b: string, tolerance: number): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a), Number(b)];
  // NaN and infinities are written alike when they are alike.
  return Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y));
}
