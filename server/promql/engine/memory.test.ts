// A query that is asked again and again leaves nothing behind: what is in use after a collection is the same after one answer and after many.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { Store } from '../../storage/store.ts';
import { chdb, type Implementation } from '../../storage/testing/implementations.ts';
import type { QueryEngine } from '../query.ts';
import { createQueryEngine } from './query-engine.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const END = Date.UTC(2026, 4, 20, 12);
const SERIES = 400;
const WARM_UP = 15;
const AGAIN = 40;
/** Machine code, inline caches and the like still come and go; an object kept for each series and query would be three times as much. */
const MOST_GROWTH_BYTES = 1_000_000;

/** What is in use after a collection: objects, and arrays outside of them. */
function bytesInUse(collect: () => void): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A sample of each series a minute, both ends included. */
async function append({ metrics }: Store, startMs: number, endMs: number): Promise<void> {
  const appender = metrics.appender();
  for (let i = 0; i < SERIES; i++) {
    const ref = appender.seriesRef(Labels.from({ __name__: 'c_total', i: `${i}`, job: `${i % 7}` }));
    for (let at = startMs; at <= endMs; at += MINUTE) appender.append(ref, at, (at / MINUTE) * (i % 5));
  }
  await appender.commit();
}

describe('the same query again', () => {
  let place: Awaited<ReturnType<Implementation['start']>>;
  let store: Store;
  let engine: QueryEngine;
  let collect: () => void;

  beforeAll(async () => {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    const clock = new FakeClock(END);
    place = await chdb('chdb').start();
    store = await place.open({ clock });
    await append(store, END - 8 * HOUR, END - HOUR);
    // What is closed is on disk.
    await store.close();
    store = await place.open({ clock });
    await append(store, END - HOUR + MINUTE, END);
    engine = createQueryEngine({ store: store.metrics, clock, workers: 0 });
  }, 60_000);

  afterAll(async () => {
    await engine?.close();
    await store?.close();
    await place?.end();
  });

  const range = (expr: string, spanMs: number) => () => engine.rangeJson({ expr, startMs: END - spanMs, endMs: END, stepMs: MINUTE });
  it.each([
    ['an instant query', () => engine.instantJson({ expr: 'topk(5, c_total)', timeMs: END })],
    ['a range query over samples in memory', range('sum by (job) (rate(c_total[5m]))', HOUR / 2)],
    ['a range query over eight hours', range('sum by (job) (increase(c_total[10m]))', 7 * HOUR)],
    ['one that fails', () => engine.instantJson({ expr: 'c_total * on () c_total', timeMs: END }).catch((error: unknown) => error)],
  ])('%s leaves nothing behind', async (_, ask) => {
    for (let i = 0; i < WARM_UP; i++) await ask();
    const before = bytesInUse(collect);
    for (let i = 0; i < AGAIN; i++) await ask();
    expect(bytesInUse(collect) - before).toBeLessThan(MOST_GROWTH_BYTES);
  });
});
