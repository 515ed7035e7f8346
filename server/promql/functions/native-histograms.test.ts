// Native histograms through the engine; texts and numbers are what Prometheus 3.5 answers over the same samples, unless a later
// version documents otherwise.
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { CUSTOM_BUCKETS_SCHEMA } from '../../model/histogram.ts';
import { histogramText } from '../../model/histogram-text.ts';
import { NO_FEATURES } from '../../model/language-features.ts';
import { createQueryEngine } from '../engine/query-engine.ts';
import type { QueryEngine } from '../query.ts';
import { type HistogramParts, histogramOf, histogramSeries } from '../testdata/histogram-series.ts';
import { TEST_START_MS, type TestSample, type TestSeries } from '../testdata/series.ts';
import { storeWith } from '../testdata/store.ts';

const MINUTE = 60_000;
const FEATURES = { ...NO_FEATURES, experimentalFunctions: true };

type Sample = HistogramParts | number | 'stale' | undefined;

/** A series `name` with a sample every minute from 0 on. */
function seriesOf(name: string, samples: readonly Sample[]): TestSeries {
  return {
    labels: { __name__: name, job: 'x' },
    samples: samples.flatMap((sample, n): TestSample[] => {
      const timestampMs = n * MINUTE;
      if (sample === undefined) return [];
      if (sample === 'stale') return [{ timestampMs, value: 0, isStale: true }];
      return [typeof sample === 'number' ? { timestampMs, value: sample } : { timestampMs, value: 0, histogram: histogramOf(sample) }];
    }),
  };
}

/** A counter with `first` observations in (0.5, 1] and `second` in (1, 2]. */
const counts = (first: number, second: number, over: Partial<HistogramParts> = {}): HistogramParts => {
  const positive = new Map([
    [0, first],
    [1, second],
  ]);
  return { schema: 0, positive, sum: first + 2 * second, ...over };
};
const custom = (first: number, borders = [1, 2]): HistogramParts => {
  return { schema: CUSTOM_BUCKETS_SCHEMA, customValues: borders, positive: new Map([[0, first]]), sum: first };
};

async function engineOver(...series: TestSeries[]): Promise<QueryEngine> {
  return createQueryEngine({ store: await storeWith(series), clock: systemClock, workers: 0, features: FEATURES });
}

/** What an instant query answers and remarks. */
async function answer(engine: QueryEngine, expr: string, timeMs: number): Promise<{ samples: string[]; notes: string[] }> {
  const { value, warnings, infos } = await engine.instant({ expr, timeMs });
  if (value.type !== 'vector') throw new Error(`${expr} is no vector`);
  const samples = value.labels.map((labels, i) => {
    const histogram = value.histograms?.[i];
    return `${labels} ${histogram ? histogramText(histogram) : value.values[i]}`;
  });
  return { samples, notes: [...warnings, ...infos] };
}

describe('selectors', () => {
  it('take a histogram until the lookback or a stale marker ends it', async () => {
    const engine = await engineOver(seriesOf('h', [counts(1, 0), counts(2, 0), 'stale', 7]));
    const at = async (minute: number) => (await answer(engine, 'h', minute * MINUTE)).samples;
    expect(await at(1)).toEqual(['h{job="x"} {count:2, sum:2, (0.5,1]:2}']);
    expect(await at(2)).toEqual([]);
    expect(await at(3)).toEqual(['h{job="x"} 7']);
    expect(await at(8)).toEqual([]);
    expect((await answer(engine, 'timestamp(h)', 1.5 * MINUTE)).samples).toEqual(['{job="x"} 60']);
  });
});

