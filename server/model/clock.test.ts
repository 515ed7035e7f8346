import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

const DAY_MS = 86_400_000;

afterEach(() => vi.useRealTimers());

it('waits longer than a timer of Node can, and can be cancelled then too', () => {
  vi.useFakeTimers();
  const done: string[] = [];
  systemClock.after(60 * DAY_MS, () => done.push('two months'));
  const cancelled = systemClock.after(60 * DAY_MS, () => done.push('cancelled'));
  vi.advanceTimersByTime(59 * DAY_MS);
  expect(done).toEqual([]);
  cancelled.cancel();
  vi.advanceTimersByTime(2 * DAY_MS);
  expect(done).toEqual(['two months']);
});
