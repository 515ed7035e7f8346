import type { Advice, AdviceProof, AdviceReport, MetricDetail } from '@alidade/sdk/schema';
import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { AdviceScreen } from './advice-screen.tsx';
import { backText, moneyText } from './amounts.ts';

cleanUpScreens();

const DROP: Advice = {
  id: 'drop-metric:unread',
  kind: 'drop-metric',
  title: 'Drop unread',
  reason: 'It is read by no dashboard, rule or query of the last 30 days.',
  metrics: ['unread'],
  metricCount: 1,
  saves: { series: 1_200, bytes: 2_500_000, monthlyCost: 1.5 },
  risk: 'low',
  risks: [],
  relabel: [{ source_labels: ['__name__'], regex: 'unread', action: 'drop' }],
  rules: [],
  yaml: 'metric_relabel_configs:\n  - action: drop\n',
  isApplicable: true,
};

const PROOF: AdviceProof = {
  id: DROP.id,
  verdict: 'changes',
  summary: '1 of 4 stored queries would answer something else.',
  queries: 4,
  untouched: 3,
  replayed: 1,
  changed: 1,
  changes: [{ expr: 'count({job="x"})', source: 'asked twice', difference: '{} is 1, not 2' }],
  notReplayed: [],
  fromMs: 0,
  toMs: 0,
};

const NOW = Date.now();
const REPORT: AdviceReport = {
  atMs: NOW,
  tookMs: 12,
  days: 30,
  queriesSinceMs: NOW - 3 * 86_400_000,
  queries: { asked: 3, rules: 1, dashboards: 0, unreadable: 0 },
  series: 1_300,
  liveSeries: 1_250,
  startedSeries: 40,
  endedSeries: 50,
  samplesPerDay: 7_200_000,
  forecast: {
    points: [
      { timeMs: NOW - 86_400_000, series: 1_200 },
      { timeMs: NOW, series: 1_250 },
    ],
    seriesPerDay: 50,
    in30Days: 2_750,
    in90Days: 5_750,
    fit: 1,
  },
  storage: {
    retentionDays: 30,
    bytesPerSample: 1.35,
    isMeasured: true,
    metrics: { bytes: 290_000_000, monthlyCost: 0.03 },
    formula: { intervalSeconds: 15, storage_gb: 0.43, estimated_monthly_cost: 0.04, query_performance: 'good' },
    logs: { bytes: 0, monthlyCost: 0 },
  },
  monthlyCost: 0.03,
  budget: 5_000,
  metrics: [
    {
      name: 'unread',
      series: 1_200,
      liveSeries: 1_200,
      startedSeries: 0,
      endedSeries: 0,
      samplesPerDay: 1,
      readers: 0,
      daysQueriedBack: 0,
      bytes: 2_500_000,
      monthlyCost: 0.001,
    },
  ],
  metricCount: 1,
  labels: [{ name: 'user_id', values: 900, series: 1_200, pattern: 'uuid', isExplosive: true, metrics: 1, metricsRead: 0 }],
  labelPairs: [{ name: 'job="x"', count: 1_250 }],
  services: [],
  streams: [],
  streamCount: 0,
  streamHours: 0,
  unreadMetrics: { metrics: 1, series: 1_200 },
  advice: [DROP],
  adviceLeftOut: 0,
  applied: undefined,
};

const DETAIL: MetricDetail = {
  name: 'unread',
  series: 1_200,
  labels: [{ name: 'user_id', values: 900, pattern: 'uuid', top: [{ name: 'abc', count: 2 }], isRead: false }],
  readers: [],
  readerCount: 0,
};

const answers = { '/api/ui/advice': REPORT, '/api/ui/advice/proof': PROOF, '/api/ui/advice/metric': DETAIL };

describe('Advice', () => {
  it('shows what it saves, and with the details the proof and what does it', async () => {
    renderScreen(<AdviceScreen />, '/advice', answers);
    const list = await screen.findByRole('list', { name: 'Advice' });
    expect(list.textContent).toContain('−1,200');
    expect(screen.getByText('queries are known for 3 d only')).toBeTruthy();
    fireEvent.click(within(list).getByRole('button', { name: 'Drop unread' }));
    expect(await screen.findByText('Answers change')).toBeTruthy();
    expect(screen.getByText('count({job="x"})')).toBeTruthy();
    expect(screen.getByText('alidade advise --apply drop-metric:unread')).toBeTruthy();
    expect(location.search).toContain('id=drop-metric');
  });

  it('opens a metric down to its values and readers', async () => {
    renderScreen(<AdviceScreen />, '/advice?view=metrics', answers);
    fireEvent.click(await screen.findByRole('button', { name: 'unread' }));
    expect(await screen.findByRole('table', { name: 'Values of user_id' })).toBeTruthy();
    expect(screen.getByText('Nobody reads it')).toBeTruthy();
  });

  it('says which labels explode', async () => {
    renderScreen(<AdviceScreen />, '/advice?view=labels', answers);
    expect(await screen.findByText('uuid, no end to them')).toBeTruthy();
  });

  it('says when there is nothing to count, nothing to advise, and what failed', async () => {
    const view = renderScreen(<AdviceScreen />, '/advice', { '/api/ui/advice': { ...REPORT, series: 0 } });
    expect(await screen.findByText('There is nothing to count yet')).toBeTruthy();
    view.unmount();
    const second = renderScreen(<AdviceScreen />, '/advice', { '/api/ui/advice': { ...REPORT, advice: [] } });
    expect(await screen.findByText('There is nothing to advise')).toBeTruthy();
    second.unmount();
    const failed = () => Response.json({ error: { code: 'storage.timeout', message: 'the store did not answer' } }, { status: 503 });
    renderScreen(<AdviceScreen />, '/advice', { '/api/ui/advice': failed });
    expect(await screen.findByText('the store did not answer', undefined, { timeout: 5_000 })).toBeTruthy();
  });

  it('writes amounts', () => {
    expect([0, 0.001, 1.5, 12_345.6, -0.5].map(moneyText)).toEqual(['$0.00', 'under $0.01', '$1.50', '$12,346', '−$0.50']);
    expect([0, 5 / 1_440, 0.25, 3].map(backText)).toEqual(['', '5 min', '6 h', '3 d']);
  });
});
