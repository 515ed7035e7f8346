import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../model/app-error.ts';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { ChangeLog } from '../../storage/change-log.ts';
import type { MetricSelection, MetricStore, ReadLimits, SeriesSet } from '../../storage/store.ts';
import type { QueryEngine, Vector } from '../query.ts';
import { seriesOf, storeWith } from '../testdata/store.ts';
import { checkResolution } from './limits.ts';
import { createQueryEngine, type QueryEngineDeps } from './query-engine.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const open: QueryEngine[] = [];

afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close();
});

function engineOn(store: MetricStore, options: Partial<QueryEngineDeps> = {}): QueryEngine {
  const engine = createQueryEngine({ store, clock: systemClock, ...options });
  open.push(engine);
  return engine;
}

/** Two counters scraped every 15 s since the epoch, made up as they are read. */
function endlessStore(onSelect: (selections: readonly MetricSelection[], limits: ReadLimits) => void = () => undefined): MetricStore {
  const labels = ['a', 'b'].map((instance) => Labels.from({ __name__: 'c_total', instance }));
  const select = async (selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> => {
    onSelect(selections, limits);
    return selections.map(({ startMs, endMs }) => {
      const first = Math.ceil(Math.max(startMs, 0) / 15_000);
      const count = Math.max(0, Math.floor(endMs / 15_000) - first + 1);
      const times = Float64Array.from({ length: 2 * count }, (_, i) => (first + (i % count)) * 15_000);
      const values = times.map((timeMs, i) => (timeMs / 1000) * (i < count ? 1 : 2));
      if (values.length > (limits.maxSamples ?? Number.POSITIVE_INFINITY)) throw new AppError('storage.too_many_samples', 'too many');
      return { labels: count === 0 ? [] : labels, offsets: Uint32Array.of(0, count, 2 * count), timestampsMs: times, values };
    });
  };
  async function* selectPacked(selection: MetricSelection, limits: ReadLimits): AsyncGenerator<SeriesSet> {
    const [both] = await select([selection], limits);
    if (!both) return;
    for (const [i, each] of both.labels.entries()) {
      const [from, to] = [both.offsets[i] as number, both.offsets[i + 1] as number];
      const [timestampsMs, values] = [both.timestampsMs.slice(from, to), both.values.slice(from, to)];
      yield { labels: [each], offsets: Uint32Array.of(0, to - from), timestampsMs, values };
    }
  }
  return { select, selectPacked, changes: new ChangeLog() } as Partial<MetricStore> as MetricStore;
}

const text = (json: readonly Uint8Array[]) => Buffer.concat(json).toString();

describe('createQueryEngine', () => {
  it('answers in Prometheus’ JSON', async () => {
    const engine = engineOn(await storeWith(seriesOf('x{q="a\\"é"} 1 1e21 NaN Inf 1e-7')), { workers: 0 });
    const range = await engine.rangeJson({ expr: 'x', startMs: 0, endMs: 4 * MINUTE, stepMs: MINUTE });
    expect(text(range.dataJson)).toBe(
      '{"resultType":"matrix","result":[{"metric":{"__name__":"x","q":"a\\\\"},"values":[[0,"1"],[60,"1e+21"],[120,"NaN"],[180,"+Inf"],[240,"1e-07"]]}]}',
    );
    const json = async (expr: string, timeMs: number) => text((await engine.instantJson({ expr, timeMs })).dataJson);
    expect(await json('x > 0', 60_001)).toBe(
      '{"resultType":"vector","result":[{"metric":{"__name__":"x","q":"a\\\\"},"value":[60.001,"1e+21"]}]}',
    );
    expect(await json('x[1m]', 500)).toBe('{"resultType":"matrix","result":[{"metric":{"__name__":"x","q":"a\\\\"},"values":[[0,"1"]]}]}');
    expect(await json('1e21 * -1', 1500)).toBe('{"resultType":"scalar","result":[1.5,"-1000000000000000000000"]}');
    expect(await json('"a\\n"', 0)).toBe('{"resultType":"string","result":[0,"a\\n"]}');
    expect(await json('nothing', 0)).toBe('{"resultType":"vector","result":[]}');
  });

  it('says what type an expression has, and what is wrong with it', () => {
    const engine = engineOn(endlessStore());
    expect(['x', 'x[5m]', '1', '"a"'].map((expr) => engine.check(expr))).toEqual(['vector', 'matrix', 'scalar', 'string']);
    expect(() => engine.check('rate(x)')).toThrow(/^1:6: parse error/);
  });

  it('gives the same answer from a worker as on the calling thread, for a long range read in slices of time', async () => {
    const query = {
      expr: 'sum by (instance) (rate(c_total[5m] @ end())) or sum by (instance) (rate(c_total[5m])) or vector(1)',
      startMs: DAY,
      endMs: 12 * DAY,
      stepMs: 30 * MINUTE,
    };
    const reads: number[] = [];
    const inWorker = engineOn(endlessStore((selections) => reads.push(...selections.map(({ startMs, endMs }) => endMs - startMs))));
    const here = engineOn(endlessStore(), { workers: 0 });
    const [a, b] = [await inWorker.range(query), await here.range(query)];
    expect(a.value).toEqual(b.value);
    expect(a.value.labels.map(String)).toEqual(['{}', '{instance="a"}', '{instance="b"}']);
    expect(a.value.steps).toBe(11 * 48 + 1);
    expect(text((await inWorker.rangeJson(query)).dataJson)).toBe(text((await here.rangeJson(query)).dataJson));
    expect(reads.length).toBeGreaterThan(1);
    expect(Math.max(...reads)).toBeLessThan(12 * DAY);
  });

  it('gives the same answer series by series as in slices of time, from a worker and on the calling thread', async () => {
    const range = { startMs: DAY, endMs: 12 * DAY, stepMs: 30 * MINUTE };
    const exprs = [
      'sum by (instance) (rate(c_total[5m])) / on (instance) c_total + ignoring (x) quantile_over_time(0.5, c_total[1h] offset 1h)',
      'topk(1, increase(c_total[6h])) or absent(none) or -c_total * scalar(avg(c_total))',
    ];
    for (const expr of exprs) {
      const spans: number[] = [];
      const bySeries = engineOn(endlessStore((selections) => spans.push(...selections.map(({ startMs, endMs }) => endMs - startMs))));
      const here = engineOn(endlessStore(), { workers: 0 });
      // What an @ fixes is not read by series.
      const byTime = `(${expr}) and on () (vector(1) or c_total @ 1)`;
      const a = await bySeries.range({ ...range, expr });
      expect(a.value.labels.length).toBeGreaterThan(0);
      expect(Math.min(...spans)).toBeGreaterThanOrEqual(11 * DAY);
      expect((await here.range({ ...range, expr })).value).toEqual(a.value);
      expect((await bySeries.range({ ...range, expr: byTime })).value).toEqual(a.value);
    }
  });

  it('notes once what several parts note', async () => {
    const { infos } = await engineOn(endlessStore()).range({
      expr: 'rate(c_total[5m]) + rate(other[5m])',
      startMs: 0,
      endMs: 9 * DAY,
      stepMs: DAY,
    });
    expect(infos).toEqual([]);
    const store = await storeWith(seriesOf('x 1 2 3'));
    const noted = await engineOn(store).range({ expr: 'rate(x[5m]) + rate(x[5m])', startMs: 0, endMs: DAY, stepMs: MINUTE });
    expect(noted.infos).toHaveLength(1);
  });

  it('reports errors and annotations from a worker as from the calling thread', async () => {
    const engine = engineOn(endlessStore());
    const query = { startMs: 0, endMs: 20 * DAY, stepMs: 30 * MINUTE };
    await expect(engine.range({ ...query, expr: 'c_total + on () c_total' })).rejects.toMatchObject({
      code: 'promql.execution',
      message: expect.stringMatching(/^found duplicate series for the match group \{\} on the right hand-side/),
    });
    const { warnings } = await engine.range({ ...query, expr: 'quantile(2, c_total)' });
    expect(warnings).toEqual(['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)']);
  });

  it('lets light queries pass heavy ones, and no more heavy ones at a time than its limit', async () => {
    const whole = endlessStore();
    let [running, most] = [0, 0];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const select: MetricStore['select'] = async (selections, limits) => {
      if (selections.some(({ matchers }) => matchers.some(({ value }) => value === 'c_total'))) return whole.select(selections, limits);
      // As many series as a light query may not have.
      if ((limits.maxSamples ?? Number.POSITIVE_INFINITY) < 1_000_000) throw new AppError('storage.too_many_samples', 'too many');
      running++;
      most = Math.max(most, running);
      await released;
      running--;
      return whole.select(selections, limits);
    };
    const engine = engineOn({ ...whole, select }, { maxConcurrency: 2, workers: 0 });
    const heavy = Array.from({ length: 8 }, () => engine.instant({ expr: 'everything', timeMs: DAY }));
    const light = await Promise.all(Array.from({ length: 50 }, () => engine.instant({ expr: 'c_total', timeMs: DAY })));
    expect(light.map(({ value }) => (value as Vector).labels.length)).toEqual(light.map(() => 2));
    await expect.poll(() => running).toBe(2);
    release();
    expect(await Promise.all(heavy)).toHaveLength(8);
    expect(most).toBe(2);
  });

  it('limits samples with upstream’s words', async () => {
    const engine = engineOn(endlessStore(), { maxSamples: 10_000 });
    const wanted = {
      code: 'promql.too_many_samples',
      message: 'query processing would load too many samples into memory in query execution',
    };
    await expect(engine.instant({ expr: 'sum_over_time(c_total[30d])', timeMs: 40 * DAY })).rejects.toMatchObject(wanted);
    await expect(engine.instant({ expr: 'sum_over_time(vector(1)[30d:1s])', timeMs: 40 * DAY })).rejects.toMatchObject(wanted);
    await expect(engine.instant({ expr: 'sum_over_time(c_total[100y:1ms])', timeMs: 40 * DAY })).rejects.toMatchObject(wanted);
  });

  it('lets other work go on during a range query of many large steps', async () => {
    const engine = engineOn(endlessStore(), { workers: 0 });
    const query = { startMs: 0, endMs: 300_000 * DAY, stepMs: 30 * DAY };
    expect((await engine.range({ ...query, expr: 'vector(1)' })).value.steps).toBe(10_001);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await engine.range({ startMs: 0, endMs: 600 * DAY, stepMs: 5 * DAY, expr: 'sum(c_total)' });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it('reads a range query in smaller parts where its samples would be too many at once', async () => {
    const query = { expr: 'sum(rate(c_total[5m]))', startMs: DAY, endMs: DAY + 3 * 60 * MINUTE, stepMs: MINUTE };
    const some = engineOn(endlessStore(), { maxSamples: 300 });
    const all = engineOn(endlessStore());
    expect((await some.range(query)).value).toEqual((await all.range(query)).value);
  });

  it('limits time with upstream’s words, wherever the time goes', async () => {
    const clock = new FakeClock(0);
    let signal: AbortSignal | undefined;
    const stuckStore = {
      select: (_: unknown, limits: ReadLimits) =>
        new Promise((_resolve, reject) => {
          signal = limits.signal;
          limits.signal?.addEventListener('abort', () => reject(new AppError('storage.cancelled', 'the read was cancelled')));
        }),
    } as Partial<MetricStore> as MetricStore;
    const engine = engineOn(stuckStore, { clock, timeoutMs: 5_000 });
    const answer = engine.instant({ expr: 'x', timeMs: 0 }).catch((error: unknown) => error);
    await clock.advance(5_000);
    expect(await answer).toMatchObject({ code: 'promql.timeout', message: 'query timed out in expression evaluation' });
    expect(signal?.aborted).toBe(true);
  });

  it('stops an evaluation in a worker when its caller goes away, and the worker goes on with others', async () => {
    const engine = engineOn(endlessStore(), { workers: 1 });
    const abort = new AbortController();
    const slow = { expr: 'quantile_over_time(0.5, c_total[10d])', startMs: 40 * DAY, endMs: 40 * DAY + 10_000 * 1000, stepMs: 1000 };
    const answer = engine.range({ ...slow, signal: abort.signal }).catch((error: unknown) => error);
    setTimeout(() => abort.abort(), 300);
    expect(await answer).toMatchObject({ code: 'promql.cancelled' });
    const { value } = await engine.instant({ expr: 'sum(rate(c_total[1d]))', timeMs: 40 * DAY });
    expect(value).toMatchObject({ type: 'vector', values: Float64Array.of(3) });
  });

  it('keeps heavy work away from the calling thread even when it reads no samples', async () => {
    const engine = engineOn(endlessStore(), { workers: 1 });
    const abort = new AbortController();
    const nested = 'sum_over_time((sum_over_time(vector(time())[1d:1s]))[1d:1s])';
    const answer = engine.instant({ expr: nested, timeMs: 40 * DAY, signal: abort.signal }).catch((error: unknown) => error);
    setTimeout(() => abort.abort(), 300);
    expect(await answer).toMatchObject({ code: 'promql.cancelled' });
  });

  it('lets a bounded number of heavy queries wait, and light ones pass', async () => {
    const clock = new FakeClock(0);
    const stuck = { select: () => new Promise(() => undefined) } as Partial<MetricStore> as MetricStore;
    const engine = engineOn(stuck, { clock, maxConcurrency: 1, timeoutMs: 1_000 });
    const heavy = Array.from({ length: 12 }, () => engine.instant({ expr: 'x[1d]', timeMs: 0 }).catch((error: AppError) => error));
    expect(await heavy[11]).toMatchObject({ code: 'promql.overloaded' });
    expect((await engine.instant({ expr: '1', timeMs: 0 })).value).toMatchObject({ value: 1 });
    await clock.advance(1_000);
    for (const error of await Promise.all(heavy.slice(1, 11)))
      expect(error).toMatchObject({ code: 'promql.timeout', message: 'query timed out in query queue' });
  });

  it('rejects what is asked of it while it closes', async () => {
    const engine = engineOn(endlessStore(), { workers: 1 });
    const answer = engine.instant({ expr: 'sum(rate(c_total[30d]))', timeMs: 40 * DAY }).catch((error: unknown) => error);
    await engine.close();
    expect(await answer).toMatchObject({ code: 'promql.cancelled' });
  });

  it('reads series that several selectors share once', async () => {
    let read: readonly MetricSelection[] = [];
    const engine = engineOn(
      endlessStore((selections) => {
        read = selections;
      }),
      { workers: 0 },
    );
    await engine.instant({ expr: 'c_total / c_total + rate(c_total[10m]) + c_total @ 1 + c_total{a="b"}', timeMs: DAY });
    expect(read.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [DAY - 10 * MINUTE + 1, DAY],
      [1_000 - 5 * MINUTE + 1, 1_000],
      [DAY - 5 * MINUTE + 1, DAY],
    ]);
  });
});

describe('checkResolution', () => {
  it('refuses more than 11,000 points', () => {
    expect(() => checkResolution(0, 11_000_000, 1_000)).not.toThrow();
    expect(() => checkResolution(0, 11_001_000, 1_000)).toThrow(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  });
});
