import { describe, expect, it } from 'vitest';
import type { AlertingRuleConfig, RecordingRuleConfig, RuleGroupConfig } from '../config/rule-groups.ts';
import type { Alert } from '../model/alert.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { bitsOf, isStaleAt } from '../model/stale.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import type { Store } from '../storage/store.ts';
import { createRuleManager, type RuleManager } from './manager.ts';
import { type ScriptedEngine, scriptedEngine } from './testing/scripted-engine.ts';

const START = 1_700_000_000_000;
const SECOND = 1000;
const MINUTE = 60_000;

function alerting(over: Partial<AlertingRuleConfig> = {}): AlertingRuleConfig {
  return { type: 'alerting', alert: 'Down', expr: 'up==0', forMs: 0, keepFiringForMs: 0, labels: {}, annotations: {}, ...over };
}
function recording(over: Partial<RecordingRuleConfig> = {}): RecordingRuleConfig {
  return { type: 'recording', record: 'job:up:sum', expr: 'sum by (job) (up)', labels: {}, ...over };
}
function group(rules: RuleGroupConfig['rules'], over: Partial<RuleGroupConfig> = {}): RuleGroupConfig {
  return { name: 'g', file: 'rules.yml', intervalMs: 10 * SECOND, queryOffsetMs: 0, limit: 0, labels: {}, rules, ...over };
}

interface Bench {
  readonly clock: FakeClock;
  readonly engine: ScriptedEngine;
  readonly store: Store;
  readonly manager: RuleManager;
  readonly sent: Alert[];
  /** A new process over the same store and clock. */
  restart(): Bench;
}

function bench(clock = new FakeClock(START), store = openMemoryStore(clock), engine = scriptedEngine()): Bench {
  const sent: Alert[] = [];
  const manager = createRuleManager({
    engine,
    store: store.metrics,
    state: store.state,
    clock,
    onAlerts: (alerts) => sent.push(...alerts),
    externalUrl: 'http://localhost:9090',
    externalLabels: { region: 'eu' },
  });
  return { clock, engine, store, manager, sent, restart: () => bench(clock, store, engine) };
}

/** Samples of a series name as `{labels} value@second`, `stale` for a marker, relative to the start. */
async function samples(store: Store, name: string, nowMs: number): Promise<string[]> {
  const matchers = [{ type: '=' as const, name: '__name__', value: name }];
  const [set] = await store.metrics.select([{ matchers, startMs: 0, endMs: nowMs }], {});
  if (!set) return [];
  const bits = bitsOf(set.values);
  return set.labels.flatMap((labels, i) => {
    const [from, to] = [set.offsets[i] as number, set.offsets[i + 1] as number];
    return Array.from({ length: to - from }, (_, j) => `${labels} ${isStaleAt(bits, from + j) ? 'stale' : set.values[from + j]}`);
  });
}

const statesOf = (manager: RuleManager) =>
  manager
    .groups()
    .flatMap(({ rules }) => rules.flatMap((rule) => (rule.type === 'alerting' ? rule.alerts.map((alert) => alert.state) : [])));

