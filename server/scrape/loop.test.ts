import { describe, expect, it } from 'vitest';
import { AppError } from '../model/app-error.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { openForgetfulStore } from '../storage/testing/forgetful-store.ts';
import { loopOnFakeClock, targetOf } from './testing/loops.ts';

const own = 'instance="h:1", job="j"';
const INTERVAL = 10_000;

describe('when', () => {
  it('scrapes at the offset of the target into every interval, without drift', async () => {
    const { clock, loop, fetchedAt, offsetMs } = loopOnFakeClock(() => 'a 1\n');
    loop.start();
    await clock.advance(35_000);
    await loop.stop();
    expect(fetchedAt.length).toBeGreaterThanOrEqual(3);
    for (const atMs of fetchedAt) expect(atMs % INTERVAL).toBe(offsetMs);
    const count = fetchedAt.length;
    await clock.advance(35_000);
    expect(fetchedAt.length).toBe(count);
  });

  it('stores the due time when it is late by no more than 2 ms, and never drifts', async () => {
    const clock = new LateClock(1_000_000);
    const { loop, stored, offsetMs } = loopOnFakeClock(() => 'a 1\n', { clock });
    loop.start();
    // Each lateness is that of the timer that is armed next.
    const late = [0, 1, 2, 3, 40, 0, 0];
    for (const ms of late) {
      clock.lateMs = ms;
      await clock.advance(INTERVAL);
    }
    const samples = (await stored())[`a{${own}}`] ?? [];
    const shifts = samples.map(([atMs]) => (atMs - offsetMs) % INTERVAL);
    expect(shifts).toEqual([0, 0, 0, 0, 3, 40, 0]);
    await loop.stop();
  });

  it('starts at once when a scrape took its whole interval, and skips what was slept through', async () => {
    const slow: (() => void)[] = [];
    let isSlow = true;
    const answer = () => (isSlow ? new Promise<string>((resolve) => slow.push(() => resolve('a 1\n'))) : 'a 1\n');
    const { clock, loop, fetchedAt, offsetMs } = loopOnFakeClock(answer);
    loop.start();
    await clock.advance(INTERVAL);
    await clock.advance(INTERVAL + 5);
    expect(fetchedAt.length).toBe(1);
    isSlow = false;
    slow[0]?.();
    await clock.advance(1);
    expect(fetchedAt.length).toBe(2);
    isSlow = true;
    await clock.advance(INTERVAL);
    await clock.advance(10 * INTERVAL);
    isSlow = false;
    slow[1]?.();
    await clock.advance(0);
    await clock.advance(2 * INTERVAL);
    expect(fetchedAt.length).toBeLessThanOrEqual(6);
    expect((fetchedAt.at(-1) as number) % INTERVAL).toBe(offsetMs);
    await loop.stop();
  });

  it('goes on when the clock is set back by an hour', async () => {
    const clock = new LateClock(10_000_000);
    const { loop, fetchedAt } = loopOnFakeClock(() => 'a 1\n', { clock });
    loop.start();
    await clock.advance(2 * INTERVAL);
    const before = fetchedAt.length;
    clock.shiftMs = -3_600_000;
    await clock.advance(5 * INTERVAL);
    expect(fetchedAt.length).toBeGreaterThanOrEqual(before + 3);
    expect(loop.status.note).toContain('samples refused: 1 out of order');
    expect(loop.status.health).toBe('up');
    await loop.stop();
  });

  it('can wait for weeks', async () => {
    const target = { ...targetOf(), intervalMs: 40 * 86_400_000 };
    const { clock, loop, fetchedAt } = loopOnFakeClock(() => 'a 1\n', { target });
    loop.start();
    await clock.advance(81 * 86_400_000);
    expect(fetchedAt.length).toBe(2);
    await loop.stop();
  });

  it('finds the series of a target again that was down until the store forgot them', async () => {
    const clock = new FakeClock(1_700_000_000_000);
    const { store, forgetAll, close } = await openForgetfulStore(clock);
    const target = { ...targetOf(), intervalMs: 6 * 3_600_000 };
    let isDown = false;
    const answer = () => (isDown ? Promise.reject(new Error('down')) : 'a 1\n');
    const { loop } = loopOnFakeClock(answer, { clock, target, store: store.metrics });
    const healthLater = async () => {
      await clock.advance(target.intervalMs);
      return loop.status.health;
    };
    try {
      loop.start();
      await expect.poll(healthLater).toBe('up');
      isDown = true;
      await expect.poll(healthLater).toBe('down');
      await forgetAll();
      isDown = false;
      await expect.poll(healthLater).toBe('up');
    } finally {
      await loop.stop();
      await close();
    }
  });

  it('goes on when the clock jumps ahead', async () => {
    const clock = new LateClock(10_000_000);
    const { loop, fetchedAt } = loopOnFakeClock(() => 'a 1\n', { clock });
    loop.start();
    await clock.advance(2 * INTERVAL);
    const before = fetchedAt.length;
    clock.shiftMs = 3_600_000;
    await clock.advance(3 * INTERVAL);
    expect(fetchedAt.length - before).toBeGreaterThanOrEqual(2);
    expect(fetchedAt.length - before).toBeLessThanOrEqual(4);
    await loop.stop();
  });
});

