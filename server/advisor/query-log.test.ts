import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { QueryLog } from './query-log.ts';

const NOW = 1_750_000_000_000;
const HOUR = 3_600_000;

async function startLog(clock = new FakeClock(NOW), state = openMemoryStore(clock).state) {
  const warnings: string[] = [];
  const log = new QueryLog({ state, clock, warn: (message) => warnings.push(message) });
  await log.start();
  return { log, clock, state, warnings };
}

describe('query log', () => {
  it('keeps one entry for each expression, whatever its spelling', async () => {
    const { log, clock } = await startLog();
    log.record('sum( rate(m[5m]) )', NOW);
    log.record('sum(rate(m[5m]))', NOW - HOUR);
    await log.queries(0);
    await clock.advance(1_000);
    log.record('sum(rate(m[5m]))', NOW);
    log.record('no ) promql', NOW);
    expect(await log.queries(0)).toEqual([
      { expr: 'sum(rate(m[5m]))', count: 3, firstMs: NOW, lastMs: NOW + 1_000, backMs: HOUR + 300_000 },
    ]);
    expect(await log.queries(NOW + 2_000)).toEqual([]);
  });

  it('survives a restart', async () => {
    const { log, clock, state } = await startLog();
    log.record('a', NOW);
    log.record('b', NOW - HOUR);
    await log.stop();
    await clock.advance(HOUR);
    const again = await startLog(clock, state);
    expect(again.log.sinceMs).toBe(NOW);
    again.log.record('a', NOW + HOUR);
    expect((await again.log.queries(0)).map(({ expr, count }) => [expr, count])).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
  });

  it('writes what changed within a minute, and begins anew what it cannot read', async () => {
    const { log, clock, state } = await startLog();
    log.record('a', NOW);
    await log.queries(0);
    await clock.advance(60_000);
    const written = await state.entries('query-log');
    expect([...written.keys()]).toHaveLength(2);
    for (const key of written.keys()) if (key !== 'since') await state.put('query-log', key, '{');
    const again = await startLog(clock, state);
    expect(again.warnings).toEqual([expect.stringContaining('a part of the query log cannot be read and begins anew')]);
    expect(await again.log.queries(0)).toEqual([]);
  });

  it('is bounded: the least recently asked go first', async () => {
    const { log } = await startLog();
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 450; i++) log.record(`m_${round * 450 + i}`, NOW);
      log.record('kept', NOW);
      await log.queries(0);
    }
    const kept = await log.queries(0);
    expect(kept).toHaveLength(2_000);
    expect(kept.find(({ expr }) => expr === 'kept')?.count).toBe(6);
    expect(kept.some(({ expr }) => expr === 'm_0')).toBe(false);
  });

  it('tells since when it knows everything', async () => {
    const { log, clock, state } = await startLog();
    log.record('monthly_report', NOW);
    await log.queries(0);
    await clock.advance(HOUR);
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 450; i++) log.record(`m_${round * 450 + i}`, NOW + HOUR);
      await log.queries(0);
    }
    expect((await log.queries(0)).some(({ expr }) => expr === 'monthly_report')).toBe(false);
    expect(log.sinceMs).toBe(NOW + HOUR + 1);
    await log.stop();
    expect((await startLog(clock, state)).log.sinceMs).toBe(NOW + HOUR + 1);
  });

  it('keeps of a very long expression what it selects', async () => {
    const { log, clock } = await startLog();
    const pods = Array.from({ length: 1_000 }, (_, i) => `pod-${i}-abcdef`).join('|');
    log.record(`sum(rate(cpu_seconds_total{pod=~"${pods}"}[5m])) / sum(limit{pod=~"${pods}"})`, NOW);
    expect((await log.queries(0)).map(({ expr }) => expr)).toEqual(['{__name__="cpu_seconds_total"} or {__name__="limit"}']);
    expect(log.sinceMs).toBe(NOW);
    await clock.advance(HOUR);
    log.record(`a${'+a'.repeat(200_000)}`, NOW);
    expect(log.sinceMs).toBe(NOW + HOUR + 1);
  });

  it('forgets what nobody has asked for 90 days', async () => {
    const { log, clock } = await startLog();
    log.record('old', NOW);
    await log.queries(0);
    await clock.advance(91 * 24 * HOUR);
    log.record('new', clock.nowMs());
    await log.stop();
    expect((await log.queries(0)).map(({ expr }) => expr)).toEqual(['new']);
  });
});
