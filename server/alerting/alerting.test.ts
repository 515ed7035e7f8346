import { describe, expect, it } from 'vitest';
import type { Matcher } from '../model/matcher.ts';
import { Secret } from '../model/secret.ts';
import { alertmanager, route, webhook } from './testing/config.ts';
import { between, timeline } from './testing/timeline.ts';

const equal = (name: string, value: string): Matcher => ({ type: '=', name, value });
const receiver = (name: string, sendResolved = true) => ({ name, integrations: [webhook({ sendResolved })], unsupported: [] });
const A1 = 'alertname=A instance=1';
const A2 = 'alertname=A instance=2';
const B1 = 'alertname=B instance=1';

describe('grouping', () => {
  it('waits, groups, tells of what is new at the next interval, and repeats', async () => {
    const t = timeline(alertmanager());
    t.at(1).push({ labels: A1 });
    t.at(1.5).push({ labels: A2 }, { labels: B1 });
    t.want(between(2, 2.1), 'default', `${A1} firing`, `${A2} firing`);
    t.want(between(2.5, 2.6), 'default', `${B1} firing`);
    const A3 = 'alertname=A instance=3';
    t.at(5).push({ labels: A3 });
    t.want(between(12, 12.1), 'default', `${A1} firing`, `${A2} firing`, `${A3} firing`);
    t.want(between(73, 83), 'default', `${A1} firing`, `${A2} firing`, `${A3} firing`);
    t.want(between(63, 73), 'default', `${B1} firing`);
    expect(await t.run(90)).toEqual([]);
  });

  it('tells of resolved alerts once, and of those that come back', async () => {
    const t = timeline(alertmanager());
    t.at(1).push({ labels: A1 }, { labels: A2 });
    t.want(between(2, 2), 'default', `${A1} firing`, `${A2} firing`);
    t.at(5).push({ labels: A1, startsAt: 1, endsAt: 5 });
    t.at(6).push({ labels: A1, startsAt: 1, endsAt: 5 });
    t.want(between(12, 12), 'default', `${A1} resolved`, `${A2} firing`);
    t.at(15).push({ labels: A2, startsAt: 1, endsAt: 15 });
    t.want(between(22, 22), 'default', `${A2} resolved`);
    t.at(25).push({ labels: A2, startsAt: 25 });
    t.want(between(32, 32), 'default', `${A2} firing`);
    expect(await t.run(50)).toEqual([]);
  });

  it('says nothing of what was resolved before anybody was told, and nothing resolved to who does not want it', async () => {
    const t = timeline(alertmanager({ receivers: [receiver('default', false)] }));
    t.at(1).push({ labels: A1 });
    t.at(1.5).push({ labels: A1, startsAt: 1, endsAt: 1.5 });
    t.at(5).push({ labels: B1 });
    t.want(between(6, 6), 'default', `${B1} firing`);
    t.at(8).push({ labels: B1, startsAt: 5, endsAt: 8 });
    t.at(20).push({ labels: B1, startsAt: 20 });
    t.want(between(26, 26), 'default', `${B1} firing`);
    expect(await t.run(40)).toEqual([]);
  });

  it('lets alerts end that nobody refreshes', async () => {
    const t = timeline(alertmanager({ resolveTimeoutMs: 20_000 }));
    t.at(1).do((alerting) => alerting.receive([{ labels: { alertname: 'A' } }]));
    t.want(between(2, 2), 'default', 'alertname=A firing');
    t.want(between(22, 32), 'default', 'alertname=A resolved');
    expect(await t.run(60)).toEqual([]);
  });
});

describe('routing', () => {
  it('takes the deepest match of each branch, and goes on where it says so', async () => {
    const routes = [
      route({ receiver: 'team', matchers: [equal('team', 'ml')], continue: true, groupBy: [] }),
      route({
        receiver: 'page',
        matchers: [equal('severity', 'critical')],
        routes: [route({ receiver: 'boss', matchers: [equal('alertname', 'B')] })],
      }),
    ];
    const receivers = ['default', 'team', 'page', 'boss'].map((name) => receiver(name));
    const t = timeline(alertmanager({ route: route({ routes, groupByAll: true }), receivers }));
    const all = { both: 'alertname=A severity=critical team=ml', boss: 'alertname=B severity=critical', none: 'alertname=C' };
    t.at(1).push(...Object.values(all).map((labels) => ({ labels })));
    t.want(between(2, 2), 'team', `${all.both} firing`);
    t.want(between(2, 2), 'page', `${all.both} firing`);
    t.want(between(2, 2), 'boss', `${all.boss} firing`);
    t.want(between(2, 2), 'default', `${all.none} firing`);
    expect(await t.run(5)).toEqual([]);
  });
});

