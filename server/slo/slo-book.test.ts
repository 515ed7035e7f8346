// Objectives over a month of stored samples: what the book tells is what was put there, worked by hand.
import { slo } from '@alidade/sdk/slo';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { createQueryEngine } from '../promql/engine/query-engine.ts';
import type { QueryEngine } from '../promql/query.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { createSloBook, type DefinedSlo } from './slo-book.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const END = 31 * DAY;

const AVAILABILITY = slo({
  name: 'availability',
  service: 'predictor',
  target: 0.99,
  window: '30d',
  minEvents: 100,
  indicator: { type: 'ratio', total: { counter: 'requests_total' }, bad: { counter: 'requests_total{code="500"}' } },
});

/** Requests a minute, good and bad, at each 5 minutes. */
type Traffic = (atMs: number) => { readonly good: number; readonly bad: number };

let engine: QueryEngine | undefined;
afterEach(async () => await engine?.close());

async function bookOf(slos: readonly DefinedSlo['slo'][], traffic: Traffic, untilMs = END) {
  const clock = new FakeClock(END);
  const { metrics } = openMemoryStore(clock);
  const appender = metrics.appender();
  const [good, bad] = ['200', '500'].map((code) => appender.seriesRef(Labels.from({ __name__: 'requests_total', code })));
  const sums = { good: 0, bad: 0 };
  for (let atMs = 0; atMs <= untilMs; atMs += MINUTE) {
    const more = traffic(atMs);
    sums.good += more.good;
    sums.bad += more.bad;
    if (good !== undefined) appender.append(good, atMs, sums.good);
    if (bad !== undefined) appender.append(bad, atMs, sums.bad);
  }
  await appender.commit();
  engine = createQueryEngine({ store: metrics, clock, workers: 0 });
  return createSloBook({ engine, clock, objectives: () => slos.map((one) => ({ slo: one, file: '' })) });
}

