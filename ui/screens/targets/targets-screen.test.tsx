import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { TargetsScreen } from './targets-screen.tsx';

cleanUpScreens();

const target = (job: string, instance: string, lastError = '') => ({
  labels: { job, instance },
  discoveredLabels: { __address__: instance, __scheme__: 'http' },
  scrapePool: job,
  scrapeUrl: `http://${instance}/metrics`,
  globalUrl: `http://${instance}/metrics`,
  lastError,
  lastScrape: new Date(Date.now() - 3_000).toISOString(),
  lastScrapeDuration: 0.012,
  health: lastError === '' ? 'up' : 'down',
  scrapeInterval: '15s',
  scrapeTimeout: '10s',
});
const dropped = [{ discoveredLabels: { __address__: 'gone:1' }, scrapePool: 'api' }];
const answers = (activeTargets: readonly unknown[]) => ({
  '/api/v1/targets': { data: { activeTargets, droppedTargets: dropped, droppedTargetCounts: { api: 1 } } },
  '/api/v1/query': {
    data: {
      resultType: 'vector',
      result: [{ metric: { __name__: 'scrape_samples_scraped', job: 'api', instance: 'a:1' }, value: [0, '137'] }],
    },
  },
});

describe('TargetsScreen', () => {
  it('shows pools, what a scrape brought, and the error in full with its cure', async () => {
    renderScreen(<TargetsScreen />, '/targets', answers([target('api', 'a:1'), target('ml', 'app:5000', 'no such host "app"')]));
    await screen.findByText('1 of 2 targets down');
    expect(screen.getByText('12 ms', { selector: 'tr:has(a[href="http://a:1/metrics"]) td' })).toBeTruthy();
    await screen.findByText('137');
    expect(screen.getByText('no such host "app"')).toBeTruthy();
    expect(screen.getByText('--resolve app=127.0.0.1')).toBeTruthy();
  });

  it('filters by the URL and opens discovered labels', async () => {
    renderScreen(<TargetsScreen />, '/targets?show=down', answers([target('api', 'a:1'), target('ml', 'b:2', 'connection refused')]));
    await screen.findByText('b:2/metrics');
    expect(screen.queryByText('a:1/metrics')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Discovered labels' }));
    expect(screen.getByText('__scheme__=')).toBeTruthy();
    fireEvent.click(screen.getByRole('radio', { name: /Dropped/ }));
    await screen.findByText('gone:1');
    expect(location.search).toBe('?show=dropped');
  });

  it('says what discovery cannot reach, also where nothing is scraped', async () => {
    const problem = {
      job: 'kubernetes-pods',
      source: '/api/v1/pods',
      message: 'server returned HTTP status 403',
      sinceMs: Date.now() - 12_000,
    };
    renderScreen(<TargetsScreen />, '/targets', { ...answers([]), '/api/ui/discovery': [problem] });
    await screen.findByText('Discovery of kubernetes-pods fails');
    expect(screen.getByText(/server returned HTTP status 403/)).toBeTruthy();
    expect(screen.getByText('first 12 s ago')).toBeTruthy();
  });

  it('teaches when nothing is scraped, and says what failed', async () => {
    const { unmount } = renderScreen(<TargetsScreen />, '/targets', answers([]));
    await screen.findByText('Nothing is scraped yet');
    unmount();
    renderScreen(<TargetsScreen />, '/targets', {});
    await screen.findByText('The targets cannot be shown');
    await waitFor(() => expect(screen.getByText('not found')).toBeTruthy());
  });
});
