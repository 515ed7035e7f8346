// Answers with kept results beside answers without: the same, bit by bit, on random data and random questions, while samples come in order
// and late, old series are filled in, samples are deleted and dropped.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { randomFrom } from '../../model/seeded-random.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import type { MetricStore, Store } from '../../storage/store.ts';
import { chdb } from '../../storage/testing/implementations.ts';
import type { EncodedResult, QueryEngine, RangeQuery } from '../query.ts';
import { expressionArbitraries } from '../testdata/expressions.ts';
import { createQueryEngine, type QueryEngineDeps } from './query-engine.ts';
import { ResultCache, type ResultCacheOptions } from './result-cache.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const START = 1_750_000_000_000 - (1_750_000_000_000 % HOUR);
const isFull = process.env.ALIDADE_FULL === '1';
const SEED = Number(process.env.ALIDADE_SEED ?? 1);
const EXPRESSIONS = isFull ? 1_500 : 150;
const ROUNDS = isFull ? 10 : 3;
const LIMITS = { outOfOrderMs: HOUR, maxFutureMs: 12 * HOUR, retention: { metricsMs: 4 * HOUR, logsMs: 0, tracesMs: 0 } };
const KEEP_ALL: ResultCacheOptions = { maxBytes: 32 * 1024 * 1024, minSamples: 0, minCells: 0 };

const open: QueryEngine[] = [];

afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close();
});

/** What can be compared of it. */
function comparable({ dataJson, warnings, infos, stats }: EncodedResult): Omit<EncodedResult, 'release'> {
  return { dataJson, warnings, infos, stats };
}

function engineOf(deps: Partial<QueryEngineDeps> & { readonly store: MetricStore }): QueryEngine {
  const engine = createQueryEngine({ clock: new FakeClock(START), workers: 0, ...deps });
  open.push(engine);
  return engine;
}

const NAMES = ['http_requests_total', 'resetting_total', 'up', 'gpu_utilization_percent', 'odd_values', 'sparse', 'replaced'];
const BUCKETS = ['http_request_duration_seconds_bucket', 'broken_bucket'];
/** Ties and sums that depend on their order are the rule among these. */
const VALUES = [0, 0, 1, 1, 0.1, 0.2, 0.3, 1e16, -1e16, -0, Number.NaN];
/** What the order of series, or which there are, decides about. */
const DELICATE = [
  'topk(1, sum by (status) (rate(http_requests_total[2m])))',
  'topk(1, (odd_values > 5) * on (job) group_left () sum by (job) (odd_values)) + on () group_left () (0 * sum(sum by (job) (odd_values)))',
  'topk(2, sum by (instance, job) (odd_values))',
  'sum(sum by (status) (odd_values))',
  'avg(max by (instance) (odd_values))',
  'sum(sum by (instance) (odd_values > 0))',
  'bottomk(2, avg by (status) (sparse or odd_values))',
  'sum(odd_values + on (instance, status) group_left () max by (instance, status) (up))',
  'sum(odd_values * gpu_utilization_percent)',
  'limitk(2, sum by (status) (odd_values))',
  'stddev(label_replace(odd_values, "instance", "x", "status", "2.."))',
  'sum(label_replace(sum by (status, instance) (odd_values), "status", "", "status", ".*"))',
  'rate({__name__=~"up|sparse|odd_values"}[2m])',
  '-{__name__=~"up|sparse"}',
  'last_over_time({job="ml-api"}[3m])',
  'sum({__name__=~"up|odd_values"} * 2)',
  'quantile(0.5, sum by (instance) (odd_values))',
  'sum(sum_over_time(sum by (status) (odd_values)[5m:1m]))',
  'sum(sum by (status) (odd_values offset 3m))',
  'topk(scalar(up{instance="a:1"}), odd_values)',
  'sort(up)',
  'up + on (instance) group_left (extra) gpu_utilization_percent',
  'absent(sparse{instance="a:1"})',
  'count_values("v", odd_values)',
  'limit_ratio(0.5, http_requests_total)',
  'histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[3m])))',
  'up @ end()',
  'up offset -2m',
  'sum(max_over_time(odd_values[5m] @ start()))',
  'time() - timestamp(up)',
  'sum by (instance) (rate(http_requests_total[3m])) / sum by (instance) (rate(resetting_total[3m]))',
];

