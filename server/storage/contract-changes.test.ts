// The contract of `changes`, on every implementation.
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { chdb, DAY, memory, NOW, useStore } from './testing/implementations.ts';
import { ofMetrics, read, write, writeAll } from './testing/metric-samples.ts';

const MINUTE = 60_000;
const NOTHING = Number.POSITIVE_INFINITY;

describe.each([memory, chdb('chdb'), chdb('chdb, flushing always', { flushSamples: 1 })])('changes: $name', (implementation) => {
  const { open } = useStore(implementation);

  it('tell of commits as soon as readers see them', async () => {
    const { metrics } = await open();
    const { changes } = metrics;
    const before = changes.version;
    expect(changes.oldestSince(before)).toBe(NOTHING);
    const appender = metrics.appender();
    const ref = appender.seriesRef(Labels.from({ __name__: 'm' }));
    appender.append(ref, NOW, 1);
    appender.append(ref, NOW + 5, 2);
    expect(changes.oldestSince(before)).toBe(NOTHING);
    const durable = appender.commit();
    expect(changes.version).toBeGreaterThan(before);
    expect(changes.oldestSince(before)).toBe(NOW);
    const between = changes.version;
    await durable;
    await writeAll(metrics, 'other', [[NOW - DAY, 1]]);
    expect([changes.oldestSince(before), changes.oldestSince(between), changes.oldestSince(changes.version)]).toEqual([
      NOW - DAY,
      NOW - DAY,
      NOTHING,
    ]);
  });

  it('do not tell of what changes nothing', async () => {
    const { metrics, ...store } = await open();
    await writeAll(metrics, 'm', [[NOW, 1]]);
    const { version } = metrics.changes;
    await write(metrics, 'm', [
      [NOW, 1],
      [NOW - 1, 1],
    ]);
    await write(metrics, 'm', []);
    await metrics.deleteSamples(ofMetrics(['none']), {});
    await metrics.deleteSamples(ofMetrics(['m'], { startMs: NOW + 1, endMs: NOW + 2 }), {});
    await metrics.cleanTombstones();
    await store.enforceRetention();
    expect(metrics.changes.oldestSince(version)).toBe(NOTHING);
  });

  it('tell of samples that come late', async () => {
    const { metrics } = await open({ outOfOrderMs: 60 * MINUTE });
    await writeAll(metrics, 'm', [[NOW, 1]]);
    const { version } = metrics.changes;
    await writeAll(metrics, 'm', [
      [NOW + 1, 1],
      [NOW - 7 * MINUTE, 1],
      [NOW - 3 * MINUTE, 1],
    ]);
    expect(metrics.changes.oldestSince(version)).toBe(NOW - 7 * MINUTE);
  });

  it('tell of deletions', async () => {
    const { metrics } = await open();
    await writeAll(metrics, 'm', [
      [NOW, 1],
      [NOW + 1, 2],
      [NOW + 2, 3],
    ]);
    const { version } = metrics.changes;
    await metrics.deleteSamples(ofMetrics(['m'], { startMs: NOW + 1, endMs: NOW + 1 }), {});
    expect(await read(metrics, 'm')).toHaveLength(2);
    expect(metrics.changes.oldestSince(version)).toBeLessThanOrEqual(NOW + 1);
    expect(metrics.changes.oldestSince(version)).toBeGreaterThan(NOW);
  });

  it('tell of retention that drops something', async () => {
    const clock = new FakeClock(NOW);
    const { metrics, ...store } = await open({ clock, retention: { metricsMs: 2 * DAY, logsMs: 0, tracesMs: 0 } });
    await writeAll(metrics, 'm', [[NOW, 1]]);
    await clock.advance(5 * DAY);
    await writeAll(metrics, 'm', [[clock.nowMs(), 1]]);
    const { version } = metrics.changes;
    await store.enforceRetention();
    expect(await read(metrics, 'm')).toHaveLength(1);
    expect(metrics.changes.oldestSince(version)).toBeLessThanOrEqual(NOW);
  });
});
