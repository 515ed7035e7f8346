// Queries that make sense for a metric, by its type. They fill the metric browser and teach on an empty screen.

export interface MetricInfo {
  readonly name: string;
  /** As the targets declare it: counter, gauge, histogram, summary, …; 'unknown' when they do not. */
  readonly type: string;
  readonly help: string;
}

/** An expression and what it shows, in a few words. */
export interface Suggestion {
  readonly expr: string;
  readonly text: string;
}

export type Metadata = Readonly<Record<string, readonly { readonly type: string; readonly help: string }[]>>;

const PART = /_(bucket|count|sum)$/;
const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
/** Metrics about the collecting itself: good to have, seldom what a newcomer looks for. */
const INTERNAL = /^(go|process|python|nodejs|scrape|prometheus|alidade|promhttp|net_conntrack|ALERTS|up$)/;
/** And of those, the ones that say least. */
const RUNTIME = /^(go|process|python|nodejs|promhttp|net_conntrack)_/;

/** Name, type and help of every metric; parts of histograms and summaries take them from their family. */
export function describeMetrics(names: readonly string[], metadata: Metadata): readonly MetricInfo[] {
  return names.map((name) => {
    const own = metadata[name]?.[0];
    if (own) return { name, type: own.type, help: own.help };
    const family = metadata[name.replace(PART, '')]?.[0] ?? metadata[name.replace(/_total$/, '')]?.[0];
    if (family === undefined) return { name, type: 'unknown', help: '' };
    const part = PART.exec(name)?.[1];
    const type = part === undefined ? family.type : part === 'bucket' ? 'histogram' : 'counter';
    return { name, type, help: family.help };
  });
}

/** `metric{a="b"}`, quoted as Prometheus 3 wants names outside the classic alphabet. */
export function selectorOf(metric: string, matchers: Readonly<Record<string, string>> = {}): string {
  const parts = Object.entries(matchers).map(
    ([name, value]) => `${PLAIN_METRIC.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(value)}`,
  );
  if (!PLAIN_METRIC.test(metric)) return `{${[JSON.stringify(metric), ...parts].join(', ')}}`;
  return parts.length === 0 ? metric : `${metric}{${parts.join(', ')}}`;
}

/** What to ask about a metric, the most telling first. */
export function suggestFor({ name, type }: MetricInfo, matchers: Readonly<Record<string, string>> = {}): readonly Suggestion[] {
  const selector = selectorOf(name, matchers);
  const raw = { expr: selector, text: 'every series as it is' };
  if (name.endsWith('_bucket')) {
    return [
      { expr: `histogram_quantile(0.95, sum by (le) (rate(${selector}[5m])))`, text: '95 of 100 were below this' },
      { expr: `histogram_quantile(0.5, sum by (le) (rate(${selector}[5m])))`, text: 'half were below this' },
      { expr: `sum by (le) (rate(${selector}[5m]))`, text: 'per second in each bucket' },
    ];
  }
  if (type === 'histogram' && !PART.test(name)) {
    return [{ expr: `histogram_quantile(0.95, sum(rate(${selector}[5m])))`, text: '95 of 100 were below this' }, raw];
  }
  if (isCounter(name, type)) {
    return [
      { expr: `sum by (job) (rate(${selector}[5m]))`, text: 'per second, by job' },
      { expr: `rate(${selector}[5m])`, text: 'per second, every series' },
      { expr: `sum(increase(${selector}[1h]))`, text: 'how many in an hour' },
      raw,
    ];
  }
  return [
    raw,
    { expr: `avg by (job) (${selector})`, text: 'the mean of each job' },
    { expr: `topk(5, ${selector})`, text: 'the five largest' },
  ];
}

/** Examples for a screen without a query: `up`, then metrics of different kinds, applications before the collector itself. */
export function examplesFrom(metrics: readonly MetricInfo[], most = 5): readonly (Suggestion & { readonly about: string })[] {
  const distance = ({ name }: MetricInfo) => Number(INTERNAL.test(name)) + Number(RUNTIME.test(name));
  const preferred = metrics.toSorted((a, b) => distance(a) - distance(b));
  const kinds: readonly ((metric: MetricInfo) => boolean)[] = [
    ({ name }) => name === 'up',
    ({ name, type }) => isCounter(name, type) && !PART.test(name) && !INTERNAL.test(name),
    ({ name }) => name.endsWith('_bucket'),
    ({ name, type }) => type === 'gauge' && !INTERNAL.test(name),
    ({ name, type }) => isCounter(name, type) && !PART.test(name),
    ({ name, type }) => type === 'gauge' && name !== 'up',
  ];
  const chosen = new Map<string, Suggestion & { readonly about: string }>();
  for (const isKind of kinds) {
    const metric = preferred.find((each) => isKind(each) && !chosen.has(each.name));
    if (metric === undefined || chosen.size >= most) continue;
    const [first] = suggestFor(metric);
    if (metric.name === 'up') chosen.set('up', { expr: 'up', text: 'which targets answer: 1 yes, 0 no', about: '' });
    else if (first) chosen.set(metric.name, { ...first, about: metric.help });
  }
  return [...chosen.values()];
}

function isCounter(name: string, type: string): boolean {
  return type === 'counter' || (type === 'unknown' && /_(total|count|sum)$/.test(name));
}
