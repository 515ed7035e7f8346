// What came, or was put right, after Prometheus 3.5, which cannot judge it: by its documentation.
import { describe, expect, it } from 'vitest';
import { ALL_FEATURES } from '../../model/language-features.ts';
import type { QueryEngine } from '../query.ts';
import { ask, engineOver } from '../testdata/ask.ts';

const MINUTE = 60_000;

async function overRange(engine: QueryEngine, expr: string): Promise<string[]> {
  const { value } = await engine.range({ expr, startMs: 10 * MINUTE, endMs: 20 * MINUTE, stepMs: 5 * MINUTE });
  return value.labels.map((labels, row) => `${labels} ${[...value.values.subarray(row * value.steps, (row + 1) * value.steps)].join(' ')}`);
}

describe('the query’s own times', () => {
  it('are functions', async () => {
    const engine = await engineOver('x 1');
    expect(await overRange(engine, 'start()')).toEqual(['{} 600 600 600']);
    expect(await overRange(engine, 'end() - time()')).toEqual(['{} 600 300 0']);
    expect(await overRange(engine, 'step() + 0 * range()')).toEqual(['{} 300 300 300']);
    expect(await overRange(engine, 'range()')).toEqual(['{} 600 600 600']);
    expect(await ask(engine, 'end() - start() + step() + range()', MINUTE)).toEqual(['0']);
    expect(await ask(engine, 'x + on () vector(max_of(min_of(2, 1), NaN))', 0)).toEqual(['{} NaN']);
  });

  it('stand in durations', async () => {
    const engine = await engineOver(`x ${Array.from({ length: 30 }, (_, n) => n).join(' ')}`);
    expect(await overRange(engine, 'count_over_time(x[step()])')).toEqual(['{} 5 5 5']);
    expect(await overRange(engine, 'count_over_time(x[min_of(2 * step(), 7m)])')).toEqual(['{} 7 7 7']);
    expect(await overRange(engine, 'max_over_time(x[range()] @ end())')).toEqual(['{} 20 20 20']);
    expect(await overRange(engine, 'x offset step()')).toEqual(['x 5 10 15']);
    expect(await overRange(engine, 'x offset -step() * 2')).toEqual(['{} 30 40 50']);
    expect(await overRange(engine, 'sum_over_time(x[max(step(), 1m):step()/5])')).toEqual(['{} 40 65 90']);
    await expect(ask(engine, 'x[step()]', 0)).rejects.toThrow('2:8: duration must be greater than 0');
    await expect(ask(engine, 'x[9e9*2]', 0)).rejects.toThrow('2:7: duration is out of range');
  });
});

describe('the oldest sample of a range', () => {
  it('keeps its name', async () => {
    const engine = await engineOver('x{a="1"} 7 8 9');
    expect(await ask(engine, 'first_over_time(x[90s])', 2 * MINUTE)).toEqual(['x{a="1"} 8']);
    expect(await ask(engine, 'ts_of_first_over_time(x[90s])', 2 * MINUTE)).toEqual(['{a="1"} 60']);
  });

  it('has a name that is dropped late when that of its subquery is', async () => {
    const engine = await engineOver('x{a="1"} 7 8 9', MINUTE, ALL_FEATURES);
    expect(await ask(engine, 'first_over_time(abs(x)[90s:30s])', 2 * MINUTE)).toEqual(['{a="1"} 8']);
    expect(await ask(engine, 'last_over_time(abs(x)[90s:30s])', 2 * MINUTE)).toEqual(['{a="1"} 9']);
    expect(await ask(engine, 'label_replace(last_over_time(abs(x)[1m:]), "n", "$1", "__name__", "(.*)")', 0)).toEqual(['{a="1", n="x"} 7']);
  });
});

describe('info()', () => {
  const series = `
    x{job="j",instance="p"} 1
    x{job="j",instance="q",version="own"} 2
    x{job="none"} 3
    target_info{job="j",instance="p",version="1"} 1
    target_info{job="j",instance="q",version="2"} 1
    build_info{job="j",instance="p",go="g"} 1
  `;

  it('keeps a series whose own label stands where the filter looks', async () => {
    const engine = await engineOver(series);
    expect(await ask(engine, 'info(x, {version=~".+"})', 0)).toEqual([
      'x{instance="p", job="j", version="1"} 1',
      'x{instance="q", job="j", version="own"} 2',
    ]);
  });

  it('looks at all info metrics but those that are not wanted', async () => {
    const engine = await engineOver(series);
    expect(await ask(engine, 'info(x, {__name__!="target_info", go=~".+"})', 0)).toEqual(['x{go="g", instance="p", job="j"} 1']);
  });
});

