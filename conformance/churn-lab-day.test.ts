// An ordinary day of the churn lab on a fake clock, from samples over all rules, routes and inhibitions to the messages: fewer than ten.
// Then an outage: whoever is on call hears of it within minutes.
import { defineProject, receiver, webhook } from '@alidade/sdk/code';
import type { Rule } from '@alidade/sdk/schema';
import { sloRules } from '@alidade/sdk/slo';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import project from '../examples/churn-lab/churn-lab.alidade.ts';
import { routing } from '../examples/churn-lab/observability/alerting.ts';
import { type Alerting, createAlerting } from '../server/alerting/alerting.ts';
import { notificationData } from '../server/alerting/notification.ts';
import { languageChecks } from '../server/app-config.ts';
import { readAlertmanager } from '../server/config/alertmanager.ts';
import { ConfigFile } from '../server/config/config-file.ts';
import { readRuleGroups } from '../server/config/rule-groups.ts';
import { FakeClock } from '../server/model/fake-clock.ts';
import { NO_FEATURES } from '../server/model/language-features.ts';
import { createQueryEngine } from '../server/promql/engine/query-engine.ts';
import { createRuleManager } from '../server/rules/manager.ts';
import { openMemoryStore } from '../server/storage/memory/open.ts';
import { DAY_MINUTES, ordinaryDay } from './churn-lab/ordinary-day.ts';
import { report } from './testing/lab.ts';

const MINUTE = 60_000;
/** The full tests live the whole day, the others the hours in which most happens. */
const isFull = process.env.ALIDADE_FULL === '1';
const [BEGIN, END] = isFull ? [0, DAY_MINUTES] : [8 * 60, 13 * 60];
interface Message {
  readonly minute: number;
  readonly receiver: string;
  readonly status: string;
  readonly alerts: string;
}

/** The lab's routes at production's pace; a message is a line here. */
async function alertmanagerConfig() {
  const tell = (name: string) => receiver(name, webhook({ url: `http://127.0.0.1:1/${name}`, sendResolved: true }));
  const alerting = routing(
    {
      everybody: tell('default'),
      onCall: tell('on-call'),
      warnings: tell('warnings'),
      info: tell('info'),
      mlTeam: tell('ml-team'),
      platformTeam: tell('platform-team'),
    },
    { groupWait: '10s', groupInterval: '5m', repeatInterval: '4h' },
  );
  const text = JSON.stringify(defineProject({ name: 'day', alerting }).alertmanager);
  const { config } = await readAlertmanager('alertmanager.yml', text, (path) => path);
  return config;
}

/** All rules, in two groups, so that the clock has little to do: every minute, and what objectives record as seldom as some of it is. */
function ruleGroups() {
  const rules = [...project.ruleGroups, ...project.slos.flatMap(sloRules)].flatMap((group) => group.rules);
  const isSlow = (rule: Rule) => 'record' in rule && rule.record.startsWith('slo:');
  const groups = [
    { name: 'objectives', interval: '2m30s', rules: rules.filter(isSlow) },
    { name: 'all', interval: '1m', rules: rules.filter((rule) => !isSlow(rule)) },
  ];
  const file = new ConfigFile('rules.yml', JSON.stringify({ groups }));
  const read = readRuleGroups(file, { intervalMs: MINUTE, queryOffsetMs: 0, features: NO_FEATURES }, languageChecks);
  if (!read || file.problems.length > 0) throw new Error(JSON.stringify(file.problems));
  return read;
}

describe('a day of the churn lab', () => {
  const messages: Message[] = [];
  const clock = new FakeClock(BEGIN * MINUTE);
  const store = openMemoryStore(clock);
  const engine = createQueryEngine({ store: store.metrics, clock, workers: 0 });
  const samplesOf = ordinaryDay();
  let alerting: Alerting;
  let stopRules: () => Promise<void>;

  beforeAll(async () => {
    alerting = createAlerting({
      clock,
      state: store.state,
      externalUrl: 'http://127.0.0.1:9090',
      resolve: {},
      createNotifier: () => ({
        sendsResolved: true,
        async notify(notification) {
          const { receiver, status, alerts } = notificationData(notification);
          const names = [...new Set(alerts.map(({ labels }) => labels.alertname ?? ''))].join(', ');
          messages.push({ minute: clock.nowMs() / MINUTE, receiver, status, alerts: names });
          return { isSent: true };
        },
        close: async () => undefined,
      }),
    });
    await alerting.apply(await alertmanagerConfig());
    const manager = createRuleManager({
      engine,
      store: store.metrics,
      state: store.state,
      clock,
      onAlerts: (alerts) => alerting.push(alerts),
      externalUrl: '',
      externalLabels: {},
    });
    await manager.apply(ruleGroups());
    stopRules = () => manager.stop();
  });
  afterAll(async () => {
    await stopRules();
    await alerting.stop();
    await engine.close();
  });

  async function live(from: number, to: number, isDown: (minute: number) => boolean = () => false): Promise<void> {
    for (let minute = from; minute < to; minute++) {
      const appender = store.metrics.appender();
      for (const { labels, value } of samplesOf(minute, isDown(minute))) appender.append(appender.seriesRef(labels), clock.nowMs(), value);
      await appender.commit();
      await clock.advance(MINUTE);
    }
  }

  it('brings fewer than ten messages', { timeout: 5 * MINUTE }, async () => {
    const started = performance.now();
    await live(BEGIN, END);
    for (const { minute, receiver, status, alerts } of messages)
      report(`${Math.floor(minute / 60)}:${String(Math.floor(minute % 60)).padStart(2, '0')} ${receiver}: ${status}: ${alerts}`);
    report(`${messages.length} messages, simulated in ${Math.round(performance.now() - started)} ms`);
    expect(messages.length).toBeLessThan(10);
    expect(messages.filter(({ receiver }) => receiver === 'on-call')).toEqual([]);
  });

  it('and of an outage the one on call hears within five minutes, once', async () => {
    const before = messages.length;
    const [begin, end] = [END + 10, END + 30];
    await live(END, END + 60, (minute) => minute >= begin && minute < end);
    const told = messages.slice(before);
    for (const { minute, receiver, status, alerts } of told)
      report(`minute ${Math.round(minute - begin)}: ${receiver}: ${status}: ${alerts}`);
    const first = told.find(({ receiver }) => receiver === 'on-call');
    expect(first?.minute).toBeLessThan(begin + 5);
    // What follows from the outage is not told.
    expect(told.filter(({ alerts }) => /NoPredictions|SLODataMissing|^High/.test(alerts))).toEqual([]);
  });
});