describe('what', () => {
  it("writes upstream's report series with the labels of the target", async () => {
    let body = 'a 1\nb 1\n';
    const { clock, loop, reports } = loopOnFakeClock(() => body);
    loop.start();
    await clock.advance(INTERVAL);
    body = 'a 1\nc 1\nd 1\n';
    await clock.advance(INTERVAL);
    const values = Object.fromEntries(Object.entries(await reports()).map(([name, samples]) => [name, samples.map(([, value]) => value)]));
    expect(values).toEqual({
      [`up{${own}}`]: [1, 1],
      [`scrape_duration_seconds{${own}}`]: [expect.any(Number), expect.any(Number)],
      [`scrape_samples_scraped{${own}}`]: [2, 3],
      [`scrape_samples_post_metric_relabeling{${own}}`]: [2, 3],
      [`scrape_series_added{${own}}`]: [2, 2],
    });
    await loop.stop();
  });

  it('ends all series when a scrape fails, once, and says why', async () => {
    let fails = false;
    const { clock, loop, stored, reports, log } = loopOnFakeClock(() => {
      if (fails) throw new AppError('scrape.request_failed', 'Get "http://h:1/metrics": connection refused');
      return 'a 1\n';
    });
    loop.start();
    await clock.advance(INTERVAL);
    fails = true;
    await clock.advance(2 * INTERVAL);
    expect(loop.status).toMatchObject({ health: 'down', lastError: 'Get "http://h:1/metrics": connection refused', lastSamples: 0 });
    fails = false;
    await clock.advance(INTERVAL);
    expect((await stored())[`a{${own}}`]?.map(([, value]) => value)).toEqual([1, 'stale', 1]);
    const report = await reports();
    expect(report[`up{${own}}`]?.map(([, value]) => value)).toEqual([1, 0, 0, 1]);
    expect(report[`scrape_samples_scraped{${own}}`]?.map(([, value]) => value)).toEqual([1, 0, 0, 1]);
    expect(report[`scrape_series_added{${own}}`]?.map(([, value]) => value)).toEqual([1, 0, 0, 0]);
    expect(log.lines.map((line) => line.msg)).toEqual(['scrape failed', 'target is up again']);
    await loop.stop();
  });

  it('keeps the report when the body is bad', async () => {
    const { clock, loop, stored, reports } = loopOnFakeClock(() => 'a 1\nb x\n');
    loop.start();
    await clock.advance(INTERVAL);
    expect(await stored()).toEqual({});
    expect((await reports())[`scrape_samples_scraped{${own}}`]?.[0]?.[1]).toBe(1);
    expect(loop.status.lastError).toBe('line 2, column 3: value "x" of "b" is not a number');
    await loop.stop();
  });

  it('fails every scrape while an error is forced', async () => {
    const { clock, loop, stored, fetchedAt } = loopOnFakeClock(() => 'a 1\n');
    loop.start();
    await clock.advance(INTERVAL);
    loop.forceError(new Error('target_limit exceeded'));
    await clock.advance(INTERVAL);
    expect(fetchedAt.length).toBe(1);
    expect(loop.status.lastError).toBe('target_limit exceeded');
    expect((await stored())[`a{${own}}`]?.map(([, value]) => value)).toEqual([1, 'stale']);
    await loop.stop();
  });
});