interface LiveSeries {
  readonly labels: Labels;
  isAlive: boolean;
  value: number;
}

/** A store in which things happen. */
class World {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly random: () => number;
  readonly #series: LiveSeries[] = [];
  nowMs = START;

  constructor(seed: number, clock = new FakeClock(START), store = openMemoryStore(clock, LIMITS)) {
    this.clock = clock;
    this.store = store;
    this.random = randomFrom(seed);
    for (let i = 0; i < 100; i++) this.#bear();
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  /** Scrapes every 20 seconds; now and then a series ends, one comes back, a new one begins. */
  async live(forMs: number): Promise<void> {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += 20 * SECOND) {
      const appender = this.store.metrics.appender();
      for (const series of this.#series) {
        const dice = this.random();
        if (dice < 0.004) {
          if (series.isAlive) appender.appendStale(appender.seriesRef(series.labels), this.nowMs);
          series.isAlive = !series.isAlive;
        } else if (series.isAlive && dice > 0.02)
          appender.append(appender.seriesRef(series.labels), this.nowMs + Math.floor(dice * 50), this.#next(series));
      }
      await appender.commit();
    }
    this.nowMs = Math.ceil(this.nowMs / (20 * SECOND)) * 20 * SECOND;
    await this.clock.advance(this.nowMs - this.clock.nowMs());
    if (this.random() < 0.2) this.#bear();
  }

  async happen(): Promise<void> {
    const dice = this.random();
    if (dice < 0.5) await this.live(this.pick([20 * SECOND, MINUTE, 3 * MINUTE]));
    else if (dice < 0.6) await this.#late(this.pick(this.#series).labels, 1);
    else if (dice < 0.67) await this.#late(this.#bear().labels, 30);
    else if (dice < 0.74) await this.#delete();
    else if (dice < 0.77) await this.store.enforceRetention();
  }

  #bear(): LiveSeries {
    const name = this.pick([...NAMES, ...BUCKETS]);
    const labels = Labels.from({
      __name__: name,
      job: this.pick(['ml-api', 'ml-inference', 'x']),
      instance: this.pick(['a:1', 'b:1', 'c:1']),
      ...(name.endsWith('bucket') ? { le: this.pick(['0.1', '1', '1.0', '+Inf']) } : { status: this.pick(['200', '404', '500']) }),
      ...(name === 'replaced' && { pod: `p${Math.floor(this.random() * 20)}` }),
    });
    const known = this.#series.find((each) => each.labels.equals(labels));
    if (known) return known;
    const series = { labels, isAlive: this.random() < 0.7, value: 0 };
    this.#series.push(series);
    return series;
  }

  #next(series: LiveSeries): number {
    const name = series.labels.metricName;
    if (!name.endsWith('total') && !name.endsWith('bucket')) return this.pick(VALUES);
    series.value = this.random() < 0.01 ? 0 : series.value + this.pick([0, 1, 0.1, 0.2]);
    return series.value;
  }

  async #late(labels: Labels, count: number): Promise<void> {
    const appender = this.store.metrics.appender();
    const ref = appender.seriesRef(labels);
    let timeMs = this.nowMs - Math.floor(this.random() * 50 * MINUTE);
    for (let i = 0; i < count; i++, timeMs += 20 * SECOND) appender.append(ref, timeMs, this.pick(VALUES));
    await appender.commit();
  }

  async #delete(): Promise<void> {
    const startMs = this.nowMs - Math.floor(this.random() * HOUR);
    const matchers = [{ name: 'instance', type: '=', value: this.pick(['a:1', 'b:1', 'none']) } as const];
    await this.store.metrics.deleteSamples({ matcherSets: [matchers], startMs, endMs: startMs + 10 * MINUTE }, {});
  }
}

