import { beforeAll, describe, expect, it } from 'vitest';
import { SIGNATURES } from '../parse/signatures.ts';
import type { QueryEngine } from '../query.ts';
import { ask, engineOver } from '../testdata/ask.ts';
import { SCALAR_FUNCTIONS } from './convert.ts';
import { VECTOR_FUNCTIONS } from './table.ts';

const MINUTE = 60_000;
const AT = 10 * MINUTE;
let engine: QueryEngine;

beforeAll(async () => {
  engine = await engineOver(`
    c_total{i="a"} 0 60 120 180 240 300 360 420 480 540 600
    c_total{i="reset"} 0 60 120 0 60 120 180 240 300 360 420
    late_total _ _ _ _ _ _ _ 100 160 220 280
    g 5 3 8 1 9 2 7 4 6 0 10
    odd NaN Inf -2.5 -0 0.5 1 NaN 3 -Inf 2 2
    flat 4 4 4 4 4 4 4 4 4 4 4
    h_bucket{le="1"} _ _ _ _ _ _ _ _ _ _ 20
    h_bucket{le="2"} _ _ _ _ _ _ _ _ _ _ 60
    h_bucket{le="4"} _ _ _ _ _ _ _ _ _ _ 90
    h_bucket{le="+Inf"} _ _ _ _ _ _ _ _ _ _ 100
    addr{host="node-10:9100",idx="10"} _ _ _ _ _ _ _ _ _ _ 1
    addr{host="node-9:9100",idx="9"} _ _ _ _ _ _ _ _ _ _ 2
  `);
});

async function value(expr: string): Promise<number> {
  const [line = ''] = await ask(engine, expr, AT);
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}

