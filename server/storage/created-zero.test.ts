import { expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { appendCreatedZero } from './created-zero.ts';
import { openMemoryStore } from './memory/open.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 100 * HOUR_MS;

it('writes the beginning of a series that is new, or has nothing from then on, and nothing late or long ago', async () => {
  const { metrics } = openMemoryStore(new FakeClock(NOW_MS), {
    maxFutureMs: 0,
    retention: { metricsMs: 0, logsMs: 0, tracesMs: 0 },
    outOfOrderMs: 10 * HOUR_MS,
  });
  const write = async (createdMs: number, timestampMs: number) => {
    const appender = metrics.appender();
    const ref = appender.seriesRef(Labels.from({ __name__: 'c_total' }));
    appendCreatedZero(appender, ref, NOW_MS + createdMs, NOW_MS + timestampMs);
    appender.append(ref, NOW_MS + timestampMs, 5);
    await appender.commit();
  };
  await write(-9_000, -8_000);
  await write(-9_500, -7_000);
  await write(-5_000, -4_000);
  await write(-3_000, -3_000);
  await write(-HOUR_MS - 2_001, -2_000);
  const matchers = [{ type: '=', name: '__name__', value: 'c_total' } as const];
  const [set] = await metrics.select([{ matchers, startMs: 0, endMs: NOW_MS }], {});
  expect([...(set?.timestampsMs ?? [])].map((ms, i) => [ms - NOW_MS, set?.values[i]])).toEqual([
    [-9_000, 0],
    [-8_000, 5],
    [-7_000, 5],
    [-5_000, 0],
    [-4_000, 5],
    [-3_000, 5],
    [-2_000, 5],
  ]);
});