describe('the book of objectives', () => {
  it('tells success, budget and burn rates', async () => {
    // 100 a minute; half of the requests fail for two hours, a day before the end: 6,000 of 4,320,000; the budget is 43,200.
    const outage = (atMs: number) => atMs > END - DAY && atMs <= END - DAY + 120 * MINUTE;
    const book = await bookOf([AVAILABILITY], (atMs) => (outage(atMs) ? { good: 50, bad: 50 } : { good: 100, bad: 0 }));
    const [status] = await book.list();
    expect(status).toMatchObject({ state: 'ok', isCompliant: true, exhaustedInHours: null });
    expect([status?.total, status?.failed].map((count) => Math.round(count ?? 0))).toEqual([4_320_000, 6_000]);
    expect(status?.successRate).toBeCloseTo(1 - 6_000 / 4_320_000, 9);
    expect(status?.budgetRemaining).toBeCloseTo(1 - 6_000 / 43_200, 6);
    expect(status?.burnRates.find(({ window }) => window === '1h')?.rate).toBe(0);
    expect(status?.burnRates.find(({ window }) => window === '3d')?.rate).toBeCloseTo(6_000 / 432_000 / 0.01, 4);
    const detail = await book.detail('predictor', 'availability');
    expect(detail.incidents).toHaveLength(1);
    expect(detail.incidents[0]).toMatchObject({
      startMs: END - DAY,
      endMs: END - DAY + 120 * MINUTE,
      failed: expect.closeTo(6_000, 0),
      total: expect.closeTo(12_000, 0),
    });
    expect(detail.incidents[0]?.budgetShare).toBeCloseTo(6_000 / 43_200, 4);
    expect(detail.incidents[0]?.peakBurnRate).toBeCloseTo(50, 9);
    expect(detail.budget[0]).toBe(1);
    expect(detail.budget.at(-1)).toBeCloseTo(1 - 6_000 / 43_200, 4);
  });

  it('tells when the budget will be gone', async () => {
    // 20 % fail in the last hour: burn rate 20, which is what the fast page waits for; 1,200 of 43,200 are spent.
    const book = await bookOf([AVAILABILITY], (atMs) => (atMs > END - 60 * MINUTE ? { good: 80, bad: 20 } : { good: 100, bad: 0 }));
    const [status] = await book.list();
    expect(status?.state).toBe('burning');
    expect(status?.conditions.filter(({ isBurning }) => isBurning).map(({ name }) => name)).toEqual(['page-fast']);
    const left = 1 - 1_200 / 43_200;
    expect(status?.exhaustedInHours).toBeCloseTo((left * 720) / 20, 6);
    expect(status?.reason).toBe(
      '2 % of the budget was spent in 1h; 97.2 % of the budget is left; gone in 35 hours at the burn rate of the last hour',
    );
  });

  it('tells a spent budget', async () => {
    const book = await bookOf([AVAILABILITY], () => ({ good: 98, bad: 2 }));
    const [status] = await book.list();
    expect(status).toMatchObject({ state: 'exhausted', isCompliant: false, exhaustedInHours: 0 });
    expect(status?.budgetRemaining).toBeCloseTo(-1, 9);
  });

  it('does not judge a handful of events', async () => {
    const book = await bookOf([AVAILABILITY], (atMs) => (atMs === END - 10 * MINUTE ? { good: 0, bad: 20 } : { good: 0, bad: 0 }));
    const [status] = await book.list();
    expect(status).toMatchObject({ state: 'low-traffic', total: 20, conditions: [{ isBurning: false }, {}, {}, {}] });
    expect(status?.reason).toBe('20 events in 30d, fewer than the 100 that prove something');
  });

  it('knows missing data from no traffic', async () => {
    const silent = await bookOf([AVAILABILITY], () => ({ good: 0, bad: 0 }));
    expect((await silent.list())[0]).toMatchObject({ state: 'low-traffic', reason: 'no events in 30d', successRate: null });
    await engine?.close();
    const gone = await bookOf([AVAILABILITY], () => ({ good: 100, bad: 0 }), END - 20 * MINUTE);
    expect((await gone.list())[0]).toMatchObject({
      state: 'no-data',
      successRate: 1,
      reason: 'nothing that it measures has arrived in the last 10 minutes; 100 % of the budget is left, as far as is known',
    });
  });

  it('counts slices of time, however many failures are in one', async () => {
    const slices = slo({
      ...AVAILABILITY,
      name: 'slices',
      window: '1d',
      minEvents: 10,
      indicator: { type: 'time-slice', slice: '5m', sliceTarget: 0.9, of: AVAILABILITY.indicator as never },
      alerts: { omit: ['page-fast', 'page-slow', 'ticket-fast'] },
    });
    // Everything fails for half an hour: 6 of 288 slices, whatever the traffic; 1 of 12 more has too little to be measured.
    const book = await bookOf([slices], (atMs) => {
      if (atMs > END - 600 * MINUTE && atMs <= END - 570 * MINUTE) return { good: 0, bad: 1_000 };
      return atMs > END - 60 * MINUTE ? { good: 1, bad: 0 } : { good: 100, bad: 0 };
    });
    const [status] = await book.list();
    expect(status).toMatchObject({ total: 288 - 12, failed: 6 });
    expect(status?.successRate).toBeCloseTo(1 - 6 / 276, 12);
  });

  it('tells of the others when one cannot be asked', async () => {
    const perCode = slo({
      ...AVAILABILITY,
      name: 'per-code',
      minEvents: 0,
      indicator: { type: 'error-ratio', query: 'rate(requests_total[$window])' },
    });
    const book = await bookOf([perCode, AVAILABILITY], () => ({ good: 100, bad: 0 }));
    expect(await book.list()).toMatchObject([
      {
        slo: { name: 'per-code' },
        state: 'no-data',
        reason: expect.stringMatching(/^it cannot be judged: rate.* answers 2 series; write the indicator/),
      },
      { slo: { name: 'availability' }, state: 'ok' },
    ]);
  });

  it('knows no objective of another name', async () => {
    const book = await bookOf([], () => ({ good: 1, bad: 0 }), 0);
    await expect(book.detail('predictor', 'nothing')).rejects.toThrow('there is no objective "predictor/nothing"');
  });
});