describe('alerting rules', () => {
  it('go from pending to firing to resolved, and write ALERTS', async () => {
    const { clock, engine, store, manager, sent } = bench();
    const rule = alerting({
      forMs: 20 * SECOND,
      labels: { severity: 'page', instance_of: '{{ $labels.job }}' },
      annotations: {
        summary: '{{ $labels.instance }} is at {{ $value }}',
        bad: '{{ $value | nope }}',
        region: '{{ $externalLabels.region }}',
      },
    });
    engine.set('up==0', [[{ __name__: 'up', instance: 'a', job: 'api' }, 0]]);
    await manager.apply([group([rule])]);
    await clock.advance(10 * SECOND);
    expect(statesOf(manager)).toEqual(['pending']);
    await clock.advance(10 * SECOND);
    expect(statesOf(manager)).toEqual(['pending']);
    expect(sent).toEqual([]);
    await clock.advance(10 * SECOND);
    expect(statesOf(manager)).toEqual(['firing']);
    expect(sent).toHaveLength(1);
    const [alert] = sent as [Alert];
    expect(alert.labels.toObject()).toEqual({ alertname: 'Down', instance: 'a', instance_of: 'api', job: 'api', severity: 'page' });
    expect(alert.annotations.toObject()).toEqual({
      summary: 'a is at 0',
      region: 'eu',
      bad: '<error expanding template: error parsing template __alert_Down: template: __alert_Down:1: function "nope" not defined>',
    });
    expect(alert.generatorUrl).toBe('http://localhost:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1');
    expect(alert.endsAtMs - alert.updatedAtMs).toBe(4 * MINUTE);
    engine.set('up==0', []);
    await clock.advance(10 * SECOND);
    expect(statesOf(manager)).toEqual([]);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.endsAtMs).toBe(sent[1]?.updatedAtMs);
    expect(sent[1]?.startsAtMs).toBe(alert.startsAtMs);
    const written = await samples(store, 'ALERTS', clock.nowMs());
    const labels = 'alertname="Down", alertstate="STATE", instance="a", instance_of="api", job="api", severity="page"';
    const series = (state: string) => `ALERTS{${labels.replace('STATE', state)}}`;
    expect(written).toEqual([
      `${series('firing')} 1`,
      `${series('firing')} stale`,
      `${series('pending')} 1`,
      `${series('pending')} 1`,
      `${series('pending')} stale`,
    ]);
    const forState = await samples(store, 'ALERTS_FOR_STATE', clock.nowMs());
    expect(forState).toHaveLength(4);
    expect(forState.at(-1)).toContain('stale');
    await manager.stop();
  });

  it('repeat firing alerts every minute and resolved ones for 15 minutes', async () => {
    const { clock, engine, manager, sent } = bench();
    engine.set('up==0', [[{ instance: 'a' }, 0]]);
    await manager.apply([group([alerting()])]);
    await clock.advance(10 * SECOND);
    expect(sent).toHaveLength(1);
    await clock.advance(3 * MINUTE);
    expect(sent.length).toBeGreaterThanOrEqual(3);
    expect(sent.length).toBeLessThanOrEqual(4);
    engine.set('up==0', []);
    await clock.advance(30 * MINUTE);
    const resolved = sent.filter((alert) => alert.endsAtMs <= alert.updatedAtMs);
    expect(resolved.length).toBeGreaterThanOrEqual(12);
    expect(resolved.length).toBeLessThanOrEqual(16);
    expect(new Set(resolved.map((alert) => alert.endsAtMs)).size).toBe(1);
    await manager.stop();
  });

  it('keep firing for a while', async () => {
    const { clock, engine, manager } = bench();
    engine.set('up==0', [[{ instance: 'a' }, 0]]);
    await manager.apply([group([alerting({ keepFiringForMs: 30 * SECOND })])]);
    await clock.advance(10 * SECOND);
    engine.set('up==0', []);
    await clock.advance(30 * SECOND);
    expect(statesOf(manager)).toEqual(['firing']);
    await clock.advance(20 * SECOND);
    expect(statesOf(manager)).toEqual([]);
    await manager.stop();
  });

  it('refuse equal label sets and too many alerts, and leave the other rules running', async () => {
    const { clock, engine, manager } = bench();
    const two = [
      [{ a: '1', b: '1' }, 0],
      [{ a: '1', b: '2' }, 0],
    ] as const;
    engine.set('same', two);
    engine.set('many', two);
    engine.set('broken', new Error('no such function'));
    engine.set('fine', 1);
    const rules = [
      alerting({ alert: 'Same', expr: 'same', labels: { b: '' } }),
      alerting({ alert: 'Many', expr: 'many' }),
      alerting({ alert: 'Broken', expr: 'broken' }),
      alerting({ alert: 'Fine', expr: 'fine' }),
    ];
    await manager.apply([group(rules, { limit: 1 })]);
    await clock.advance(10 * SECOND);
    const [status] = manager.groups();
    expect(status?.rules.map(({ health, lastError }) => `${health} ${lastError}`)).toEqual([
      'err vector contains metrics with the same labelset after applying alert labels',
      'err exceeded limit of 1 with 2 alerts',
      'err no such function',
      'ok ',
    ]);
    expect(manager.stats().failures).toBe(3);
    await manager.stop();
  });
});

describe('recording rules', () => {
  it('write their result under their name, in order, and end what has gone', async () => {
    const { clock, engine, store, manager } = bench();
    engine.set('sum by (job) (up)', [
      [{ __name__: 'x', job: 'a' }, 1],
      [{ job: 'b' }, 2],
    ]);
    await manager.apply([group([recording({ labels: { env: 'test' } })], { queryOffsetMs: 5 * SECOND, labels: { team: 'ml' } })]);
    await clock.advance(10 * SECOND);
    const [query] = engine.asked;
    engine.set('sum by (job) (up)', [[{ job: 'a' }, 3]]);
    await clock.advance(10 * SECOND);
    expect(await samples(store, 'job:up:sum', clock.nowMs())).toEqual([
      'job:up:sum{env="test", job="a", team="ml"} 1',
      'job:up:sum{env="test", job="a", team="ml"} 3',
      'job:up:sum{env="test", job="b", team="ml"} 2',
      'job:up:sum{env="test", job="b", team="ml"} stale',
    ]);
    expect((query?.timeMs ?? 0) + 5 * SECOND).toBe((manager.groups()[0]?.lastEvaluationMs ?? 0) - 10 * SECOND);
    await manager.stop();
  });
});

