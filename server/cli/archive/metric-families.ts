// Which metrics a server has, family by family, as OpenMetrics wants them: samples of a family stand together behind what is said about it.
//
// Prometheus knows series and, apart from them and only for what it scrapes now, what targets say about families. What is said is believed
// where the series fit: a counter needs `_total`, bounds of buckets their canonical form (a reader would write them so), no two families
// share a name. All others become families of type unknown, one for each metric, which says nothing that is not so.
import { canonicalBound } from '../../formats/exposition/number.ts';
import { AppError } from '../../model/app-error.ts';
import { archiveError } from './errors.ts';
import { address, causeOf, type RemoteSource } from './remote-reader.ts';

/** A family and what is known about it. */
export interface MetricFamily {
  /** As it stands behind `# TYPE`. */
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Only where the name ends with it, as the format demands. */
  readonly unit: string;
  /** Names of its metrics, at least one. */
  readonly metrics: readonly string[];
}

/** Which series are meant. */
export interface FamilySelection {
  /** Selectors as texts; none = all series. */
  readonly match: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
}

interface Metadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** What a type's samples have behind the name of the family. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum'],
  info: ['_info'],
  stateset: [''],
  unknown: [''],
};
/** Labels whose values a reader brings into canonical form. */
const BOUNDS: Readonly<Record<string, string>> = { histogram: 'le', gaugehistogram: 'le', summary: 'quantile' };

/** All families of a selection, by name. Throws AppError `archive.source`. */
export async function readFamilies(source: RemoteSource, selection: FamilySelection): Promise<MetricFamily[]> {
  const names = new Set(await labelValues(source, '__name__', selection));
  const metadata = await ask<Record<string, Metadata[]>>(source, 'metadata', []);
  const families: MetricFamily[] = [];
  const taken = new Set<string>();
  for (const [metric, entries] of Object.entries(metadata)) {
    const family = familyOf(metric, entries, names);
    if (!family || taken.has(family.name) || family.metrics.some((name) => taken.has(name))) continue;
    if (!(await hasCanonicalBounds(source, family, selection))) continue;
    families.push(family);
    for (const name of [family.name, ...family.metrics]) taken.add(name);
  }
  const told = new Set(families.flatMap(({ metrics }) => metrics));
  for (const name of names) {
    if (told.has(name)) continue;
    const [first] = metadata[name] ?? [];
    families.push({ name, type: 'unknown', help: first?.help ?? '', unit: '', metrics: [name] });
  }
  return families.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The family of one entry of metadata; undefined when nothing is there that fits, or targets contradict each other. */
function familyOf(metric: string, entries: readonly Metadata[], names: ReadonlySet<string>): MetricFamily | undefined {
  const [first] = entries;
  const suffixes = SUFFIXES[first?.type ?? ''];
  if (!first || !suffixes || entries.some(({ type }) => type !== first.type)) return undefined;
  // The text format has the suffix in the name of the family.
  const [suffix = ''] = suffixes;
  const name = suffixes.length === 1 && suffix !== '' && metric.endsWith(suffix) ? metric.slice(0, -suffix.length) : metric;
  const metrics = suffixes.map((end) => name + end).filter((one) => names.has(one));
  // Samples of a histogram's or counter's bare name would belong to nobody.
  if (metrics.length === 0 || (!suffixes.includes('') && names.has(name) && !isHistogram(first.type))) return undefined;
  const unit = first.unit !== '' && name.endsWith(`_${first.unit}`) ? first.unit : '';
  return { name, type: first.type, help: first.help, unit, metrics: isHistogram(first.type) ? withBare(metrics, name, names) : metrics };
}

function isHistogram(type: string): boolean {
  return type === 'histogram' || type === 'gaugehistogram';
}

/** Native histograms have the bare name; they are left out by the writer, which counts them. */
function withBare(metrics: readonly string[], name: string, names: ReadonlySet<string>): readonly string[] {
  return names.has(name) ? [...metrics, name] : metrics;
}

async function hasCanonicalBounds(source: RemoteSource, { type, metrics }: MetricFamily, selection: FamilySelection): Promise<boolean> {
  const label = BOUNDS[type];
  if (label === undefined) return true;
  const match = metrics.map((name) => `{__name__=${JSON.stringify(name)}}`);
  const values = await labelValues(source, label, { ...selection, match });
  return values.every((value) => canonicalBound(value) === value);
}

function labelValues(source: RemoteSource, label: string, { match, startMs, endMs }: FamilySelection): Promise<string[]> {
  const parameters: [string, string][] = [
    ['start', String(startMs / 1000)],
    ['end', String(endMs / 1000)],
    ...match.map((selector): [string, string] => ['match[]', selector]),
  ];
  return ask(source, `label/${label}/values`, parameters);
}

async function ask<Data>(source: RemoteSource, path: string, parameters: [string, string][]): Promise<Data> {
  const { url, headers } = address(source);
  const asked = `${url}/api/v1/${path}`;
  try {
    const response = await fetch(`${asked}?${new URLSearchParams(parameters)}`, { headers });
    const answer = (await response.json()) as { data?: Data; error?: string };
    if (!response.ok || answer.data === undefined)
      throw archiveError('archive.source', `${asked} answers ${response.status}: ${answer.error ?? 'nothing that is understood'}`);
    return answer.data;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw archiveError('archive.source', `no answer from ${asked}: ${causeOf(error)}`, error);
  }
}
