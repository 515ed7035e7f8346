import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import type { QueryEngine } from '../query.ts';
import { seriesOf, storeWith } from '../testdata/store.ts';
import { createQueryEngine } from './query-engine.ts';

const MINUTE = 60_000;
const open: QueryEngine[] = [];

afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close();
});

/** Series a and b of three each, from 0 to 4 minutes. */
async function engineOf(maxSeries?: number): Promise<QueryEngine> {
  const names = ['a{i="1"}', 'a{i="2"}', 'a{i="3"}', 'b{i="1"}', 'b{i="2"}', 'b{i="3"}'];
  const store = await storeWith(names.flatMap((name) => seriesOf(`${name} 1 2 3 4 5`)));
  const engine = createQueryEngine({ store, clock: systemClock, workers: 0, maxSeries });
  open.push(engine);
  return engine;
}

const at = (expr: string) => ({ expr, timeMs: 4 * MINUTE });
const over = (expr: string) => ({ expr, startMs: 0, endMs: 4 * MINUTE, stepMs: MINUTE });
const refused = (count: number, limit: number) => ({
  code: 'promql.too_many_series',
  message: `the query selects ${count} series and the limit is ${limit} (--max-query-series): select fewer with more matchers, or raise the limit`,
});

describe('the limit on series', () => {
  it('lets exactly so many pass', async () => {
    const engine = await engineOf(3);
    expect((await engine.range(over('a'))).value.labels).toHaveLength(3);
    await engine.instant(at('sum(a)'));
    await engine.instant(at('a{i="1"} + on (i) b{i="1"}'));
    await expect((await engineOf(2)).instant(at('a'))).rejects.toMatchObject(refused(3, 2));
    await expect((await engineOf(2)).range(over('sum(a)'))).rejects.toMatchObject(refused(3, 2));
  });

  it('counts all selectors of a query together, and each series once', async () => {
    const engine = await engineOf(5);
    await engine.instant(at('a + a + rate(a[2m]) + (a offset 1m) + a{i!="9"}'));
    await expect(engine.instant(at('a + b'))).rejects.toMatchObject(refused(6, 5));
    await expect(engine.range(over('{__name__=~".+"}'))).rejects.toMatchObject(refused(6, 5));
    await (await engineOf(6)).instant(at('a + b'));
  });

  it('counts what has samples in the time that is asked for', async () => {
    const engine = await engineOf(1);
    expect((await engine.instant({ expr: 'a', timeMs: 60 * MINUTE })).value).toMatchObject({ labels: [] });
    await engine.instant(at('vector(1)'));
  });

  it('is off by default', async () => {
    await (await engineOf()).instant(at('a + b'));
    await (await engineOf(0)).instant(at('a + b'));
  });
});
