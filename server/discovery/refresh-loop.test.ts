import { expect, it, vi } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { startRefreshLoop } from './refresh-loop.ts';

it('says why a run fails, goes on, and says when one works again', async () => {
  const clock = new FakeClock();
  const said: unknown[] = [];
  let runs = 0;
  const run = async () => {
    if (++runs < 3) throw new Error(`no ${runs}`);
  };
  const loop = startRefreshLoop(clock, 1_000, run, (message) => said.push(message));
  await vi.waitFor(
    async () => {
      await clock.advance(1_000);
      expect(runs).toBeGreaterThan(3);
    },
    { timeout: 10_000, interval: 5 },
  );
  await loop.stop();
  expect(said).toEqual(['no 1', 'no 2', undefined]);
});
