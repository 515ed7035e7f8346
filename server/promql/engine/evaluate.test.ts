import { beforeAll, describe, expect, it } from 'vitest';
import type { QueryEngine } from '../query.ts';
import { ask, engineOver } from '../testdata/ask.ts';

const MINUTE = 60_000;

describe('selectors', () => {
  let engine: QueryEngine;
  beforeAll(async () => {
    engine = await engineOver(`
      up{instance="a"} 1 1 1 1 stale _ _ 1
      up{instance="b"} 1 0 _ _ _ _ _ _ _ _
      gap{instance="a"} 7 _ _ _ _ _ _ _ _ 8
    `);
  });

  it('takes the last sample not older than five minutes, the edge excluded', async () => {
    expect(await ask(engine, 'up{instance="b"}', 6 * MINUTE - 1)).toEqual(['up{instance="b"} 0']);
    expect(await ask(engine, 'up{instance="b"}', 6 * MINUTE)).toEqual([]);
  });

  it('ends a series at its stale marker at once, until its next sample', async () => {
    expect(await ask(engine, 'up{instance="a"}', 4 * MINUTE - 1)).toEqual(['up{instance="a"} 1']);
    expect(await ask(engine, 'up{instance="a"}', 4 * MINUTE)).toEqual([]);
    expect(await ask(engine, 'up{instance="a"}', 6 * MINUTE)).toEqual([]);
    expect(await ask(engine, 'up{instance="a"}', 7 * MINUTE)).toEqual(['up{instance="a"} 1']);
  });

  it('skips stale markers in ranges, whose left edge is excluded', async () => {
    expect(await ask(engine, 'up{instance="a"}[3m]', 4 * MINUTE)).toEqual(['up{instance="a"} 1@120000 1@180000']);
    expect(await ask(engine, 'count_over_time(up{instance="a"}[4m])', 4 * MINUTE)).toEqual(['{instance="a"} 3']);
  });

  it('moves with offset and stands still with @', async () => {
    expect(await ask(engine, 'gap offset 4m', 13 * MINUTE)).toEqual(['gap{instance="a"} 8']);
    expect(await ask(engine, 'gap offset -9m', 0)).toEqual(['gap{instance="a"} 8']);
    expect(await ask(engine, 'gap @ 60', 99 * MINUTE)).toEqual(['gap{instance="a"} 7']);
    expect(await ask(engine, 'gap @ 600 offset 9m', 99 * MINUTE)).toEqual(['gap{instance="a"} 7']);
  });

  it('anchors regular expressions and treats an absent label as empty', async () => {
    expect(await ask(engine, '{__name__=~"u|up"}', 0)).toHaveLength(2);
    expect(await ask(engine, 'up{instance=~"a|b"}', 0)).toHaveLength(2);
    expect(await ask(engine, 'up{other=""}', 0)).toHaveLength(2);
    expect(await ask(engine, 'up{other!=""}', 0)).toEqual([]);
  });

  it('reads @ start() and @ end() as the ends of the range query, not of its last step', async () => {
    const { value } = await engine.range({
      expr: 'timestamp(vector(1)) - time() + scalar(count_over_time(gap[1m] @ end()))',
      startMs: 0,
      endMs: 9 * MINUTE,
      stepMs: 4 * MINUTE,
    });
    expect([...value.values]).toEqual([1, 1, 1]);
  });
});

describe('subqueries', () => {
  it('are evaluated at multiples of their step inside the window', async () => {
    const engine = await engineOver('x 0 1 2 3 4 5 6 7 8 9 10');
    expect(await ask(engine, 'x[3m:1m]', 10 * MINUTE)).toEqual(['x 8@480000 9@540000 10@600000']);
    expect(await ask(engine, 'x[3m:1m]', 10 * MINUTE + 30_000)).toEqual(['x 8@480000 9@540000 10@600000']);
    expect(await ask(engine, 'x[4m:]', 10 * MINUTE)).toEqual(['x 7@420000 8@480000 9@540000 10@600000']);
    expect(await ask(engine, 'max_over_time(rate(x[2m])[5m:1m] offset 1m)', 10 * MINUTE)).toEqual([`{} ${1 / 60}`]);
    expect(await ask(engine, 'x[30s:1m]', 10 * MINUTE - 1)).toEqual([]);
  });
});

describe('deep expressions', () => {
  it('evaluate within the stack at the limits of the parser', async () => {
    const engine = await engineOver('x 1');
    const chain = `${'('.repeat(248)}x${' + x'.repeat(500)}${')'.repeat(248)}`;
    expect(await ask(engine, chain, 0)).toEqual(['{} 501']);
  });
});

describe('results', () => {
  let engine: QueryEngine;
  beforeAll(async () => {
    engine = await engineOver(`
      b{i="1"} 1 2 3
      a{i="1"} 4 5 6
      a{i="0"} 7 8 NaN
    `);
  });

  it('of a range query are sorted by labels, with gaps told from NaN', async () => {
    const { value } = await engine.range({ expr: '{__name__=~"a|b"} > 2 or a', startMs: 0, endMs: 2 * MINUTE, stepMs: MINUTE });
    expect(value.labels.map(String)).toEqual(['a{i="0"}', 'a{i="1"}', 'b{i="1"}']);
    expect([...value.present]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 1]);
    expect(value.values[2]).toBeNaN();
  });

  it('of a scalar range query are one series without labels', async () => {
    const { value } = await engine.range({ expr: 'time()', startMs: 0, endMs: 1000, stepMs: 500 });
    expect([value.labels.map(String), [...value.values]]).toEqual([['{}'], [0, 0.5, 1]]);
  });

  it('refuses two series of equal labels', async () => {
    await expect(ask(engine, 'rate({i="1"}[5m])', 2 * MINUTE)).rejects.toMatchObject({
      code: 'promql.execution',
      message: 'vector cannot contain metrics with the same labelset',
    });
    await expect(ask(engine, '{i="1"} * 2', 0)).rejects.toMatchObject({ code: 'promql.execution' });
    expect(await ask(engine, '{i="1"} > 0', 0)).toHaveLength(2);
  });

  it('carry upstream’s annotations with positions', async () => {
    const rate = await engine.instant({ expr: 'sum(rate(a[5m]))', timeMs: 2 * MINUTE });
    expect(rate.infos).toEqual(['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "a" (1:10)']);
    const quantile = await engine.instant({ expr: 'quantile(1.5, a)', timeMs: 0 });
    expect(quantile.warnings).toEqual(['PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:10)']);
  });

  it('names at most ten annotations', async () => {
    const { warnings } = await engine.range({
      expr: 'quantile_over_time(time() + 2, a[1m])',
      startMs: 0,
      endMs: 2 * MINUTE,
      stepMs: 10_000,
    });
    expect(warnings).toHaveLength(11);
    expect(warnings.at(-1)).toBe('3 more warning annotations omitted');
  });

  it('refuses a range query of a range vector or a string', async () => {
    await expect(engine.range({ expr: 'a[5m]', startMs: 0, endMs: 1, stepMs: 1 })).rejects.toMatchObject({
      code: 'promql.type',
      message: 'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    });
    await expect(engine.range({ expr: '"a"', startMs: 0, endMs: 1, stepMs: 1 })).rejects.toMatchObject({ code: 'promql.type' });
  });
});
