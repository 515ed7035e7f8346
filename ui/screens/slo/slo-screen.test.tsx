import type { SloDetail, SloStatus } from '@alidade/sdk/schema';
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { Route } from 'wouter';
import { cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { SloDetailScreen } from './slo-detail-screen.tsx';
import { SloScreen } from './slo-screen.tsx';
import { shareText } from './slo-words.ts';

cleanUpScreens();

const HOUR = 3_600_000;
const END = Date.UTC(2026, 0, 31, 12);

function status(name: string, more: Partial<SloStatus>): SloStatus {
  return {
    slo: {
      name,
      service: 'predictor',
      target: 0.999,
      window: '30d',
      indicator: { type: 'ratio', total: { counter: 'requests_total' }, bad: { counter: 'requests_total{code="500"}' } },
    },
    file: '/lab/slo/predictor.yml',
    timeMs: END,
    state: 'ok',
    reason: '58 % of the budget is left',
    successRate: 0.99958,
    total: 8_640_000,
    failed: 3_626,
    budgetRemaining: 0.58,
    isCompliant: true,
    burnRates: [
      { window: '1h', rate: 0.8 },
      { window: '3d', rate: 0.5 },
    ],
    conditions: [
      { name: 'page-fast', severity: 'page', budgetShare: 0.02, longWindow: '1h', shortWindow: '5m', factor: 14.4, isBurning: false },
    ],
    exhaustedInHours: null,
    ...more,
  };
}

const SPENT = status('latency', {
  state: 'exhausted',
  reason: 'the budget of 30d is overspent by 20 %',
  budgetRemaining: -0.2,
  exhaustedInHours: 0,
});
const UNKNOWN = status('batch', {
  state: 'no-data',
  reason: 'nothing has arrived',
  successRate: null,
  total: null,
  failed: null,
  budgetRemaining: null,
});

describe('shareText', () => {
  it.each([
    [0.999999, 3, '99.9999 %'],
    [1, 3, '100 %'],
    [0.9995, 3, '99.95 %'],
    [-12.7431, 1, '−1,274.3 %'],
    [0.9996, 1, '100 %'],
  ])('writes %d', (share, decimals, text) => {
    expect(shareText(share, decimals)).toBe(text);
  });
});

describe('SloScreen', () => {
  it('tells each objective its state in words, its budget and its burn rates', async () => {
    renderScreen(<SloScreen />, '/slo', { '/api/ui/slo': { objectives: [SPENT, UNKNOWN, status('availability', {})] } });
    await screen.findByText('1 out of budget');
    for (const text of ['Budget spent', 'No data', 'On target', '−20 %', '58 %', '0.8×', 'spent']) {
      expect(screen.getAllByText(text).length, text).toBeGreaterThan(0);
    }
    expect(screen.getByRole('link', { name: 'availability' }).getAttribute('href')).toBe('/slo/predictor/availability');
    fireEvent.click(screen.getByRole('radio', { name: /Need care/ }));
    expect(screen.queryByText('availability')).toBeNull();
    expect(location.search).toBe('?show=care');
  });

  it('says how to get a first objective', async () => {
    renderScreen(<SloScreen />, '/slo', { '/api/ui/slo': { objectives: [] } });
    await screen.findByText('There are no objectives yet');
    expect(screen.getByText(/version: prometheus\/v1/)).toBeTruthy();
  });

  it('says why they cannot be calculated', async () => {
    const failed = () => Response.json({ error: { code: 'promql.timeout', message: 'query timed out' } }, { status: 503 });
    renderScreen(<SloScreen />, '/slo', { '/api/ui/slo': failed });
    await screen.findByText('query timed out');
  });
});

describe('SloDetailScreen', () => {
  const detail: SloDetail = {
    status: status('availability', {}),
    startMs: END - 4 * HOUR,
    stepMs: HOUR,
    budget: [1, 0.9, 0.6, 0.58, 0.58],
    burn: [0, 72, 216, 14, 0],
    incidents: [{ startMs: END - 4 * HOUR, endMs: END - HOUR, failed: 3_600, total: 100_000, budgetShare: 0.417, peakBurnRate: 216 }],
    expressions: { errorRatio: 'ratio', total: 'total', failed: 'failed' },
  };
  const page = (
    <Route path="/slo/:service/:name">
      <SloDetailScreen />
    </Route>
  );

  it('shows what spent the budget, with ways to metrics and logs of that time', async () => {
    renderScreen(page, '/slo/predictor/availability', { '/api/ui/slo/predictor/availability': detail });
    await screen.findByText('41.7 %');
    expect(screen.getByText('they spent 41.7 % of the budget, single failures 0.3 %')).toBeTruthy();
    const explore = screen.getByRole('link', { name: 'Metrics' }).getAttribute('href') ?? '';
    expect(new URLSearchParams(explore.split('?')[1]).getAll('q')).toEqual(['failed', 'total']);
    expect(explore).toContain(`from=${END - 6 * HOUR}`);
    expect(screen.getByText('2 % of the budget in 1h')).toBeTruthy();
    expect(screen.getByText('/lab/slo/predictor.yml')).toBeTruthy();
    fireEvent.click(screen.getAllByRole('button', { name: 'Show as a table' })[0] as HTMLElement);
    expect(screen.getAllByRole('cell', { name: '58 %' }).length).toBe(2);
  });

  it('knows no objective of another name', async () => {
    renderScreen(page, '/slo/predictor/other', {});
    await screen.findByText('There is no such objective');
  });
});
