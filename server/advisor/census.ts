// Series counted: by metric, label, value and service. The series are grouped by metric first; then one metric after the other is looked
// at, so that never more than the values of one metric are in memory beside the counts of all labels.
import { recognisePattern } from '@alidade/sdk/advise';
import { compareText } from '../model/labels.ts';
import type { MetricStore, SeriesLife } from '../storage/store.ts';
import { type LabelCount, sampleOf, TOP_VALUES, Top } from './label-counts.ts';
import { Pace } from './pace.ts';

const DAY_MS = 86_400_000;
/** Values of all labels together that are told apart; of what is beyond, the number of series alone is known. */
const MAX_LABEL_VALUES = 2_000_000;
const POINTS = 60;

/** One metric. */
export interface MetricCensus {
  readonly name: string;
  readonly lives: readonly SeriesLife[];
  readonly live: number;
  readonly started: number;
  readonly ended: number;
  readonly samplesPerDay: number;
  /** Values of its label `job`; '' for series without. */
  readonly jobs: ReadonlySet<string>;
}

/** One label over all metrics. */
export interface GlobalLabel {
  readonly name: string;
  readonly values: number;
  readonly series: number;
  readonly pattern: string | undefined;
  readonly metrics: readonly string[];
}

/** The whole store at one moment. */
export interface Census {
  readonly atMs: number;
  readonly series: number;
  readonly live: number;
  readonly started: number;
  readonly ended: number;
  readonly samplesPerDay: number;
  readonly oldestMs: number;
  /** Largest first. */
  readonly metrics: readonly MetricCensus[];
  readonly labels: readonly GlobalLabel[];
  readonly pairs: readonly LabelCount[];
  /** Series and samples a day of each service. */
  readonly services: ReadonlyMap<string, { readonly series: number; readonly samplesPerDay: number }>;
  /** Series alive at some times, oldest first. */
  readonly history: readonly { readonly timeMs: number; readonly series: number }[];
}

export interface CensusOptions {
  readonly nowMs: number;
  /** Churn is counted since then. */
  readonly sinceMs: number;
  /** Series without a sample for so long are not alive. */
  readonly lookbackMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Counts everything, giving way to other work. */
export async function takeCensus(store: MetricStore, options: CensusOptions): Promise<Census> {
  const { nowMs, signal } = options;
  const limits = { signal };
  const byMetric = new Map<string, SeriesLife[]>();
  let oldestMs = Number.POSITIVE_INFINITY;
  for await (const slice of store.lives(limits)) {
    for (const life of slice) {
      const name = life.labels.metricName;
      const lives = byMetric.get(name);
      if (lives) lives.push(life);
      else byMetric.set(name, [life]);
      if (life.firstMs < oldestMs) oldestMs = life.firstMs;
    }
  }
  const measuredMs = Math.min(DAY_MS, Math.max(60_000, nowMs - oldestMs));
  const samples = await store.samplesByMetric(nowMs - measuredMs, limits);
  return new Counting(options, oldestMs).count(byMetric, samples, DAY_MS / measuredMs);
}

/** The service of a series or stream: its first label of these. */
export const SERVICE_LABELS = ['service', 'service_name', 'app', 'job'] as const;

class Counting {
  readonly #options: CensusOptions;
  readonly #pace: Pace;
  readonly #oldestMs: number;
  readonly #values = new Map<string, Map<string, number>>();
  readonly #seriesOf = new Map<string, number>();
  readonly #metricsOf = new Map<string, Set<string>>();
  readonly #services = new Map<string, { series: number; samplesPerDay: number }>();
  readonly #times: number[];
  readonly #alive: number[];
  #valueCount = 0;

  constructor(options: CensusOptions, oldestMs: number) {
    this.#options = options;
    this.#pace = new Pace(options.signal);
    this.#oldestMs = oldestMs;
    const spanMs = Number.isFinite(oldestMs) ? Math.max(0, options.nowMs - oldestMs) : 0;
    this.#times = Array.from({ length: POINTS }, (_, i) => options.nowMs - (spanMs * (POINTS - 1 - i)) / (POINTS - 1));
    this.#alive = this.#times.map(() => 0);
  }

