// What completion asks the server. Answers are kept for a minute, so that typing does not ask again at every key.
import type { PrometheusClient } from '@prometheus-io/codemirror-promql';
import { EqlRegex, EqlSingle, Neq, NeqRegex } from '@prometheus-io/lezer-promql';
import { getPrometheus } from '../data/client.ts';

type Matchers = NonNullable<Parameters<PrometheusClient['labelValues']>[2]>;
type Metadata = Awaited<ReturnType<PrometheusClient['metricMetadata']>>;

const KEPT_MS = 60_000;
const MOST_KEPT = 200;
/** More names than this do not help a person, and fill the list slowly. */
const LIMIT = 10_000;
const OPERATORS: ReadonlyMap<number, string> = new Map([
  [EqlSingle, '='],
  [Neq, '!='],
  [EqlRegex, '=~'],
  [NeqRegex, '!~'],
]);

/** The window in which names are looked up: Unix milliseconds. */
export type CompletionWindow = () => { readonly fromMs: number; readonly toMs: number };

/** The client of codemirror-promql on our own requests. A failed question answers nothing: completion then offers the language alone. */
export function createCompletionClient(window: CompletionWindow, nowMs: () => number = Date.now): PrometheusClient & { destroy(): void } {
  const kept = new Map<string, { readonly untilMs: number; readonly answer: Promise<unknown> }>();
  const leaving = new AbortController();

  function ask<T>(path: string, parameters: Readonly<Record<string, string | number | undefined>>, nothing: T): Promise<T> {
    const key = `${path} ${parameters['match[]'] ?? ''}`;
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > nowMs()) return known.answer as Promise<T>;
    const answer = getPrometheus<T>(path, parameters, leaving.signal).catch(() => {
      kept.delete(key);
      return nothing;
    });
    kept.delete(key);
    kept.set(key, { untilMs: nowMs() + KEPT_MS, answer });
    const oldest = kept.keys().next().value;
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return answer;
  }

  function scope(selector: string | undefined): Record<string, string | number | undefined> {
    const { fromMs, toMs } = window();
    return { start: fromMs / 1000, end: toMs / 1000, limit: LIMIT, 'match[]': selector };
  }

  const labelValues = (name: string, metric?: string, matchers?: Matchers) =>
    ask<string[]>(`/api/v1/label/${encodeURIComponent(name)}/values`, scope(selectorText(metric, matchers, name)), []);

  return {
    labelNames: async (metric) =>
      (await ask<string[]>('/api/v1/labels', scope(selectorText(metric)), [])).filter((name) => name !== '__name__'),
    labelValues,
    metricNames: () => labelValues('__name__'),
    metricMetadata: async () => onePerMetric(await ask<Metadata>('/api/v1/metadata', {}, {})),
    series: async (metric, matchers, label) => {
      const series = await ask<Record<string, string>[]>('/api/v1/series', scope(selectorText(metric, matchers, label)), []);
      return series.map((labels) => new Map(Object.entries(labels)));
    },
    flags: async () => ({}),
    destroy: () => leaving.abort(),
  };
}

/** `metric{a="b"}` of what already stands in the braces, apart from the label that is being completed. */
export function selectorText(metric?: string, matchers: Matchers = [], without?: string): string | undefined {
  const parts = matchers
    .filter(({ name, value }) => name !== without && name !== '' && value !== '')
    .map(({ name, type, value }) => `${/^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name)}${OPERATORS.get(type) ?? '='}"${value}"`);
  if (parts.length === 0) return metric === undefined || metric === '' ? undefined : metric;
  return `${metric ?? ''}{${parts.join(',')}}`;
}

/** Targets that describe a metric differently must not hide its type: the first description stands. */
function onePerMetric(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).map(([name, entries]) => [name, entries.slice(0, 1)]));
}