describe('the end', () => {
  it('writes stale markers for the time of the next scrape, two scrapes later', async () => {
    const { clock, loop, stored, reports } = loopOnFakeClock(() => 'a 1\n');
    loop.start();
    await clock.advance(INTERVAL);
    const [lastMs] = (await stored())[`a{${own}}`]?.at(-1) ?? [0];
    const retired = loop.retire(new AbortController().signal);
    await clock.advance(INTERVAL + 500);
    expect((await stored())[`a{${own}}`]?.length).toBe(1);
    await clock.advance(2 * INTERVAL);
    await retired;
    expect((await stored())[`a{${own}}`]?.at(-1)).toEqual([lastMs + INTERVAL, 'stale']);
    for (const samples of Object.values(await reports())) expect(samples.at(-1)).toEqual([lastMs + INTERVAL, 'stale']);
  });

  it('leaves the series of a target that came back alone', async () => {
    const first = loopOnFakeClock(() => 'a 1\n');
    first.loop.start();
    await first.clock.advance(INTERVAL);
    const retired = first.loop.retire(new AbortController().signal);
    const second = loopOnFakeClock(() => 'a 2\n', { clock: first.clock, store: first.deps.store });
    second.loop.start();
    await first.clock.advance(4 * INTERVAL);
    await retired;
    const values = (await first.stored())[`a{${own}}`]?.map(([, value]) => value);
    expect(values).toEqual([1, 2, 2, 2, 2]);
    await second.loop.stop();
  });

  it('writes nothing when the server stops, nor when there never was a scrape', async () => {
    const { clock, loop, stored } = loopOnFakeClock(() => 'a 1\n');
    loop.start();
    await clock.advance(INTERVAL);
    const shutdown = new AbortController();
    const retired = loop.retire(shutdown.signal);
    await clock.advance(1);
    shutdown.abort();
    await retired;
    await clock.advance(5 * INTERVAL);
    expect((await stored())[`a{${own}}`]?.map(([, value]) => value)).toEqual([1]);
    const unused = loopOnFakeClock(() => 'a 1\n');
    await unused.loop.retire(new AbortController().signal);
    expect(await unused.reports()).toEqual({});
  });

  it('hands living series to the loop that takes over', async () => {
    const first = loopOnFakeClock(() => 'a 1\nb 1\n');
    first.loop.start();
    await first.clock.advance(INTERVAL);
    const inherited = await first.loop.stop();
    const second = loopOnFakeClock(() => 'b 2\n', { clock: first.clock, store: first.deps.store, inherited });
    second.loop.start();
    await first.clock.advance(INTERVAL);
    const stored = await first.stored();
    expect(stored[`a{${own}}`]?.map(([, value]) => value)).toEqual([1, 'stale']);
    expect(stored[`b{${own}}`]?.map(([, value]) => value)).toEqual([1, 2]);
    await second.loop.stop();
  });
});

/** A clock whose timers fire late, and whose time of day can be shifted without touching its timers. */
class LateClock extends FakeClock {
  lateMs = 0;
  shiftMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.shiftMs;
  }

  override after(delayMs: number, callback: () => void) {
    return super.after(delayMs + this.lateMs, callback);
  }
}