describe('info() and time', () => {
  it('looks at info series at the time of @ and offset, if all selectors have the same', async () => {
    const engine = await engineOver(`
      x{job="j"} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
      target_info{job="j",version="1"} 1 1 1 stale
      target_info{job="j",version="2"} _ _ _ 1 1 1 1 1 1 1 1 1 1 1 1
    `);
    expect(await ask(engine, 'info(x @ 60)', 14 * MINUTE)).toEqual(['x{job="j", version="1"} 2']);
    expect(await ask(engine, 'info(x offset 12m)', 14 * MINUTE)).toEqual(['x{job="j", version="1"} 3']);
    expect(await ask(engine, 'info(x - (x @ 60))', 14 * MINUTE)).toEqual(['{job="j", version="2"} 13']);
  });

  it('finds the info series of each series by the identifying labels that it has', async () => {
    const engine = await engineOver(`
      x{job="j"} 1
      x{instance="i"} 2
      x{other="o"} 3
      target_info{job="j",a="1"} 1
      target_info{instance="i",b="1"} 1
    `);
    expect(await ask(engine, 'info(x)', 0)).toEqual(['x{b="1", instance="i"} 2', 'x{a="1", job="j"} 1', 'x{other="o"} 3']);
  });

  it('leaves names to be dropped late', async () => {
    const engine = await engineOver('x{job="j"} 1\ntarget_info{job="j",a="1"} 1', MINUTE, ALL_FEATURES);
    expect(await ask(engine, 'info(abs(x))', 0)).toEqual(['{a="1", job="j"} 1']);
  });
});

describe('series that become alike', () => {
  const series = `
    a{x="1"} ${'1 '.repeat(12)}stale
    b{x="1"} ${'_ '.repeat(13)}2 2 2 2 2 2 2 2
  `;

  it('by unary minus or another label are one if they are at different times', async () => {
    const engine = await engineOver(series);
    expect(await overRange(engine, '-{x="1"}')).toEqual(['{x="1"} -1 -2 -2']);
    expect(await overRange(engine, 'label_replace({x="1"}, "__name__", "c", "", "")')).toEqual(['c{x="1"} 1 2 2']);
    await expect(overRange(await engineOver('a{x="1"} 1\nb{x="1"} 1'), '-{x="1"} @ 0')).rejects.toThrow('same labelset');
  });
});

describe('modifiers before a range', () => {
  it.each([
    ['x @ start() [5m]', 'no @ modifiers allowed before range'],
    ['x offset step() [5m]', 'no offset modifiers allowed before range'],
  ])('are refused: %s', async (expr, message) => {
    await expect(ask(await engineOver('x 1'), expr, 0)).rejects.toThrow(message);
  });
});

describe('functions of ranges', () => {
  it('integral is the area below the lines between the samples', async () => {
    const engine = await engineOver('x 0 60 _ 0\nonce 1');
    expect(await ask(engine, 'integral(x[10m])', 3 * MINUTE)).toEqual([`{} ${30 * 60 + 30 * 120}`]);
    expect(await ask(engine, 'integral(once[10m])', 3 * MINUTE)).toEqual([]);
  });

  it('mad_over_time is NaN where a sample is', async () => {
    const engine = await engineOver('x 1 NaN 3');
    expect(await ask(engine, 'mad_over_time(x[10m])', 3 * MINUTE)).toEqual(['{} NaN']);
  });

  it('start_timestamp says what it lacks', async () => {
    await expect(ask(await engineOver('x 1'), 'start_timestamp(x)', 0)).rejects.toThrow('needs start timestamps of samples');
  });
});

describe('text that is no UTF-8', () => {
  it('is no name of a label', async () => {
    const engine = await engineOver('x 1');
    await expect(ask(engine, String.raw`count_values("a\xff", x)`, 0)).rejects.toThrow(String.raw`invalid label name "a\xff"`);
    await expect(ask(engine, String.raw`label_replace(x, "\xff", "", "", "")`, 0)).rejects.toThrow(
      'invalid destination label name in label_replace(): \ufffd',
    );
    await expect(ask(engine, String.raw`label_join(x, "a", "", "\xff")`, 0)).rejects.toThrow('invalid source label name in label_join()');
    expect(await ask(engine, String.raw`"\xe2\x82\xac\xff"`, 0)).toEqual(['\u20ac\ufffd']);
  });
});

describe('histogram_quantiles', () => {
  it('labels each quantile', async () => {
    const engine = await engineOver(`
      h_bucket{le="1"} 5
      h_bucket{le="2"} 10
      h_bucket{le="+Inf"} 10
    `);
    expect(await ask(engine, 'histogram_quantiles(h_bucket, "q", 0.5, 1)', 0)).toEqual(['{q="0.5"} 1', '{q="1"} 2']);
    const tooMany = `histogram_quantiles(h_bucket, "q"${', 1'.repeat(11)})`;
    await expect(ask(engine, tooMany, 0)).rejects.toThrow('expected at most 12 argument(s) in call to "histogram_quantiles", got 13');
  });
});

describe('fill modifiers', () => {
  it('stand after all other modifiers', async () => {
    const engine = await engineOver(`
      a{x="1"} 1
      a{x="2"} 2
      b{x="2"} 3
      b{x="3"} 4
    `);
    expect(await ask(engine, 'a - on (x) fill(10) b', 0)).toEqual(['{x="1"} -9', '{x="2"} -1', '{x="3"} 6']);
    expect(await ask(engine, 'a < bool fill_right(-Inf) b', 0)).toEqual(['{x="1"} 0', '{x="2"} 1']);
    expect(await ask(engine, 'a + fill_left(0) fill_right(5) b', 0)).toEqual(['{x="1"} 6', '{x="2"} 5', '{x="3"} 4']);
    await expect(ask(engine, 'a and fill(0) b', 0)).rejects.toThrow(
      '1:1: parse error: filling in missing series not allowed for set operators',
    );
    await expect(ask(engine, 'a + fill(0) 1', 0)).rejects.toThrow('filling in missing series only allowed between instant vectors');
    await expect(ask(engine, 'a + fill(b) b', 0)).rejects.toThrow('1:10: parse error: unexpected identifier "b"');
  });
});
