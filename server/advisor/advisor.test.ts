import type { Advice, DashboardAnswer } from '@alidade/sdk/schema';
import { afterEach, describe, expect, it } from 'vitest';
import type { RuleGroupConfig } from '../config/rule-groups.ts';
import { readDashboard } from '../dashboards/dashboard.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { NO_FEATURES } from '../model/language-features.ts';
import { createQueryEngine } from '../promql/engine/query-engine.ts';
import type { QueryEngine } from '../promql/query.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { Advisor, type AdvisorSettings } from './advisor.ts';
import { EXERCISE_PRICES } from './costs.ts';
import { QueryLog } from './query-log.ts';
import { watchEngine, watchStore } from './watch-queries.ts';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly fromMs?: number;
  readonly toMs?: number;
}

const engines: QueryEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

/** A store with a sample a minute of each series over the last two hours, and an advisor over it. */
async function world(series: readonly Series[], more: Partial<AdvisorSettings> = {}, dashboards: readonly DashboardAnswer[] = []) {
  const clock = new FakeClock(NOW);
  const store = openMemoryStore(clock);
  const appender = store.metrics.appender();
  for (const { labels, fromMs = NOW - 120 * MINUTE, toMs = NOW } of series) {
    const ref = appender.seriesRef(Labels.from({ job: 'api', instance: 'x:1', ...labels }));
    for (let at = fromMs; at <= toMs; at += MINUTE) appender.append(ref, at, (at - fromMs) / MINUTE + 1);
  }
  await appender.commit();
  const plain = createQueryEngine({ store: store.metrics, clock, workers: 0 });
  engines.push(plain);
  const log = new QueryLog({ state: store.state, clock, warn: () => undefined });
  await log.start();
  const settings: AdvisorSettings = {
    prices: EXERCISE_PRICES,
    retention: { metricsMs: 30 * DAY, logsMs: 30 * DAY },
    ruleGroups: [],
    scrapedJobs: ['api'],
    hasRemoteWrite: false,
    lookbackMs: 5 * MINUTE,
    features: NO_FEATURES,
    applied: undefined,
    applyFile: undefined,
    ...more,
  };
  const deps = { store, engine: plain, clock, log, dashboards: () => dashboards, settings: () => settings, workers: 0 };
  return { store, clock, log, engine: watchEngine(plain, log), watched: watchStore(store.metrics, log), advisor: new Advisor(deps) };
}

const find = (advice: readonly Advice[], id: string): Advice => {
  const found = advice.find((one) => one.id === id);
  if (!found) throw new Error(`no ${id} among ${advice.map((one) => one.id).join(', ')}`);
  return found;
};

const ruleGroup = (name: string, ...rules: RuleGroupConfig['rules']): RuleGroupConfig => ({
  name,
  file: 'rules.yml',
  intervalMs: MINUTE,
  queryOffsetMs: 0,
  limit: 0,
  labels: {},
  rules,
});

const many = (count: number, labelsOf: (i: number) => Record<string, string>): Series[] =>
  Array.from({ length: count }, (_, i) => ({ labels: labelsOf(i) }));