describe('JSON', () => {
  it('shows histograms beside floats', async () => {
    const engine = await engineOver(seriesOf('h', [counts(1, 2), 5]), seriesOf('f', [1, 2]));
    const ask = async (expr: string) => JSON.parse(Buffer.concat((await engine.instantJson({ expr, timeMs: MINUTE })).dataJson).toString());
    const point = [
      0,
      {
        count: '3',
        sum: '5',
        buckets: [
          [0, '0.5', '1', '1'],
          [0, '1', '2', '2'],
        ],
      },
    ];
    const metric = { __name__: 'h', job: 'x' };
    expect(await ask('h offset 1m')).toEqual({ resultType: 'vector', result: [{ metric, histogram: [60, point[1]] }] });
    expect(await ask('h[2m]')).toEqual({ resultType: 'matrix', result: [{ metric, values: [[60, '5']], histograms: [point] }] });
    expect((await ask('f[2m]')).result[0]).not.toHaveProperty('histograms');
    const { dataJson } = await engine.rangeJson({ expr: 'h', startMs: 0, endMs: 0, stepMs: 1 });
    expect(JSON.parse(Buffer.concat(dataJson).toString()).result).toEqual([{ metric, histograms: [point] }]);
  });
});

describe('rate and its kin', () => {
  it('add what was lost at a reset, and are gauges', async () => {
    const engine = await engineOver(seriesOf('h_total', [counts(4, 2), counts(8, 6), counts(1, 2), counts(3, 2)]));
    const { samples, notes } = await answer(engine, 'increase(h_total[3m])', 3 * MINUTE);
    // Of the samples at 1, 2 and 3 min: 3-8+8 and 2-6+6, times 3 min over 2.
    expect(samples).toEqual(['{job="x"} {count:7.5, sum:10.5, (0.5,1]:4.5, (1,2]:3}']);
    expect(notes).toEqual([]);
    expect((await answer(engine, 'resets(h_total[10m])', 3 * MINUTE)).samples).toEqual(['{job="x"} 1']);
    expect((await answer(engine, 'changes(h_total[10m])', 3 * MINUTE)).samples).toEqual(['{job="x"} 3']);
    expect((await answer(engine, 'irate(h_total[10m])', 2 * MINUTE)).samples).toEqual([
      '{job="x"} {count:0.05, sum:0.08333333333333333, (0.5,1]:0.016666666666666666, (1,2]:0.03333333333333333}',
    ]);
    expect((await answer(engine, 'delta(rate(h_total[2m])[2m:1m])', 3 * MINUTE)).notes).toEqual([]);
  });

  it('warn where a gauge is taken for a counter, or a counter for a gauge', async () => {
    const gauge = { hint: 'gauge' } as const;
    const engine = await engineOver(seriesOf('c', [counts(1, 1), counts(2, 2)]), seriesOf('g', [counts(2, 2, gauge), counts(1, 1, gauge)]));
    expect((await answer(engine, 'rate(g[5m])', MINUTE)).notes).toEqual([
      'PromQL warning: this native histogram metric is not a counter: "g" (1:6)',
    ]);
    expect((await answer(engine, 'delta(c[5m])', MINUTE)).notes).toEqual([
      'PromQL warning: this native histogram metric is not a gauge: "c" (1:7)',
    ]);
    expect((await answer(engine, 'idelta(g[5m])', MINUTE)).samples).toEqual(['{job="x"} {count:-2, sum:-3, (0.5,1]:-1, (1,2]:-1}']);
    expect((await answer(engine, 'idelta(g[5m])', MINUTE)).notes).toEqual([]);
  });

  it('have no value over floats and histograms, or over kinds of buckets', async () => {
    const engine = await engineOver(seriesOf('m', [1, 2, counts(1, 1)]), seriesOf('k', [counts(1, 1), custom(5), custom(6)]));
    expect(await answer(engine, 'rate(m[5m])', 2 * MINUTE)).toEqual({
      samples: [],
      notes: ['PromQL warning: encountered a mix of histograms and floats for metric name "m" (1:6)'],
    });
    expect(await answer(engine, 'delta(k[5m])', 2 * MINUTE)).toEqual({
      samples: [],
      notes: ['PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "k" (1:7)'],
    });
    // What a reset ends between the first two samples may be of any kind.
    expect((await answer(engine, 'histogram_count(increase(k[5m]))', 2 * MINUTE)).notes).toEqual([]);
  });
});