describe('functions', () => {
  it('have an implementation for every signature', () => {
    const names = [...SIGNATURES.keys()].sort();
    expect([...Object.keys(VECTOR_FUNCTIONS), ...Object.keys(SCALAR_FUNCTIONS)].sort()).toEqual(names);
  });

  it.each([
    // Counters: one a second; a reset adds what was lost.
    ['rate(c_total{i="a"}[5m])', 1],
    ['increase(c_total{i="a"}[5m])', 300],
    ['rate(c_total{i="reset"}[10m] @ 600)', 1 - 60 / 540],
    ['irate(c_total{i="a"}[5m])', 1],
    ['idelta(g[5m])', 10],
    ['resets(c_total[11m])', 0],
    ['resets(c_total{i="reset"}[11m])', 1],
    // A counter is not extrapolated below zero, and only half an interval into a window without samples.
    ['increase(late_total[10m])', (180 * (180 + 30)) / 180],
    ['delta(g[5m])', ((10 - 7) * (240 + 60)) / 240],
    ['changes(g[11m])', 10],
    ['changes(flat[11m])', 0],
    ['deriv(c_total{i="a"}[5m])', 1],
    ['predict_linear(c_total{i="a"}[5m], 60)', 660],
    ['deriv(flat[5m])', 0],
    // Folds
    ['sum_over_time(g[11m])', 55],
    ['avg_over_time(g[11m])', 5],
    ['min_over_time(g[11m])', 0],
    ['max_over_time(g[11m])', 10],
    ['count_over_time(g[11m])', 11],
    ['last_over_time(g[11m])', 10],
    ['present_over_time(g[11m])', 1],
    ['stdvar_over_time(g[11m])', 10],
    ['stddev_over_time(g[11m])', Math.sqrt(10)],
    ['quantile_over_time(0.5, g[11m])', 5],
    ['mad_over_time(g[11m])', 3],
    ['ts_of_max_over_time(g[11m])', 600],
    ['ts_of_min_over_time(g[11m])', 540],
    ['ts_of_last_over_time(g[11m])', 600],
    ['min_over_time(odd[11m])', Number.NEGATIVE_INFINITY],
    ['max_over_time(odd[4m])', 3],
    ['double_exponential_smoothing(flat[11m], 0.5, 0.1)', 4],
    // Histograms
    ['histogram_quantile(0.5, h_bucket)', 1 + 30 / 40],
    ['histogram_quantile(0.1, h_bucket)', 0.5],
    ['histogram_quantile(0.99, h_bucket)', 4],
    ['histogram_quantile(-1, h_bucket)', Number.NEGATIVE_INFINITY],
    ['histogram_quantile(2, h_bucket)', Number.POSITIVE_INFINITY],
    ['histogram_quantile(0.5, h_bucket{le!="+Inf"})', Number.NaN],
    ['histogram_fraction(1, 2, h_bucket)', 0.4],
    ['histogram_fraction(1.5, 3, h_bucket)', 0.35],
    // Values
    ['abs(odd @ 120)', 2.5],
    ['ceil(odd @ 120)', -2],
    ['floor(odd @ 120)', -3],
    ['round(odd @ 120)', -2],
    ['round(g * 1.26, 0.5)', 12.5],
    ['sgn(odd @ 120)', -1],
    ['sqrt(flat)', 2],
    ['exp(flat - 4)', 1],
    ['ln(exp(flat))', 4],
    ['log2(flat * 2)', 3],
    ['log10(flat * 25)', 2],
    ['clamp(g, 1, 5)', 5],
    ['clamp_min(g, 12)', 12],
    ['clamp_max(g, 3)', 3],
    ['clamp_max(odd @ 0, -Inf)', Number.NEGATIVE_INFINITY],
    ['deg(flat * pi() / 4)', 180],
    ['rad(flat * 45)', Math.PI],
    ['atanh(tanh(flat / 8))', 0.5],
    ['acosh(cosh(flat))', 4],
    ['asinh(sinh(flat))', 4],
    ['asin(sin(flat / 4))', 1],
    ['acos(cos(flat / 4))', 1],
    ['atan(tan(flat / 4))', 1],
    // Conversions and time
    ['scalar(flat)', 4],
    ['scalar(c_total)', Number.NaN],
    ['vector(7)', 7],
    ['time()', 600],
    ['timestamp(flat offset 90s)', 480],
    ['timestamp(flat + 0)', 600],
    ['minute()', 10],
    ['hour(vector(86399))', 23],
    ['day_of_week(vector(0))', 4],
    ['day_of_month(vector(951782400))', 29],
    ['day_of_year(vector(1735603200))', 366],
    ['days_in_month(vector(951782400))', 29],
    ['days_in_month(vector(-1))', 31],
    ['month(vector(-1))', 12],
    ['year(vector(-1))', 1969],
    ['year(vector(253402300800))', 10000],
    ['pi()', Math.PI],
  ])('%s = %d', async (expr, expected) => {
    const actual = await value(expr);
    if (Number.isFinite(expected)) expect(actual).toBeCloseTo(expected, 9);
    else expect(actual).toBe(expected);
  });

  it('drop the metric name, except last_over_time and those that only sort', async () => {
    expect(await ask(engine, 'abs(flat)', AT)).toEqual(['{} 4']);
    expect(await ask(engine, 'last_over_time(flat[5m])', AT)).toEqual(['flat 4']);
    expect(await ask(engine, 'sort(flat)', AT)).toEqual(['flat 4']);
  });

  it('absent answers with the labels that the selector fixes', async () => {
    expect(await ask(engine, 'absent(nope{a="1",b=~"2",c="3",c="4"})', AT)).toEqual(['{a="1"} 1']);
    expect(await ask(engine, 'absent(flat)', AT)).toEqual([]);
    expect(await ask(engine, 'absent(sum(nope))', AT)).toEqual(['{} 1']);
    expect(await ask(engine, 'absent_over_time(nope{a="1"}[5m])', AT)).toEqual(['{a="1"} 1']);
    expect(await ask(engine, 'absent_over_time(flat[5m])', AT)).toEqual([]);
  });

  it('label_replace writes what an anchored expression captures', async () => {
    const replaced = (replacement: string, regex: string) =>
      ask(engine, `label_replace(addr{idx="9"}, "to", ${JSON.stringify(replacement)}, "host", ${JSON.stringify(regex)})`, AT);
    expect(await replaced('$1', '(.*):.*')).toEqual(['addr{host="node-9:9100", idx="9", to="node-9"} 2']);
    expect(await replaced(['$', '{name}/$2$$'].join(''), '(?P<name>.*)-(.):.*')).toEqual([
      'addr{host="node-9:9100", idx="9", to="node/9$"} 2',
    ]);
    expect(await replaced('$1', 'node')).toEqual(['addr{host="node-9:9100", idx="9"} 2']);
    expect(await replaced('', '.*')).toEqual(['addr{host="node-9:9100", idx="9"} 2']);
    await expect(replaced('x', '(')).rejects.toMatchObject({ message: 'invalid regular expression in label_replace(): (' });
    await expect(ask(engine, 'label_replace(addr, "idx", "", "", ""), "host", "", "", "")', AT)).rejects.toThrow();
    await expect(ask(engine, 'label_replace(label_replace(addr, "idx", "", "", ""), "host", "", "", "")', AT)).rejects.toMatchObject({
      message: 'vector cannot contain metrics with the same labelset',
    });
  });

  it('label_join joins values with a separator', async () => {
    expect(await ask(engine, 'label_join(addr{idx="9"}, "to", "/", "idx", "none", "host")', AT)).toEqual([
      'addr{host="node-9:9100", idx="9", to="9//node-9:9100"} 2',
    ]);
  });

  it('sort puts NaN last in both directions, sort_by_label orders numbers in names naturally', async () => {
    const odd = 'label_replace(odd @ 0, "n", "a", "", "") or on (__name__) flat or on (__name__) g';
    expect(await ask(engine, `sort(${odd})`, AT)).toEqual(['flat 4', 'g 10', 'odd{n="a"} NaN']);
    expect(await ask(engine, `sort_desc(${odd})`, AT)).toEqual(['g 10', 'flat 4', 'odd{n="a"} NaN']);
    expect((await ask(engine, 'sort_by_label(addr, "host")', AT)).map((line) => line.slice(-1))).toEqual(['2', '1']);
    expect((await ask(engine, 'sort_by_label_desc(addr, "host")', AT)).map((line) => line.slice(-1))).toEqual(['1', '2']);
  });

  it('clamp with bounds the wrong way round answers nothing', async () => {
    expect(await ask(engine, 'clamp(g, 2, 1)', AT)).toEqual([]);
  });

  it('functions of native histograms ignore floats', async () => {
    for (const name of ['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev', 'histogram_stdvar'])
      expect(await ask(engine, `${name}(g)`, AT)).toEqual([]);
  });

  it('histogram_quantile lifts falling counts and says so', async () => {
    const broken = await engineOver(`
      b_bucket{le="1"} 10
      b_bucket{le="2"} 5
      b_bucket{le="+Inf"} 20
      b_bucket{le="many"} 1
    `);
    const { value: result, warnings, infos } = await broken.instant({ expr: 'histogram_quantile(0.5, b_bucket)', timeMs: 0 });
    expect(result).toMatchObject({ values: Float64Array.of(1) });
    expect(warnings).toEqual([
      'PromQL warning: bucket label "le" is missing or has a malformed value of "many" for metric name "b_bucket" (1:25)',
    ]);
    expect(infos[0]).toMatch(
      /^PromQL info: input to histogram_quantile needed to be fixed for monotonicity .* for metric name "b_bucket" \(1:25\)$/,
    );
  });

  it('double_exponential_smoothing refuses factors outside 0 … 1', async () => {
    await expect(ask(engine, 'double_exponential_smoothing(g[5m], 1, 0.1)', AT)).rejects.toMatchObject({
      code: 'promql.execution',
      message: 'invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000',
    });
  });
});