describe('reload', () => {
  it('leaves unchanged groups alone, keeps the state of rules that stay and ends the series of those that go', async () => {
    const { clock, engine, store, manager } = bench();
    engine.set('up==0', [[{ instance: 'a' }, 0]]);
    engine.set('sum by (job) (up)', 1);
    const slow = alerting({ forMs: MINUTE });
    await manager.apply([group([slow, recording()]), group([alerting({ alert: 'Other' })], { name: 'h' })]);
    await clock.advance(20 * SECOND);
    const activeAt = () =>
      manager.groups()[0]?.rules.flatMap((rule) => (rule.type === 'alerting' ? rule.alerts.map((alert) => alert.activeAtMs) : []));
    const before = activeAt();
    await manager.apply([group([{ ...slow, annotations: { added: 'x' } }])]);
    expect(activeAt()).toEqual(before);
    await clock.advance(50 * SECOND);
    expect(statesOf(manager)).toEqual(['firing']);
    expect((await samples(store, 'job:up:sum', clock.nowMs())).at(-1)).toBe('job:up:sum stale');
    const other = (await samples(store, 'ALERTS', clock.nowMs())).filter((line) => line.includes('Other'));
    expect(other.at(-1)).toContain('stale');
    await manager.stop();
  });
});

describe('restart', () => {
  it('goes on exactly where it was after a short time', async () => {
    const first = bench();
    first.engine.set('up==0', [[{ instance: 'a' }, 0]]);
    first.engine.set('slow', [[{ instance: 'b' }, 0]]);
    const rules = [
      group([alerting({ annotations: { summary: 'value {{ $value }}' } }), alerting({ alert: 'Slow', expr: 'slow', forMs: 2 * MINUTE })]),
    ];
    await first.manager.apply(rules);
    await first.clock.advance(40 * SECOND);
    const before = JSON.stringify(first.manager.groups().map((g) => g.rules.map((rule) => ('alerts' in rule ? rule.alerts : []))));
    await first.manager.stop();
    await first.clock.advance(20 * SECOND);
    const second = first.restart();
    await second.manager.apply(rules);
    await second.clock.advance(0);
    expect(JSON.stringify(second.manager.groups().map((g) => g.rules.map((rule) => ('alerts' in rule ? rule.alerts : []))))).toBe(before);
    second.engine.set('up==0', []);
    await second.clock.advance(10 * SECOND);
    expect(
      second.sent.map((alert) => [alert.labels.get('alertname'), alert.endsAtMs <= second.clock.nowMs(), alert.annotations.get('summary')]),
    ).toEqual([['Down', true, 'value 0']]);
    await second.clock.advance(MINUTE);
    expect(statesOf(second.manager)).toEqual(['firing']);
    await second.manager.stop();
  });

  it('takes the time from ALERTS_FOR_STATE after a longer outage, and tells of what was resolved meanwhile', async () => {
    const first = bench();
    first.engine.set('up==0', [[{ instance: 'a' }, 0]]);
    first.engine.set('slow', [[{ instance: 'b' }, 0]]);
    const rules = [group([alerting(), alerting({ alert: 'Slow', expr: 'slow', forMs: 60 * MINUTE })])];
    await first.manager.apply(rules);
    await first.clock.advance(30 * MINUTE);
    await first.manager.stop();
    await first.clock.advance(20 * MINUTE);
    const second = first.restart();
    second.engine.set('up==0', []);
    await second.manager.apply(rules);
    await second.clock.advance(30 * SECOND);
    expect(second.sent.map((alert) => [alert.labels.get('alertname'), alert.endsAtMs <= second.clock.nowMs()])).toEqual([['Down', true]]);
    // 30 of 60 minutes had passed: the rest runs from now, whatever the outage took.
    await second.clock.advance(29 * MINUTE);
    expect(statesOf(second.manager)).toEqual(['pending']);
    await second.clock.advance(2 * MINUTE);
    expect(statesOf(second.manager)).toEqual(['firing']);
    await second.manager.stop();
  });

  it('gives an alert that was about to fire ten minutes of grace', async () => {
    const first = bench();
    first.engine.set('slow', [[{ instance: 'b' }, 0]]);
    const rules = [group([alerting({ alert: 'Slow', expr: 'slow', forMs: 30 * MINUTE })])];
    await first.manager.apply(rules);
    await first.clock.advance(28 * MINUTE);
    await first.manager.stop();
    await first.clock.advance(15 * MINUTE);
    const second = first.restart();
    await second.manager.apply(rules);
    await second.clock.advance(9 * MINUTE);
    expect(statesOf(second.manager)).toEqual(['pending']);
    await second.clock.advance(2 * MINUTE);
    expect(statesOf(second.manager)).toEqual(['firing']);
    await second.manager.stop();
  });
});

describe('schedule', () => {
  it('counts evaluations that came too late and keeps its slots', async () => {
    const { clock, engine, manager } = bench();
    let isSlow = true;
    const instant = engine.instant;
    Object.assign(engine, {
      async instant(query: Parameters<typeof instant>[0]) {
        if (isSlow) await new Promise<void>((resolve) => clock.after(35 * SECOND, resolve));
        isSlow = false;
        return instant(query);
      },
    });
    await manager.apply([group([alerting()])]);
    await clock.advance(60 * SECOND);
    expect(manager.stats().missed).toBe(2);
    const times = engine.asked.map((query) => query.timeMs);
    expect(new Set(times.map((time) => time % (10 * SECOND))).size).toBe(1);
    await manager.stop();
  });
});
