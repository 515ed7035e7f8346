// V8 interprets what it has not run often, some ten times slower than what it has compiled, and every worker compiles for itself. After a
// start the first dashboard would pay for that, when somebody is in a hurry. So the engine is asked what dashboards ask, of the metrics that
// are there, before anybody else asks; what it reads stays in the memory of the store.
import { setTimeout } from 'node:timers/promises';
import type { MetricStore } from '../storage/store.ts';
import type { QueryEngine, RangeQuery } from './query.ts';

/** Metrics with fewer series teach little, those with more take long. */
const LEAST_SERIES = 20;
const MOST_SERIES = 1_000;
/** Stores with more series are not looked through. */
const MOST_LOOKED_AT = 20_000;
/** How long it may take, with pauses in which others ask. */
const BUDGET_MS = 4_000;
const PAUSE_MS = 5;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Short questions are asked more often: little of them is loops, which are compiled soon. */
const ROUNDS = 12;
const SPANS = [
  { spanMs: 60 * MINUTE_MS, stepMs: 15_000, rounds: ROUNDS },
  { spanMs: DAY_MS, stepMs: MINUTE_MS, rounds: 5 },
  { spanMs: 7 * DAY_MS, stepMs: 10 * MINUTE_MS, rounds: 3 },
];

/** An engine that tells whether it is asked anything. */
export interface Busy {
  readonly isBusy: boolean;
}

const EVERYTHING = 'count by (__name__) ({__name__=~".+"})';

interface Metric {
  readonly name: string;
  readonly series: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Asks until everything was asked or time is up. Throws nothing but programming errors: a question that fails is none that dashboards ask. */
export async function warmUp(engine: QueryEngine & Busy, store: MetricStore, signal: AbortSignal): Promise<void> {
  const endsMs = performance.now() + BUDGET_MS;
  const metrics = await metricsToAsk(store, signal);
  for (let round = 0; round < ROUNDS; round++)
    for (const pair of metrics.flatMap((metric) => questionsOf(metric, round))) {
      while (engine.isBusy && !signal.aborted && performance.now() < endsMs) await setTimeout(PAUSE_MS);
      if (signal.aborted || performance.now() > endsMs) return;
      // Two at a time, so that two workers learn.
      await Promise.allSettled(pair.map((question) => engine.rangeJson({ ...question, noCache: true, signal })));
      const [{ expr, endMs: timeMs }] = pair as [RangeQuery];
      await Promise.allSettled([engine.instantJson({ expr, timeMs, signal }), engine.instantJson({ expr: EVERYTHING, timeMs, signal })]);
      await setTimeout(PAUSE_MS);
    }
}

/** The largest counter, histogram and gauge that are not too large. */
async function metricsToAsk(store: MetricStore, signal: AbortSignal): Promise<Metric[]> {
  const found = new Map<string, Metric>();
  let looked = 0;
  for await (const lives of store.lives({ signal })) {
    looked += lives.length;
    if (looked > MOST_LOOKED_AT) return [];
    for (const { labels, firstMs, lastMs } of lives) {
      const name = labels.metricName;
      const known = found.get(name);
      found.set(name, {
        name,
        series: (known?.series ?? 0) + 1,
        firstMs: Math.min(firstMs, known?.firstMs ?? firstMs),
        lastMs: Math.max(lastMs, known?.lastMs ?? lastMs),
      });
    }
  }
  const worth = [...found.values()].filter(({ series }) => series >= LEAST_SERIES && series <= MOST_SERIES);
  const largest = (isWanted: (name: string) => boolean) =>
    worth.filter(({ name }) => isWanted(name)).sort((a, b) => b.series - a.series)[0] ?? [];
  const [isBucket, isCounter] = [(name: string) => name.endsWith('_bucket'), (name: string) => /_(total|sum|count)$/.test(name)];
  return [largest(isCounter), largest(isBucket), largest((name) => !isBucket(name) && !isCounter(name))].flat();
}

/** Pairs of questions, of which neither helps to answer the other. */
function questionsOf({ name, firstMs, lastMs }: Metric, round: number): RangeQuery[][] {
  const selector = `{__name__=${JSON.stringify(name)}}`;
  const windows = [5 + 5 * (round % 2), 15 + 15 * (round % 2)];
  const exprs = windows.map((minutes) => {
    const rate = `rate(${selector}[${minutes}m])`;
    if (name.endsWith('_bucket')) return [`histogram_quantile(0.9, sum by (le) (${rate}))`, `sum without (le) (${rate})`];
    const gauge = [`avg(avg_over_time(${selector}[${minutes}m]))`, `topk(3, ${selector}) + ${minutes}`];
    return /_(total|sum|count)$/.test(name) ? [`sum by (job) (${rate})`, `topk(3, ${rate}) / 2`] : gauge;
  });
  return SPANS.filter(({ spanMs, rounds }) => round < rounds && lastMs - firstMs >= spanMs / 2).flatMap(({ spanMs, stepMs }) => {
    const endMs = Math.floor(lastMs / stepMs) * stepMs;
    const span = { startMs: endMs - spanMs, endMs, stepMs };
    return (exprs[0] ?? []).map((_, i) => exprs.map((each) => ({ expr: each[i] as string, ...span })));
  });
}