describe('holding back', () => {
  it('inhibits while the source fires', async () => {
    const inhibitRules = [
      { sourceMatchers: [equal('alertname', 'Down')], targetMatchers: [equal('severity', 'warn')], equal: ['instance'] },
    ];
    const t = timeline(alertmanager({ inhibitRules }));
    const slow = (instance: number) => `alertname=Slow instance=${instance} severity=warn`;
    t.at(1).push({ labels: 'alertname=Down instance=1' }, { labels: slow(1) }, { labels: slow(2) });
    t.want(between(2, 2), 'default', 'alertname=Down instance=1 firing');
    t.want(between(2, 2), 'default', `${slow(2)} firing`);
    t.at(8).do((alerting) => {
      expect(alerting.alerts().map(({ state, inhibitedBy }) => `${state} ${inhibitedBy.length}`)).toEqual([
        'active 0',
        'suppressed 1',
        'active 0',
      ]);
    });
    t.at(9).push({ labels: 'alertname=Down instance=1', startsAt: 1, endsAt: 9 });
    t.want(between(12, 12), 'default', 'alertname=Down instance=1 resolved');
    t.want(between(12, 12), 'default', `${slow(1)} firing`, `${slow(2)} firing`);
    expect(await t.run(20)).toEqual([]);
  });

  it('keeps silences over a restart, and says why nothing was sent', async () => {
    const t = timeline(alertmanager());
    let id = '';
    t.at(0.5).do(async (alerting) => {
      const nowMs = 1_700_000_000_500;
      const silence = {
        matchers: [equal('instance', '1')],
        startsAtMs: nowMs,
        endsAtMs: nowMs + 60_000,
        createdBy: 'ann',
        comment: 'moving house',
      };
      id = await alerting.silences.set(silence);
      await expect(alerting.silences.set({ ...silence, matchers: [] })).rejects.toThrow('at least one matcher required');
      await expect(alerting.silences.set({ ...silence, matchers: [equal('a', '')] })).rejects.toThrow('must not match the empty string');
    });
    t.at(1).push({ labels: A1 });
    t.at(3).do((alerting) => {
      expect(alerting.groups()[0]?.decisions).toMatchObject([{ outcome: 'not sent', reason: 'silenced by ann: moving house' }]);
    });
    t.at(4).restart();
    t.at(5).push({ labels: A1, startsAt: 1 });
    t.at(9).do((alerting) => alerting.silences.expire(id));
    t.want(between(15, 15), 'default', `${A1} firing`);
    expect(await t.run(20)).toEqual([]);
  });
});

describe('receivers without integrations', () => {
  it('say why nobody is told', async () => {
    const t = timeline(alertmanager({ receivers: [{ name: 'default', integrations: [], unsupported: ['pagerduty_configs[0]'] }] }));
    t.at(1).push({ labels: A1 });
    t.at(3).do((alerting) => {
      const [group] = alerting.groups();
      expect(group?.decisions).toMatchObject([{ outcome: 'not sent', reason: 'nobody to tell: pagerduty_configs[0] cannot be told yet' }]);
    });
    expect(await t.run(5)).toEqual([]);
  });
});

describe('a reload', () => {
  it('leaves groups alone when nothing has changed, and notices a changed secret', async () => {
    const withUrl = (url: string) =>
      alertmanager({ receivers: [{ name: 'default', integrations: [webhook({ url: new Secret(url) })], unsupported: [] }] });
    const t = timeline(withUrl('a'));
    const flushes: number[] = [];
    t.at(1).push({ labels: A1 });
    t.want(between(2, 2), 'default', `${A1} firing`);
    for (const [second, url] of [
      [5, 'a'],
      [6, 'b'],
    ] as const) {
      t.at(second).apply(withUrl(url));
      t.at(second + 0.5).do((alerting) => flushes.push((alerting.groups()[0]?.nextFlushMs ?? 0) - 1_700_000_000_000));
    }
    expect(await t.run(8)).toEqual([]);
    // The new group was flushed at once, for its alert has waited long enough, and is due one interval later.
    expect(flushes).toEqual([12_000, 16_000]);
  });
});

describe('what was told already', () => {
  it('is not told again after a reload or a restart, but what was resolved meanwhile is', async () => {
    const t = timeline(alertmanager());
    t.at(1).push({ labels: A1 }, { labels: B1 });
    t.want(between(2, 2), 'default', `${A1} firing`);
    t.want(between(2, 2), 'default', `${B1} firing`);
    t.at(5).apply(alertmanager({ resolveTimeoutMs: 1 }));
    t.at(8).restart();
    t.at(9).push({ labels: A1, startsAt: 1 }, { labels: B1, startsAt: 1, endsAt: 7 });
    t.want(between(9, 10), 'default', `${B1} resolved`);
    t.want(between(69, 79), 'default', `${A1} firing`);
    expect(await t.run(80)).toEqual([]);
  });
});

describe('delivery', () => {
  it('tries again until it works, and says so', async () => {
    const reasons: string[] = [];
    const t = timeline(alertmanager(), (_, second) =>
      second < 6 ? { isSent: false, canRetry: true, reason: 'connection refused' } : { isSent: true },
    );
    t.at(1).push({ labels: A1 });
    t.want(between(6, 12), 'default', `${A1} firing`);
    t.at(4).do((alerting) => reasons.push(...alerting.notifications().map(({ outcome, reason }) => `${outcome}: ${reason}`)));
    t.at(13).do((alerting) => reasons.push(...alerting.notifications().map(({ outcome, reason }) => `${outcome}: ${reason}`)));
    expect(await t.run(14)).toEqual([]);
    expect(reasons).toHaveLength(2);
    expect(reasons[0]).toMatch(/^retrying: first notification; attempt \d+ failed: connection refused$/);
    expect(reasons[1]).toMatch(/^sent: first notification \(attempt \d+\)$/);
  });

  it('gives up at once when the receiver says no, and at the next interval when it does not answer', async () => {
    const reasons: string[] = [];
    let canRetry = false;
    const t = timeline(alertmanager(), () => ({ isSent: false, canRetry, reason: 'no' }));
    t.at(1).push({ labels: A1 });
    t.at(3).do((alerting) => {
      reasons.push(...alerting.notifications().map(({ outcome, reason }) => `${outcome}: ${reason}`));
      canRetry = true;
    });
    t.at(23).do((alerting) => reasons.push(...alerting.notifications().map(({ outcome, reason }) => `${outcome}: ${reason}`)));
    expect(await t.run(24)).toEqual([]);
    expect(reasons[0]).toBe('failed: first notification; gave up after 1 attempt: no');
    expect(reasons.some((reason) => /^failed: first notification; gave up after \d+ attempts: no$/.test(reason))).toBe(true);
  });
});