describe('functions over time', () => {
  it('add and average histograms, and count samples of any kind', async () => {
    const engine = await engineOver(seriesOf('h', [counts(1, 0), counts(2, 4)]), seriesOf('m', [3, counts(1, 1)]));
    const ask = async (expr: string) => (await answer(engine, expr, MINUTE)).samples;
    expect(await ask('sum_over_time(h[5m])')).toEqual(['{job="x"} {count:7, sum:11, (0.5,1]:3, (1,2]:4}']);
    expect(await ask('avg_over_time(h[5m])')).toEqual(['{job="x"} {count:3.5, sum:5.5, (0.5,1]:1.5, (1,2]:2}']);
    expect(await ask('last_over_time(m[5m])')).toEqual(['m{job="x"} {count:2, sum:3, (0.5,1]:1, (1,2]:1}']);
    expect(await ask('count_over_time(m[5m])')).toEqual(['{job="x"} 2']);
    expect(await ask('absent_over_time(h[5m])')).toEqual([]);
    expect(await answer(engine, 'sum_over_time(m[5m])', MINUTE)).toEqual({
      samples: [],
      notes: ['PromQL warning: encountered a mix of histograms and floats for metric name "m" (1:15)'],
    });
  });

  it('of numbers leave histograms out, and say so where there are floats, too', async () => {
    const engine = await engineOver(seriesOf('h', [counts(1, 0), counts(2, 4)]), seriesOf('m', [3, counts(1, 1), 4]));
    const note = (column: number) => [
      `PromQL info: ignored histograms in a range containing both floats and histograms for metric name "m" (1:${column})`,
    ];
    for (const [expr, value] of [
      ['max_over_time(m[5m])', 4],
      ['stdvar_over_time(m[5m])', 0.25],
      ['quantile_over_time(0, m[5m])', 3],
      ['deriv(m[5m])', 1 / 120],
    ] as const)
      expect(await answer(engine, expr, 2 * MINUTE)).toEqual({ samples: [`{job="x"} ${value}`], notes: note(expr.indexOf('(') + 2) });
    expect(await answer(engine, 'min_over_time(h[5m])', 2 * MINUTE)).toEqual({ samples: [], notes: [] });
  });
});

describe('functions of histograms', () => {
  it('answer numbers', async () => {
    const engine = await engineOver(seriesOf('h', [counts(2, 2)]), seriesOf('f', [1]));
    const ask = async (expr: string) => (await answer(engine, expr, 0)).samples;
    expect(await ask('histogram_count({job="x"})')).toEqual(['{job="x"} 4']);
    expect(await ask('histogram_sum(h)')).toEqual(['{job="x"} 6']);
    expect(await ask('histogram_avg(h)')).toEqual(['{job="x"} 1.5']);
    expect(await ask('histogram_quantile(0.5, h)')).toEqual(['{job="x"} 1']);
    expect(await ask('histogram_fraction(0, 1, h)')).toEqual(['{job="x"} 0.5']);
    expect(await ask('abs(h)')).toEqual([]);
    expect(await ask('scalar(f) + histogram_count(h)')).toEqual(['{job="x"} 5']);
    expect(await ask('-h')).toEqual(['{job="x"} {count:-4, sum:-6, (0.5,1]:-2, (1,2]:-2}']);
    expect(await ask('label_replace(h, "y", "1", "job", ".*")')).toEqual(['h{job="x", y="1"} {count:4, sum:6, (0.5,1]:2, (1,2]:2}']);
  });

  it('leave out what is a classic and a native histogram at once', async () => {
    const classic = ['1', '+Inf'].map((le) => ({ labels: { __name__: 'h', job: 'x', le }, samples: [{ timestampMs: 0, value: 3 }] }));
    const engine = await engineOver(seriesOf('h', [counts(2, 2)]), ...classic);
    expect(await answer(engine, 'histogram_quantile(0.5, h)', 0)).toEqual({
      samples: [],
      notes: ['PromQL warning: vector contains a mix of classic and native histograms for metric name "h" (1:25)'],
    });
  });
});

