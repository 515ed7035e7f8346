/**
 * The exposition as OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). prom-client can write it too, but renames
 * the counters of its registry for good when it does, and the next text scrape would miss their `_total`.
 */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** `Content-Type` of what `formatOpenMetrics` returns. */
export const OPENMETRICS_CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

type Family = MetricObjectWithValues<MetricValue<string>>;

/** One series with its value, as prom-client hands it out; buckets have their own name and perhaps an exemplar. */
interface Sample extends MetricValue<string> {
  readonly metricName?: string;
  readonly exemplar?: { readonly labelSet: Readonly<Record<string, string>>; readonly value: number; readonly timestamp: number } | null;
}

/** Whether a request's `Accept` header prefers OpenMetrics to the text format; a header without either prefers text. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  const weight = weightOf(accept, 'application/openmetrics-text');
  return weight > 0 && weight >= weightOf(accept, 'text/plain');
}

function weightOf(accept: string | undefined, type: string): number {
  let best = 0;
  for (const entry of (accept ?? '').split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice(8);
    if (name !== type || (type.endsWith('openmetrics-text') && version !== undefined && version !== '1.0.0' && version !== '0.0.1'))
      continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    best = Math.max(best, quality === undefined ? 1 : Number(quality.slice(2)) || 0);
  }
  return best;
}

/** Formats families with all their series. */
export function formatOpenMetrics(families: readonly Family[]): string {
  return `${families.map(formatFamily).join('')}# EOF\n`;
}

function formatFamily(family: Family): string {
  // A counter's samples end in `_total` here and its family does not; one that is named otherwise keeps its name and loses its type.
  const kind = String(family.type);
  const isCounter = kind === 'counter';
  const isNamedAsCounter = family.name.endsWith('_total');
  const name = isCounter && isNamedAsCounter ? family.name.slice(0, -'_total'.length) : family.name;
  const type = isCounter && !isNamedAsCounter ? 'unknown' : kind;
  const lines = [`# HELP ${name} ${escapeText(family.help)}`, `# TYPE ${name} ${type}`];
  for (const sample of family.values as readonly Sample[]) lines.push(formatSample(sample, family.name));
  return `${lines.join('\n')}\n`;
}

function formatSample({ metricName, labels, value, exemplar }: Sample, familyName: string): string {
  const line = `${metricName ?? familyName}${formatLabels(labels)} ${formatNumber(value)}`;
  if (!exemplar) return line;
  return `${line} # ${formatLabels(exemplar.labelSet) || '{}'} ${formatNumber(exemplar.value)} ${exemplar.timestamp}`;
}

function formatLabels(labels: Readonly<Record<string, string | number | undefined>>): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (value === undefined) continue;
    // Bounds of buckets are numbers in the one spelling that the specification calls canonical: 1.0, not 1.
    const isBound = name === 'le' || name === 'quantile';
    pairs.push(`${name}="${isBound && typeof value === 'number' ? canonical(value) : escapeText(String(value))}"`);
  }
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function canonical(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : formatNumber(value);
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