describe('advice', () => {
  it('drops metrics that nobody reads, and proves it', async () => {
    const { advisor, engine } = await world([
      ...many(60, (i) => ({ __name__: 'unread_big', shard: `s${i}` })),
      { labels: { __name__: 'unread_small' } },
      { labels: { __name__: 'read_total' } },
      { labels: { __name__: 'up' } },
    ]);
    await engine.instant({ expr: 'rate(read_total[5m])', timeMs: NOW });
    const report = await advisor.report(30);
    expect(report).toMatchObject({
      series: 63,
      liveSeries: 63,
      metricCount: 4,
      unreadMetrics: { metrics: 2, series: 61 },
      queries: { asked: 1, rules: 0, dashboards: 0, unreadable: 0 },
    });
    const big = find(report.advice, 'drop-metric:unread_big');
    expect(big.relabel).toEqual([{ source_labels: ['__name__'], regex: 'unread_big', action: 'drop' }]);
    expect(big.saves.series).toBe(60);
    // 60 series, a sample a minute (121 in two hours), kept for 30 days at 2 bytes: 60 × 1,452 × 30 × 2.
    expect(big.saves.bytes).toBeCloseTo(60 * ((121 / 2) * 24) * 30 * 2, 0);
    expect(big.saves.monthlyCost).toBeCloseTo((big.saves.bytes / 1e9) * 0.1, 10);
    expect(big).toMatchObject({ isApplicable: true, risk: 'medium', risks: [expect.stringContaining('queries are known for')] });
    const small = find(report.advice, 'drop-metric:unread_small');
    expect(small.metrics).toEqual(['unread_small']);
    expect(await advisor.prove('drop-metric:unread_big', 30)).toMatchObject({ verdict: 'same', queries: 1, untouched: 1, replayed: 0 });
  });

  it('counts what templates of alerts and lists of Grafana read', async () => {
    const rule = {
      type: 'alerting',
      alert: 'Down',
      expr: 'up == 0',
      forMs: 0,
      keepFiringForMs: 0,
      labels: {},
      annotations: { description: 'last seen by {{ with query "read_by_template" }}{{ . | first | value }}{{ end }}' },
    } as unknown as RuleGroupConfig['rules'][number];
    const board = readDashboard(
      {
        title: 'Board',
        panels: [],
        annotations: { list: [{ name: 'Deploys', datasource: { type: 'prometheus' }, expr: 'changes(read_by_mark[5m]) > 0' }] },
      },
      { datasources: [], uid: 'b', title: 'b' },
    );
    const names = ['read_by_template', 'read_by_variable', 'read_by_series', 'read_by_mark', 'unread'];
    const { advisor, watched } = await world(
      names.map((__name__) => ({ labels: { __name__, pod: 'a' } })),
      { ruleGroups: [ruleGroup('g', rule)] },
      [{ ...board, summary: {} } as unknown as DashboardAnswer],
    );
    const of = (value: string) => ({ matcherSets: [[{ type: '=', name: '__name__', value } as const]], startMs: NOW - DAY, endMs: NOW });
    await watched.labelValues('pod', of('read_by_variable'), {});
    await watched.series(of('read_by_series'), {});
    await watched.labelValues('__name__', of('unread'), {});
    await watched.labelNames({ ...of(''), matcherSets: [[{ type: '=', name: 'job', value: 'api' }]] }, {});
    const { advice } = await advisor.report(30);
    expect(find(advice, 'drop-metric:unread').metrics).toEqual(['unread']);
  });

  it('keeps names with line breaks within comments', async () => {
    const name = 'a\nmetric_relabel_configs: []';
    const { advisor } = await world(many(60, (i) => ({ __name__: name, shard: `s${i}`, job: 'pushed' })));
    for (const { yaml } of (await advisor.report(30)).advice) expect(yaml).not.toMatch(/^metric_relabel_configs: \[\]/m);
  });

  it('names the queries whose answers change', async () => {
    const { advisor, engine } = await world([
      ...many(60, (i) => ({ __name__: 'unread', shard: `s${i}` })),
      { labels: { __name__: 'other' } },
    ]);
    await engine.instant({ expr: 'count by (__name__) ({__name__=~".+"})', timeMs: NOW });
    await engine.instant({ expr: 'sum({job="api",__name__!="unread"})', timeMs: NOW });
    await engine.instant({ expr: 'max({job="nobody"})', timeMs: NOW });
    await engine.instant({ expr: 'max({job="api",__name__!="unread"}) > 1e9', timeMs: NOW });
    await engine.instant({ expr: 'count({job="api"}) > 1e9', timeMs: NOW });
    await advisor.report(30);
    expect(await advisor.prove('drop-metric:unread', 30)).toMatchObject({
      verdict: 'changes',
      queries: 5,
      untouched: 2,
      replayed: 2,
      changed: 2,
      changes: [
        { expr: 'count by (__name__) ({__name__=~".+"})', source: 'asked once', difference: expect.stringContaining('is gone') },
        { expr: 'count({job="api"}) > 1000000000', difference: '{} is 1, not 61' },
      ],
      notReplayed: [{ expr: 'max({job="nobody"})', reason: 'it has no answer now that could be compared' }],
    });
  });

  it('keeps what rules, panels, federation and what cannot be parsed name', async () => {
    const panel = {
      type: 'graph',
      title: 'P',
      targets: [{ expr: 'sum(rate(in_panel{job="$job"}[$__rate_interval]))' }, { expr: 'sum(broken_panel' }],
    };
    const json = {
      title: 'D',
      panels: [panel],
      templating: { list: [{ name: 'job', type: 'query', query: 'label_values(in_variable, job)' }] },
    };
    const dashboard = readDashboard(json, { datasources: [], uid: 'd', title: 'D' }).dashboard;
    const answer = { dashboard, notes: [], summary: { uid: 'd', title: 'D', folder: '', tags: [], file: '', panels: 1 } };
    const names = ['in_rule', 'in_panel', 'in_variable', 'broken_panel', 'federated', 'recorded:unread', 'nowhere'];
    const ruleGroups = [ruleGroup('g', { type: 'recording', record: 'recorded:unread', expr: 'sum(in_rule)', labels: {} })];
    const { advisor, watched } = await world(
      names.map((name) => ({ labels: { __name__: name } })),
      { ruleGroups },
      [answer],
    );
    await watched.select([{ matchers: [{ type: '=', name: '__name__', value: 'federated' }], startMs: NOW - MINUTE, endMs: NOW }], {});
    const { advice, queries } = await advisor.report(30);
    expect(queries).toEqual({ asked: 1, rules: 1, dashboards: 3, unreadable: 1 });
    expect(find(advice, 'drop-metric:nowhere').metrics).toEqual(['nowhere']);
    expect(find(advice, 'drop-metric:recorded')).toMatchObject({ metrics: ['recorded:unread'], isApplicable: false });
    expect(await advisor.prove('drop-metric:nowhere', 30)).toMatchObject({
      verdict: 'incomplete',
      notReplayed: [{ expr: 'sum(broken_panel' }],
    });
  });

  it('drops a label whose series follow each other', async () => {
    const restarts = Array.from({ length: 60 }, (_, i) => ({
      labels: { __name__: 'work_total', pod_uid: `550e8400-e29b-41d4-a716-4466554400${i + 10}` },
      fromMs: NOW - (120 - 2 * i) * MINUTE,
      toMs: NOW - (119 - 2 * i) * MINUTE,
    }));
    const { advisor, engine } = await world(restarts);
    await engine.instant({ expr: 'sum by (job) (count_over_time(work_total[1h]))', timeMs: NOW });
    await engine.instant({ expr: 'sum(work_total)', timeMs: NOW });
    const { advice } = await advisor.report(30);
    const drop = find(advice, 'drop-label:work_total:pod_uid');
    expect(drop).toMatchObject({
      reason: 'pod_uid has 60 values (uuid). Nobody reads it, and without it 60 series are 1.',
      relabel: [{ source_labels: ['__name__'], regex: 'work_total', target_label: 'pod_uid', replacement: '', action: 'replace' }],
      isApplicable: true,
    });
    const proof = await advisor.prove(drop.id, 30);
    // Samples of one pod are still found five minutes after its end, so two pods count twice: the proof sees that.
    expect(proof).toMatchObject({ verdict: 'changes', replayed: 2, changed: 1, changes: [{ expr: 'sum(work_total)' }] });
  });

  it('proves together what can each be dropped, but not both', async () => {
    // Without the pod uid, or without the image id, series of one time stay apart; without both they are one.
    const of = (uid: string, image: string) => ({ labels: { __name__: 'work_total', uid, image } });
    const turn = (i: number) => ({ fromMs: NOW - (120 - i * 4) * MINUTE, toMs: NOW - (120 - i * 4 - 3) * MINUTE });
    const images = Array.from({ length: 30 }, (_, i) => ({ ...of('uid-100', `image-2${i}0`), ...turn(i) }));
    const uids = Array.from({ length: 30 }, (_, i) => ({ ...of(`uid-2${i}0`, 'image-100'), ...turn(i) }));
    const { advisor, engine } = await world([...images, ...uids]);
    await engine.instant({ expr: 'sum(rate(work_total[5m]))', timeMs: NOW });
    const { advice } = await advisor.report(30);
    const ids = ['drop-label:work_total:uid', 'drop-label:work_total:image'];
    for (const id of ids) {
      expect(find(advice, id).isApplicable).toBe(true);
      expect((await advisor.prove(id, 30)).verdict).not.toBe('merges');
    }
    expect(await advisor.prove(ids, 30)).toMatchObject({ verdict: 'merges', id: ids.join(' ') });
  });

  it('drops a label from all metrics where nobody reads it in any', async () => {
    const pods = Array.from({ length: 30 }, (_, i) =>
      ['cpu_seconds', 'memory_bytes'].map((name) => ({
        labels: { __name__: name, pod_uid: `550e8400-e29b-41d4-a716-4466554400${i + 10}` },
        fromMs: NOW - (120 - 2 * i) * MINUTE,
        toMs: NOW - (119 - 2 * i) * MINUTE,
      })),
    );
    const { advisor, engine } = await world(pods.flat());
    await engine.instant({ expr: 'sum(count_over_time(cpu_seconds[1h])) + sum(count_over_time(memory_bytes[1h]))', timeMs: NOW });
    const { advice } = await advisor.report(30);
    expect(find(advice, 'drop-label:pod_uid')).toMatchObject({
      relabel: [{ regex: 'pod_uid', action: 'labeldrop' }],
      saves: { series: 58 },
      metricCount: 2,
    });
    expect(advice.filter(({ label }) => label === 'pod_uid')).toHaveLength(1);
    expect(await advisor.prove('drop-label:pod_uid', 30)).toMatchObject({ verdict: 'same', untouched: 0, replayed: 1 });
  });

  it('does not join series that live at the same time: it aggregates', async () => {
    const { advisor, engine } = await world(
      many(60, (i) => ({ __name__: 'requests_total', user_id: `user_${1000 + i}`, code: i % 2 ? '200' : '500' })),
    );
    await engine.instant({ expr: 'sum by (code) (rate(requests_total[5m]))', timeMs: NOW });
    const { advice, labels } = await advisor.report(30);
    expect(advice.some(({ id }) => id.startsWith('drop-label'))).toBe(false);
    expect(find(advice, 'aggregate:requests_total:user_id')).toMatchObject({
      rules: [{ record: 'without_user_id:requests_total:rate5m', expr: 'sum without (user_id) (rate(requests_total[5m]))' }],
      keepDays: 1,
      relabel: [],
      isApplicable: false,
    });
    expect(labels.find(({ name }) => name === 'user_id')).toMatchObject({
      values: 60,
      pattern: 'numbered id',
      isExplosive: true,
      metricsRead: 0,
    });
    expect(await advisor.prove('aggregate:requests_total:user_id', 30)).toMatchObject({ verdict: 'same' });
  });

  it('replaces ids in paths where that joins nothing', async () => {
    const paths = Array.from({ length: 60 }, (_, i) => ({
      labels: { __name__: 'hits', path: `/users/${i}/orders/${i + 5}` },
      fromMs: NOW - (120 - 2 * i) * MINUTE,
      toMs: NOW - (119 - 2 * i) * MINUTE,
    }));
    const { advisor, engine } = await world([...paths, { labels: { __name__: 'hits', path: '/health' } }]);
    await engine.instant({ expr: 'sum by (job) (rate(hits[5m]))', timeMs: NOW });
    const { advice } = await advisor.report(30);
    // Without the label they would be one with /health, which lives all the time.
    const replace = find(advice, 'replace-label:hits:path');
    expect(replace.reason).toContain('61 series are 2');
  });

  it('advises retention by how far back queries look', async () => {
    const ruleGroups = [ruleGroup('slo', { type: 'recording', record: 'slo:x', expr: 'sum(rate(objective[30d]))', labels: {} })];
    const series = ['objective', 'debugged', 'rare'].map((name) => ({ labels: { __name__: name } }));
    const { advisor, engine } = await world(series, { ruleGroups });
    await engine.range({ expr: 'debugged', startMs: NOW - 14 * DAY, endMs: NOW, stepMs: DAY });
    await engine.instant({ expr: 'rare', timeMs: NOW });
    const { advice } = await advisor.report(30);
    expect(find(advice, 'retention:rare')).toMatchObject({ metrics: ['rare'], keepDays: 7 });
    expect(find(advice, 'retention:slo')).toMatchObject({ metrics: ['objective'], keepDays: 90 });
    expect(find(advice, 'retention:slo').saves.bytes).toBeLessThan(0);
    expect(advice.some(({ id }) => id === 'retention:debugging')).toBe(false);
    expect(await advisor.prove('retention:rare', 30)).toMatchObject({ verdict: 'same' });
  });

  it('tells one metric in depth', async () => {
    const { advisor, engine } = await world(many(30, (i) => ({ __name__: 'm', id: `${i}`, zone: i % 3 === 0 ? 'a' : 'b' })));
    await engine.instant({ expr: 'sum by (zone) (m)', timeMs: NOW });
    expect(await advisor.metric('m', 30)).toMatchObject({
      series: 30,
      labels: [
        { name: 'id', values: 30, pattern: 'number', isRead: false },
        {
          name: 'zone',
          values: 2,
          top: [
            { name: 'b', count: 20 },
            { name: 'a', count: 10 },
          ],
          isRead: true,
        },
        { name: 'instance', values: 1 },
        { name: 'job', values: 1 },
      ],
      readers: [{ expr: 'sum by (zone) (m)', source: 'asked once' }],
    });
    await expect(advisor.metric('none', 30)).rejects.toMatchObject({ code: 'advisor.unknown_metric' });
    await expect(advisor.prove('none', 30)).rejects.toMatchObject({ code: 'advisor.unknown_advice' });
  });

  it('counts churn and foresees growth', async () => {
    const { advisor } = await world([
      { labels: { __name__: 'm', pod: 'old' }, fromMs: NOW - 4 * DAY, toMs: NOW },
      { labels: { __name__: 'm', pod: 'gone' }, fromMs: NOW - 4 * DAY, toMs: NOW - DAY },
      { labels: { __name__: 'm', pod: 'new' }, fromMs: NOW - DAY, toMs: NOW },
    ]);
    const { startedSeries, endedSeries, liveSeries, forecast } = await advisor.report(2);
    expect({ startedSeries, endedSeries, liveSeries }).toEqual({ startedSeries: 1, endedSeries: 1, liveSeries: 2 });
    expect(forecast.points[0]?.series).toBe(2);
    expect(forecast.in30Days).toBeGreaterThanOrEqual(2);
  });

  it('finds labels that split log streams', async () => {
    const { advisor, store } = await world([]);
    const streams = Array.from({ length: 30 }, (_, i) => ({
      labels: Labels.from({ app: 'api', request_id: `4bf92f3577b34d${i + 10}` }),
      entries: [{ timestampNs: BigInt(NOW - MINUTE) * 1_000_000n, line: 'a line of text', metadata: Labels.EMPTY }],
    }));
    await store.logs.append(streams);
    const report = await advisor.report(30);
    expect(report.streamCount).toBe(30);
    expect(report.services).toMatchObject([{ name: 'api', series: 0 }]);
    expect(find(report.advice, 'stream-label:request_id')).toMatchObject({ saves: { series: 29 } });
    expect(await advisor.prove('stream-label:request_id', 30)).toMatchObject({ verdict: 'incomplete' });
  });

  it('has nothing to say about an empty store', async () => {
    const { advisor } = await world([]);
    expect(await advisor.report(30)).toMatchObject({ series: 0, advice: [], monthlyCost: 0, metrics: [], labels: [] });
  });
});