/** What an engine answers, as comparable text and bits. */
async function answerOf(engine: QueryEngine, query: RangeQuery): Promise<unknown> {
  try {
    const { value, warnings, infos } = await engine.range(query);
    const { labels, values, present, steps, startMs, stepMs, histograms } = value;
    const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
    // Which bits a NaN has depends on how the code was compiled, and nobody sees it.
    const cells = Array.from(present, (flag, i) => (flag === 1 ? (Number.isNaN(values[i]) ? -2n : (bits[i] as bigint)) : -1n));
    return {
      labels: labels.map(String),
      cells,
      steps,
      startMs,
      stepMs,
      histograms,
      warnings: [...warnings].sort(),
      infos: [...infos].sort(),
    };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Asks each expression several times while things happen, with and without kept results. */
async function compare(world: World, exprs: readonly string[]): Promise<void> {
  await world.live(100 * MINUTE);
  const { metrics } = world.store;
  const cache = new ResultCache(KEEP_ALL);
  const [cached, plain] = [engineOf({ store: metrics, cache }), engineOf({ store: metrics })];
  for (const expr of exprs) {
    const stepMs = world.pick([30 * SECOND, MINUTE, 7 * MINUTE]);
    let startMs = world.nowMs - (world.nowMs % stepMs) - 20 * stepMs + world.pick([0, 0, 1_234]);
    let steps = 20;
    for (let n = 0; n < 5; n++) {
      const query = { expr, startMs, endMs: startMs + steps * stepMs, stepMs };
      expect(await answerOf(cached, query), `${expr} from ${startMs} for ${steps} of ${stepMs}`).toEqual(await answerOf(plain, query));
      await world.happen();
      const dice = world.random();
      if (dice < 0.5) startMs += stepMs * Math.floor(world.random() * 3);
      else if (dice < 0.6) startMs -= stepMs * Math.floor(world.random() * 5);
      else if (dice < 0.8) steps = Math.max(0, steps + Math.floor(world.random() * 9) - 4);
    }
  }
  const { hits, partialHits, misses } = cache;
  expect(Math.min(hits, partialHits, misses)).toBeGreaterThan(exprs.length / 10);
}

describe('kept results', () => {
  it('answer what evaluating everything answers', { timeout: 120_000 }, async () => {
    const random = fc.sample(expressionArbitraries().vector, { numRuns: EXPRESSIONS, seed: SEED });
    await compare(new World(SEED), [...random, ...Array.from({ length: ROUNDS }, () => DELICATE).flat()]);
  });

  it('do so over a store on disk', { timeout: 120_000 }, async () => {
    const { open: openDisk, end } = await chdb('chdb', { flushSamples: 20_000 }).start();
    const clock = new FakeClock(START);
    const store = await openDisk({ clock, ...LIMITS });
    try {
      await compare(new World(SEED, clock, store), DELICATE);
    } finally {
      await store.close();
      await end();
    }
  });

  it('know that which series there are decides ties, and what is refused', async () => {
    const { metrics } = openMemoryStore(new FakeClock(0));
    const fill = async (labels: Record<string, string>, from: number, to: number) => {
      const appender = metrics.appender();
      const ref = appender.seriesRef(Labels.from(labels));
      for (let minute = from; minute <= to; minute++) appender.append(ref, minute * MINUTE, labels.__name__ === 'x' ? 1 : minute);
      await appender.commit();
    };
    await fill({ __name__: 'x', a: '1', g: '2' }, 0, 10);
    await fill({ __name__: 'x', a: '2', g: '1' }, 0, 20);
    await fill({ __name__: 'x', a: '3', g: '2' }, 0, 20);
    await fill({ __name__: 'first_total' }, 0, 10);
    await fill({ __name__: 'second_total' }, 17, 30);
    const cache = new ResultCache(KEEP_ALL);
    const [cached, plain] = [engineOf({ store: metrics, cache }), engineOf({ store: metrics })];
    for (const expr of ['topk(1, sum by (g) (x))', 'rate({__name__=~"(first|second)_total"}[2m])'])
      for (const endMs of [14 * MINUTE, 20 * MINUTE, 21 * MINUTE]) {
        const query = { expr, startMs: MINUTE, endMs, stepMs: MINUTE };
        expect(await answerOf(cached, query)).toEqual(await answerOf(plain, query));
      }
    expect(
      await answerOf(plain, { expr: 'topk(1, sum by (g) (x))', startMs: 17 * MINUTE, endMs: 20 * MINUTE, stepMs: MINUTE }),
    ).toMatchObject({
      labels: ['{g="1"}'],
    });
    expect(cache.partialHits).toBe(0);
  });

  it('are used for what is new alone, also where ties depend on the series', async () => {
    const world = new World(3);
    const appender = world.store.metrics.appender();
    for (let i = 0; i < 60; i++)
      for (const g of ['1', '2', '3'])
        appender.append(appender.seriesRef(Labels.from({ __name__: 'steady_total', g })), START + i * MINUTE, i);
    await appender.commit();
    const cache = new ResultCache(KEEP_ALL);
    const asked: number[] = [];
    const { metrics } = world.store;
    const store: MetricStore = Object.assign(Object.create(metrics), {
      select: (...[selections, limits]: Parameters<MetricStore['select']>) => {
        asked.push(...selections.map(({ startMs, endMs }) => (endMs - startMs + 1) / MINUTE));
        return metrics.select(selections, limits);
      },
    });
    const engine = engineOf({ store, cache });
    for (const expr of ['sum by (g) (rate(steady_total[5m]))', 'topk(1, sum by (g) (rate(steady_total[5m])))']) {
      const query = { expr, startMs: START + 10 * MINUTE, endMs: START + 50 * MINUTE, stepMs: 2 * MINUTE };
      const first = await engine.rangeJson(query);
      expect(comparable(await engine.rangeJson(query))).toEqual(comparable(first));
      expect(comparable(await engine.rangeJson({ ...query, noCache: true }))).toEqual(comparable(first));
      expect((await engine.rangeJson({ ...query, stats: true })).dataJson).toEqual(first.dataJson);
      const later = { ...query, startMs: START + 12 * MINUTE, endMs: START + 52 * MINUTE };
      expect(comparable(await engine.rangeJson(later))).toEqual(comparable(await engine.rangeJson({ ...later, noCache: true })));
      expect(asked.splice(0)).toEqual([45, 45, 45, expr.startsWith('topk') ? 7 : 5, 45]);
    }
    expect(cache).toMatchObject({ hits: 2, partialHits: 2, misses: 2 });
    // Short questions about the end do not take the place of the long one, wherever they begin.
    const long = {
      expr: 'topk(1, sum by (g) (rate(steady_total[5m])))',
      startMs: START + 12 * MINUTE,
      endMs: START + 52 * MINUTE,
      stepMs: 2 * MINUTE,
    };
    await engine.range({ ...long, startMs: START + 50 * MINUTE });
    await engine.range({ ...long, startMs: START + 54 * MINUTE, endMs: START + 56 * MINUTE });
    asked.splice(0);
    await engine.range(long);
    await engine.range({ ...long, startMs: START + 14 * MINUTE, endMs: START + 54 * MINUTE });
    expect(asked).toEqual([7]);
  });

  it('take bounded memory, and none for what costs nothing', async () => {
    const world = new World(2);
    await world.live(30 * MINUTE);
    const small = new ResultCache({ maxBytes: 20_000, minSamples: 0, minCells: 0 });
    const choosy = new ResultCache({ maxBytes: 1e6, minCells: 4_000 });
    for (const cache of [small, choosy]) {
      const engine = engineOf({ store: world.store.metrics, cache });
      for (const expr of [...NAMES, '{__name__=~".+"}'])
        await engine.range({ expr, startMs: START, endMs: world.nowMs, stepMs: 5 * MINUTE });
    }
    expect(small.bytes).toBeGreaterThan(0);
    expect(small.bytes).toBeLessThanOrEqual(20_000);
    expect(choosy.bytes).toBe(0);
    const engine = engineOf({ store: world.store.metrics, cache: choosy });
    await engine.range({ expr: '{__name__=~".+"}', startMs: START, endMs: world.nowMs, stepMs: 20 * SECOND });
    expect(choosy.bytes).toBeGreaterThan(0);
  });
});