describe('annotations of aggregations and operators', () => {
  it('stand where upstream puts them', async () => {
    const engine = await engineOver(seriesOf('h', [counts(2, 2)]), seriesOf('f', [1]), seriesOf('k', [custom(2)]));
    const notes = async (expr: string) => (await answer(engine, expr, 0)).notes;
    expect(await notes('sum({job="x",__name__!="k"})')).toEqual([
      'PromQL warning: encountered a mix of histograms and floats for aggregation (1:5)',
    ]);
    expect(await notes('max by (job) (h)')).toEqual(['PromQL info: ignored histogram in max aggregation (1:15)']);
    expect(await notes('topk(1, h)')).toEqual(['PromQL info: ignored histogram in topk aggregation (1:1)']);
    expect(await notes('avg({__name__=~"h|k"})')).toEqual([
      'PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "k" (1:5)',
    ]);
    expect(await notes('1 / (h + 2)')).toEqual([
      'PromQL info: incompatible sample types encountered for binary operator "+": histogram + float (1:6)',
    ]);
    expect(await notes('h + on (job) k')).toEqual(['PromQL warning: incompatible bucket layout encountered for binary operator + (1:1)']);
  });

  it('tell when a sample after a reset is added to one before', async () => {
    const engine = await engineOver(seriesOf('h', [counts(2, 2), counts(3, 3)]), seriesOf('r', [counts(2, 2), counts(1, 1)]));
    expect((await answer(engine, 'sum({job="x"})', MINUTE)).notes).toEqual([
      'PromQL warning: conflicting counter resets during histogram aggregation (1:5)',
    ]);
    expect((await answer(engine, 'h + on (job) r', MINUTE)).notes).toEqual([
      'PromQL warning: conflicting counter resets during histogram addition (1:1)',
    ]);
    expect((await answer(engine, 'sum({job="x"})', 0)).notes).toEqual([]);
  });
});

describe('limits', () => {
  it('count a histogram as the floats that it takes the place of', async () => {
    const store = await storeWith([seriesOf('h', [counts(1, 1), counts(2, 2)]), seriesOf('f', [1, 2])]);
    const engine = createQueryEngine({ store, clock: systemClock, workers: 0, maxSamples: 8 });
    const failure = { code: 'promql.too_many_samples' };
    const range = { startMs: 0, endMs: MINUTE, stepMs: MINUTE };
    await expect(engine.range({ expr: 'h', ...range })).rejects.toMatchObject(failure);
    await expect(engine.instant({ expr: 'increase(h[5m])', timeMs: MINUTE })).rejects.toMatchObject(failure);
    await expect(engine.range({ expr: 'f', ...range })).resolves.toMatchObject({ warnings: [] });
  });
});

describe('a range', () => {
  it('is evaluated as each of its steps alone', async () => {
    const names = ['latency', 'mixed', 'sizes'];
    const engine = await engineOver(...histogramSeries().filter(({ labels }) => names.includes(labels.__name__ ?? '')));
    const range = { startMs: TEST_START_MS, endMs: TEST_START_MS + 50 * MINUTE, stepMs: 10 * MINUTE };
    const expr = 'sum by (instance) (rate({job=~"api|batch"}[5m])) or sum_over_time(mixed[2m:15s]) or sizes';
    const { value: whole } = await engine.range({ expr, ...range });
    for (let t = 0; t < whole.steps; t++) {
      const { value: alone } = await engine.instant({ expr, timeMs: range.startMs + t * range.stepMs });
      if (alone.type !== 'vector') throw new Error('no vector');
      const found = new Map(alone.labels.map((labels, i) => [labels.key(), alone.histograms?.[i] ?? alone.values[i]]));
      const wanted = whole.labels.flatMap((labels, row) => {
        const cell = row * whole.steps + t;
        return whole.present[cell] === 1 ? [[labels.key(), whole.histograms?.[cell] ?? whole.values[cell]] as const] : [];
      });
      expect(found).toEqual(new Map(wanted));
    }
  });
});