  async count(byMetric: ReadonlyMap<string, readonly SeriesLife[]>, samples: ReadonlyMap<string, number>, perDay: number): Promise<Census> {
    const metrics: MetricCensus[] = [];
    for (const [name, lives] of byMetric) metrics.push(await this.#metric(name, lives, (samples.get(name) ?? 0) * perDay));
    metrics.sort((a, b) => b.lives.length - a.lives.length || compareText(a.name, b.name));
    const sum = (of: (metric: MetricCensus) => number) => metrics.reduce((total, metric) => total + of(metric), 0);
    return {
      atMs: this.#options.nowMs,
      series: sum(({ lives }) => lives.length),
      live: sum(({ live }) => live),
      started: sum(({ started }) => started),
      ended: sum(({ ended }) => ended),
      samplesPerDay: sum(({ samplesPerDay }) => samplesPerDay),
      oldestMs: this.#oldestMs,
      metrics,
      labels: await this.#labels(),
      pairs: await this.#pairs(),
      services: this.#services,
      history: this.#times.map((timeMs, i) => ({ timeMs, series: this.#alive[i] as number })),
    };
  }

  async #metric(name: string, lives: readonly SeriesLife[], samplesPerDay: number): Promise<MetricCensus> {
    const { nowMs, sinceMs, lookbackMs } = this.#options;
    const each = samplesPerDay / lives.length;
    const jobs = new Set<string>();
    let [live, started, ended] = [0, 0, 0];
    for (const life of lives) {
      if (this.#pace.isDue) await this.#pace.rest();
      const isLive = !life.hasEnded && life.lastMs > nowMs - lookbackMs;
      if (isLive) live++;
      // What is there since the store began was there before.
      if (life.firstMs >= sinceMs && life.firstMs > this.#oldestMs + lookbackMs) started++;
      if (!isLive && life.lastMs >= sinceMs) ended++;
      jobs.add(life.labels.get('job'));
      this.#addLife(life, isLive);
      this.#addLabels(name, life);
      const service = serviceOf(life);
      const sums = this.#services.get(service) ?? { series: 0, samplesPerDay: 0 };
      sums.series++;
      sums.samplesPerDay += each;
      this.#services.set(service, sums);
    }
    return { name, lives, live, started, ended, samplesPerDay, jobs };
  }

  #addLife({ firstMs, lastMs }: SeriesLife, isLive: boolean): void {
    const { lookbackMs } = this.#options;
    const endMs = isLive ? Number.POSITIVE_INFINITY : lastMs + lookbackMs;
    for (let i = POINTS - 1; i >= 0; i--) {
      const timeMs = this.#times[i] as number;
      if (timeMs < firstMs) break;
      if (timeMs <= endMs) this.#alive[i] = (this.#alive[i] as number) + 1;
    }
  }

  #addLabels(metric: string, { labels: { flat } }: SeriesLife): void {
    for (let i = 0; i < flat.length; i += 2) {
      const [name, value] = [flat[i] as string, flat[i + 1] as string];
      if (name === '__name__') continue;
      this.#seriesOf.set(name, (this.#seriesOf.get(name) ?? 0) + 1);
      let metrics = this.#metricsOf.get(name);
      if (!metrics) {
        metrics = new Set();
        this.#metricsOf.set(name, metrics);
        this.#values.set(name, new Map());
      }
      metrics.add(metric);
      const values = this.#values.get(name) as Map<string, number>;
      const count = values.get(value);
      if (count === undefined && this.#valueCount >= MAX_LABEL_VALUES) continue;
      if (count === undefined) this.#valueCount++;
      values.set(value, (count ?? 0) + 1);
    }
  }

  async #labels(): Promise<GlobalLabel[]> {
    const labels: GlobalLabel[] = [];
    for (const [name, values] of this.#values) {
      await this.#pace.rest();
      const pattern = recognisePattern(sampleOf(values.keys(), values.size));
      const metrics = [...(this.#metricsOf.get(name) ?? [])];
      labels.push({ name, values: values.size, series: this.#seriesOf.get(name) ?? 0, pattern, metrics });
    }
    return labels.sort((a, b) => b.values - a.values || compareText(a.name, b.name));
  }

  async #pairs(): Promise<LabelCount[]> {
    const top = new Top(TOP_VALUES);
    for (const [name, values] of this.#values)
      for (const [value, count] of values) {
        if (this.#pace.isDue) await this.#pace.rest();
        top.add(`${name}=${JSON.stringify(value)}`, count);
      }
    return top.list();
  }
}

/** The service that a series belongs to; '' without one. */
export function serviceOf({ labels }: Pick<SeriesLife, 'labels'>): string {
  for (const name of SERVICE_LABELS) {
    const value = labels.get(name);
    if (value !== '') return value;
  }
  return '';
}
